/** The client of a page: sealed state in IndexedDB, lines over the relay. */
import { Client } from 'otr4'
import { openDatabase } from 'otr4/store/browser'
import { RelaySocket, type RelayEvents } from './relay-socket.js'

export interface MessengerOptions {
  readonly name: string
  readonly passphrase: string
  /** The relay's address. */
  readonly relay: string
  /** Told how far the opening is, 0 to 1. */
  readonly onProgress: (done: number) => void
  readonly onStatus: RelayEvents['status']
  /** Attaches the page's listeners. Called before the first event: those that the page before had not finished come again. */
  readonly listen: (client: Client) => void
  readonly report: (error: unknown) => void
}

/** Opens the messenger. Rejects with an `OtrError`: `OTR_STORE_PASSPHRASE`, `OTR_STORE_LOCKED` (another tab has it open) … */
export async function openMessenger({ name, passphrase, relay, onProgress, onStatus, listen, report }: MessengerOptions): Promise<Client> {
  // Best effort: without it a browser may delete the database when the disk gets full.
  void navigator.storage.persist().catch(() => false)
  const persistence = await openDatabase({ name: `otr4-example-${name}`, secret: { passphrase }, onProgress })
  const client = await Client.open({ account: name, clock: () => Date.now() / 1000, persistence, onListenerError: report })
  listen(client)
  const socket = new RelaySocket(relay, name, {
    line: ({ from, text, id, waited }) => client.receive(from, text, {
      id,
      // What waited is old: an offer in it is not answered.
      ...waited !== undefined && { sentAt: Date.now() / 1000 - waited },
    }),
    status: onStatus,
    rejected: (to, line) => { client.conversation(to).undelivered(line).catch(report) },
  })
  client.on('send', ({ to, message }) => socket.send(to, message))
  const tick = (): void => { client.tick().catch(report) }
  setInterval(tick, 1000)
  tick()
  return client
}
