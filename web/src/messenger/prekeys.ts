import { systemRandom, type Client, type Ensemble } from 'otr4'
import { looksLikePrekeyText, PrekeyClient, type PrekeyClientEvent, type PrekeyStep } from 'otr4/prekey'

/** Ours are filled up to `full`: making more would keep the worker busy for seconds. */
const keeping = { low: 10, full: 25, askEvery: 21_600 }
/** Seconds without an answer to our offer, after which a correspondent counts as away. */
const awayAfter = 6
/** Seconds until their prekeys are asked for again. */
const lookAgain = 600

export interface PrekeysParts {
  readonly client: Client
  readonly server: { readonly identity: string, readonly fingerprint: string }
  readonly send: (to: string, line: string) => void
  /** The number of our prekeys that the server has. */
  readonly stored: (count: number) => void
  /** A correspondent seems to be away, and something waits for them. */
  readonly away: (peer: string) => void
  readonly none: (peer: string) => void
  readonly ensembles: (peer: string, ensembles: readonly Ensemble[]) => Promise<void>
}

/** Publishes prekeys of ours and fetches those of correspondents who are away. */
export class Prekeys {
  readonly #parts: PrekeysParts
  readonly #prekeys: PrekeyClient
  /** Since when a text waits for a correspondent, in seconds. */
  readonly #waiting = new Map<string, number>()
  #stored = 0

  constructor(parts: PrekeysParts) {
    this.#parts = parts
    this.#prekeys = new PrekeyClient({ owner: parts.client, server: parts.server, random: systemRandom, clock: () => Date.now() / 1000, keep: keeping })
  }

  /** Takes a line from the network. Returns whether it was the prekey server's. */
  receive(from: string, text: string): boolean {
    if (from !== this.#prekeys.server || !looksLikePrekeyText(text)) return false
    this.#run(this.#prekeys.receive(from, text))
    return true
  }

  /** Whether this is the prekey server's name: nobody writes to it. */
  isServer(name: string): boolean {
    return name === this.#prekeys.server
  }

  tick(): void {
    this.#run(this.#prekeys.tick())
    const now = Date.now() / 1000
    for (const [peer, since] of this.#waiting) {
      if (this.#parts.client.conversation(peer).outbox.length === 0) {
        this.#waiting.delete(peer)
      } else if (now - since >= awayAfter) {
        this.#waiting.set(peer, now + lookAgain)
        this.#parts.away(peer)
      }
    }
  }

  waits(peer: string): void {
    if (!this.#waiting.has(peer)) this.#waiting.set(peer, Date.now() / 1000)
  }

  fetch(peer: string): void {
    this.#run(this.#prekeys.fetch(peer))
  }

  close(): void {
    this.#prekeys.close()
  }

  #run({ send, events, later }: PrekeyStep): void {
    for (const { to, message } of send) this.#parts.send(to, message)
    for (const event of events) this.#event(event)
    void later?.then((step) => { this.#run(step) })
  }

  #event(event: PrekeyClientEvent): void {
    if (event.type === 'notice') return
    if (event.type === 'ensembles') {
      this.#parts.ensembles(event.of, event.ensembles).catch(() => { this.#parts.none(event.of) })
    } else if (event.event === 'none') {
      this.#parts.none(event.of)
    } else if (event.event === 'failed') {
      if (event.of !== undefined) this.#parts.none(event.of)
    } else {
      this.#stored = event.event === 'status' ? event.stored : this.#stored + event.count
      this.#parts.stored(this.#stored)
    }
  }
}
