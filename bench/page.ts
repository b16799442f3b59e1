import { measure, type Result } from './measure.js'
import { TwoClients, v4Account } from './two-clients.js'

/** What chromium.ts runs in a page. */
export function dake(): Result {
  const pair = new TwoClients(v4Account, { apart: true })
  return measure({
    bench: 'v4-dake', implementation: 'otr4-chromium', runs: 15, before: () => { pair.end() }, run: () => { pair.start() },
  })
}
