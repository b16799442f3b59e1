import type { ClientCore, ClientEvent, ApplicationRecord, Persistence, SavedAccount, SavedState } from '../../index.js'
import { DurableEvents } from '../../session/client/durable-events.js'

/** The name of the record with the driver's clock. */
const clockRecord = 'peer clock'

/**
 * Keeps a peer's state durable. Events of a command are given out only when they and the new state are durable. They are forgotten when `confirm` is
 * called; a peer that ends before that gives them out again, marked as replayed, in its first answer about the account.
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

  /** The state that an earlier peer left; undefined after `begin`. */
  get saved(): SavedState | undefined {
    return this.#saved
  }

  /** Whether `begin` was called. */
  get running(): boolean {
    return this.#ledger !== undefined
  }

  /** The number of the next event. */
  get nextEvent(): number {
    return this.#ledger?.nextEvent ?? 1
  }

  /** The driver's clock as it was saved last; `undefined` if it never was. */
  get clock(): number | undefined {
    const bytes = this.#saved?.records.find(({ name }) => name === clockRecord)?.bytes
    return bytes?.length === 8 ? new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0) : undefined
  }

  /** Saves the core's changes from here on. Throws what the persistence throws. */
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
      failed: () => { core.forgetSecrets() },
    })
    if (this.#now !== undefined) this.setClock(this.#now)
    await this.#ledger.begin(core.resume(saved === undefined))
  }

  /** Throws if the state could not be saved: then nothing may be done any more. */
  check(): void {
    this.#ledger?.check()
  }

  /** Saves the driver's clock with the next batch. */
  setClock(now: number): void {
    this.#now = now
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, now)
    this.#ledger?.keepRecord(clockRecord, bytes)
  }

  /** Saves a record of the peer's own with the next batch. */
  keepRecord({ name, bytes }: ApplicationRecord): void {
    this.#ledger?.keepRecord(name, bytes)
  }

  /** Makes a command's events and changes durable. Resolves to the events to give out. */
  async commit(events: readonly ClientEvent[]): Promise<readonly ClientEvent[]> {
    if (this.#ledger === undefined) return events
    await this.#ledger.add(events)
    return this.#released.splice(0)
  }

  /** The driver has received these events. */
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
