import type { Client } from 'otr4'
import type { LineDecoder } from '../hood/decode.js'
import type { Effect, Hood } from '../hood/hood.js'
import { LineRecord } from './line-record.js'

/** Of this many correspondents lines are kept: anybody may write under any number of names. */
const mostRecords = 20

interface Kept {
  readonly record: LineRecord
  decoder?: LineDecoder
}

/** The lines of the network and what the client did with them: what the panel "Under the hood" draws. In memory only. */
export class UnderHood {
  readonly #client: Client
  readonly #changed: (peer: string) => void
  readonly #kept = new Map<string, Kept>()
  /** The line that the client is reading, and how many events it caused. Lines are read one after another. */
  #reading = { peer: '', events: 0 }

  constructor(client: Client, changed: (peer: string) => void) {
    this.#client = client
    this.#changed = changed
  }

  /** A line of ours left. */
  sent(peer: string, text: string): void {
    this.#add(peer, true, text, 'sent')
  }

  /** Something came of the line that is being read. */
  event(peer: string): void {
    if (this.#reading.peer === peer) this.#reading.events++
  }

  /** Has a line read, and keeps it with what came of it. */
  async read(peer: string, text: string, work: () => Promise<unknown>): Promise<void> {
    this.#reading = { peer, events: 0 }
    const before = this.#counters(peer)
    // Before it is read: our answer to it leaves while it is.
    const { record, id } = this.#add(peer, false, text, 'none')
    try {
      await work()
    } finally {
      if (this.#reading.events > 0 || this.#counters(peer) !== before) {
        record.accepted(id)
        this.#changed(peer)
      }
    }
  }

  /** What is known of a conversation now: public values only. The decoder is loaded with the first call. */
  async view(peer: string): Promise<Hood> {
    const { LineDecoder: Decoder, hoodSession } = await import('../hood/decode.js')
    const { record, decoder = new Decoder() } = this.#kept.get(peer) ?? { record: new LineRecord() }
    const kept = this.#kept.get(peer)
    if (kept !== undefined) kept.decoder = decoder
    const [session] = this.#client.conversation(peer).status.sessions
    return {
      me: this.#client.account, peer, ...session !== undefined && { session: hoodSession(session) }, lines: decoder.decode(record.lines), cut: record.cut,
    }
  }

  forget(peer: string): void {
    this.#kept.delete(peer)
    this.#changed(peer)
  }

  /** Only what was authenticated moves the ratchet or changes a session's state. Our own sending changes neither k nor what is stored. */
  #counters(peer: string): string {
    return JSON.stringify(this.#client.conversation(peer).status.sessions.map(({ state, ratchet }) => [state, ratchet?.k, ratchet?.stored, ratchet?.j === 0 && ratchet.i]))
  }

  #add(peer: string, ours: boolean, text: string, effect: Effect): { readonly record: LineRecord, readonly id: number } {
    const kept = this.#kept.get(peer) ?? { record: new LineRecord() }
    // The one that was used last is the last to go.
    this.#kept.delete(peer)
    this.#kept.set(peer, kept)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= mostRecords) break
      this.#kept.delete(oldest)
    }
    const id = kept.record.add({ ours, text, effect, at: Date.now() })
    this.#changed(peer)
    return { record: kept.record, id }
  }
}
