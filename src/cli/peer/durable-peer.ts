import type { ClientCore, ClientEvent, ApplicationRecord, Persistence, SavedAccount, SavedState } from '../../index.js'
import { DurableEvents } from '../../session/client/durable-events.js'

/** The record under which the driver's clock is kept. */
const clockRecord = 'peer clock'

/**
 * Keeps a peer's state: what a command told is given out only when it and the state behind it are durable. What was given out is
 * forgotten with `confirm`; a peer that ends in between tells it again, marked, in its first answer about the account.
 */
export class DurablePeer {
  readonly #persistence: Persistence
  #saved: SavedState | undefined
  #ledger: DurableEvents | undefined
  #released: ClientEvent[] = []
  #now: number | undefined

  private constructor(persistence: Persistence, saved: SavedState | undefined) {
    this.#persistence = persistence
    this.#saved = saved
  }

  static async open(persistence: Persistence): Promise<DurablePeer> {
    return new DurablePeer(persistence, await persistence.load())
  }

  /** What an earlier peer left, until `begin`. */
  get saved(): SavedState | undefined {
    return this.#saved
  }

  /** Whether a client is at work. */
  get running(): boolean {
    return this.#ledger !== undefined
  }

  /** The number of the next event. */
  get nextEvent(): number {
    return this.#ledger?.nextEvent ?? 1
  }

  /** Where the driver's clock stood; `undefined` where it was never kept. */
  get clock(): number | undefined {
    const bytes = this.#saved?.records.find(({ name }) => name === clockRecord)?.bytes
    return bytes?.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0) : undefined
  }

  /** From here on the core's changes are kept. Throws what the persistence throws. */
  async begin(core: ClientCore, nextEvent: number, account: () => SavedAccount): Promise<void> {
    const saved = this.#saved
    this.#saved = undefined
    this.#ledger = new DurableEvents({
      persistence: this.#persistence,
      changes: () => core.takeChanges(),
      account,
      firstSave: saved === undefined,
      nextEvent,
      waiting: saved?.journal ?? [],
      release: (events) => { this.#released.push(...events) },
    })
    if (this.#now !== undefined) this.setClock(this.#now)
    await this.#ledger.begin(core.resume(saved === undefined))
  }

  /** Whether anything may still be done. */
  check(): void {
    this.#ledger?.check()
  }

  /** The driver's clock, for the next batch. */
  setClock(now: number): void {
    this.#now = now
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, now)
    this.#ledger?.keepRecord(clockRecord, bytes)
  }

  /** A record of the peer's own, for the next batch. */
  keepRecord({ name, bytes }: ApplicationRecord): void {
    this.#ledger?.keepRecord(name, bytes)
  }

  /** Makes durable what a command told and changed; gives back what is to be told. */
  async commit(events: readonly ClientEvent[]): Promise<readonly ClientEvent[]> {
    if (this.#ledger === undefined) return events
    await this.#ledger.add(events)
    return this.#released.splice(0)
  }

  /** The driver has these. */
  async confirm(events: readonly ClientEvent[]): Promise<void> {
    const ids = events.flatMap(({ id }) => id === undefined ? [] : [id])
    if (this.#ledger === undefined || ids.length === 0) return
    for (const id of ids) this.#ledger.confirm(id)
    await this.#ledger.flush()
  }

  async close(): Promise<void> {
    await (this.#ledger ?? this.#persistence).close()
  }
}
