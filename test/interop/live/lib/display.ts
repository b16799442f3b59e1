/** Programs with windows: an X server that shows them to nobody. */
import { until, type Workplace } from './programs.js'

/** Starts an X server with one screen in memory, under a number that it finds free itself. Gives the name of the display. */
export async function openDisplay(workplace: Workplace): Promise<string> {
  const server = workplace.start('Xvfb', ['Xvfb', '-displayfd', '1', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-noreset'])
  return until(() => {
    if (server.gone) throw new Error(`Xvfb ended: ${server.output}`)
    const number = /^(\d+)\n/m.exec(server.output)?.[1]
    return number === undefined ? undefined : `:${number}`
  }, 20, () => `Xvfb names no display: ${server.output}`)
}
