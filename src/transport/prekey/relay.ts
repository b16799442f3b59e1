import { RelayTransport, type RelayOptions } from '../relay/index.js'
import { answersOf, UnderWay, type Answerer, type FrontListener, type PrekeyFront } from './front.js'

/** How a prekey server is reached over a relay. */
export interface RelayFrontOptions extends RelayOptions {
  /** The prekey server. */
  readonly answer: Answerer
  /** Called with each event of the front. */
  readonly tell?: FrontListener
}

const closeSeconds = 5

/**
 * Connects a prekey server to a relay, under a name of its own. Connects again by itself. Rejects as `RelayTransport.start` does, when the relay is
 * not there or does not take the name.
 */
export async function openRelayFront(options: RelayFrontOptions): Promise<PrekeyFront> {
  const tell = options.tell ?? (() => undefined)
  const transport = new RelayTransport(options)
  const underWay = new UnderWay()
  let closing = false
  const reply = async (from: string, text: string): Promise<void> => {
    for (const answer of await answersOf(options.answer, from, text, 'relay', tell)) {
      transport.send(from, answer).catch((error: unknown) => {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
        tell({ event: 'unanswered', front: 'relay', detail: code })
      })
    }
  }
  transport.on('message', ({ from, text }) => {
    // A line in the server's own name could make it answer itself.
    if (!closing && from !== transport.account) underWay.add(reply(from, text))
  })
  transport.on('status', ({ status, detail }) => {
    if (status === 'online') tell({ event: 'online', front: 'relay' })
    else if (status === 'waiting') tell({ event: 'offline', front: 'relay', ...detail !== undefined && { detail } })
  })
  await transport.start()
  return {
    front: 'relay',
    where: `${transport.account} at ${options.url}`,
    notify: (to, text) => { transport.send(to, text).catch(() => undefined) },
    close: async () => {
      closing = true
      await underWay.settled(closeSeconds)
      await transport.close()
    },
  }
}
