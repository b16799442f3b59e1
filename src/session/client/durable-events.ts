import { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'
import type { CoreChanges } from './client-core.js'
import type { ApplicationRecord, JournalEntry, Persistence, SavedAccount, StateChanges } from './persistence.js'

/** What a durable is made of. */
export interface DurableEventsOptions {
  readonly persistence: Persistence
  /** What changed in the client since the last call. */
  readonly changes: () => CoreChanges
  /** The account as it is now. */
  readonly account: () => SavedAccount
  /** Whether nothing was ever saved: the first batch then holds the account whatever happened. */
  readonly firstSave: boolean
  readonly nextEvent: number
  /** What an earlier client did not get confirmed. */
  readonly waiting: readonly JournalEntry[]
  /** Given the events of a batch, in order, as soon as it is durable: those in the journal with their numbers. Must not throw. */
  readonly release: (events: readonly ClientEvent[]) => void
}

/**
 * Between a client and its `Persistence`: nothing that the client tells leaves before it and the state behind it are durable. What is
 * added while a batch is being written shares the next one. After a failed write memory is ahead of the disk, and the durable refuses
 * everything for good.
 */
export class DurableEvents {
  readonly #parts: DurableEventsOptions
  #nextEvent: number
  /** Saved, and to be released with the next batch. */
  #held: ClientEvent[]
  #waiting: ClientEvent[] = []
  #done: number[] = []
  readonly #records = new Map<string, ApplicationRecord | { readonly name: string, readonly bytes?: undefined }>()
  #accountChanged: boolean
  #next: Promise<void> | undefined
  #last: Promise<void> = Promise.resolve()
  #broken: OtrError | undefined

  constructor(parts: DurableEventsOptions) {
    this.#parts = parts
    this.#nextEvent = parts.nextEvent
    this.#held = parts.waiting.map(({ id, event }) => ({ ...event, id, replayed: true }))
    this.#accountChanged = parts.firstSave
  }

  /** The number of the next event. */
  get nextEvent(): number {
    return this.#nextEvent
  }

  /** Why nothing can be done any more. */
  get broken(): OtrError | undefined {
    return this.#broken
  }

  /**
   * The first batch: what happened before anybody could listen. It is made durable, but released only with the next one, behind what an
   * earlier client did not get confirmed. To be called once, before anything else.
   */
  async begin(events: readonly ClientEvent[]): Promise<void> {
    this.#waiting.push(...events)
    this.#held.push(...await this.#save())
  }

  /** Throws when a write has failed: before any work, so that nothing more happens in memory. */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  /** Puts events and what changed beside them into the next batch. Fulfilled when it was released; rejected when it could not be saved. */
  add(events: readonly ClientEvent[]): Promise<void> {
    this.#waiting.push(...events)
    return this.#commit()
  }

  /** An event was taken by the application: the next batch forgets it. */
  confirm(id: number): void {
    this.#done.push(id)
  }

  /** Replaces a record of the application's own with the next batch; `undefined` deletes it. */
  keepRecord(name: string, bytes: Uint8Array | undefined): void {
    this.#records.set(name, bytes === undefined ? { name } : { name, bytes })
  }

  /** Fulfilled when all that was added or confirmed until now is durable. */
  flush(): Promise<void> {
    return this.#commit()
  }

  /** Writes what is left and gives the persistence back. Whether or not the last write succeeds. */
  async close(): Promise<void> {
    try {
      if (this.#broken === undefined) await this.flush()
    } finally {
      this.#broken ??= new OtrError('OTR_CLOSED', 'the client was closed')
      await this.#parts.persistence.close()
    }
  }

  #commit(): Promise<void> {
    if (this.#next === undefined) {
      // One transaction of the queue later, so that calls made side by side share a batch even when nothing is being written.
      this.#next = this.#last.then(() => {
        this.#next = undefined
        return this.#write()
      })
      this.#last = this.#next.catch(() => undefined)
    }
    return this.#next
  }

  async #write(): Promise<void> {
    const held = this.#held.splice(0)
    this.#parts.release([...held, ...await this.#save()])
  }

  /** Makes durable what waits, and gives it back as it is to be told. */
  async #save(): Promise<readonly ClientEvent[]> {
    this.check()
    const events = this.#waiting.splice(0)
    const changes = this.#changes(events)
    if (changes === undefined) return events
    try {
      await this.#parts.persistence.save(changes)
    } catch (error) {
      throw this.#fail(error)
    }
    return changes.journalAdded.map(({ id, event }) => ({ ...event, id }))
  }

  /** What is to be saved; `undefined` for nothing at all, or nothing that would be missed. */
  #changes(events: readonly ClientEvent[]): StateChanges | undefined {
    const { profile, policy, prekeys, conversations, forgotten } = this.#parts.changes()
    const done = this.#done
    const records = [...this.#records.values()]
    const same = !this.#accountChanged && !profile && policy === undefined && prekeys === undefined && conversations.length === 0 && forgotten.length === 0
    // What was refused without a trace need not be told again after a crash, and costs a stranger's line no write.
    if (same && done.length === 0 && records.length === 0 && events.every(({ type }) => type === 'notice')) return undefined
    const account = this.#accountChanged || profile ? this.#parts.account() : undefined
    this.#accountChanged = false
    this.#done = []
    this.#records.clear()
    return {
      ...(account !== undefined && { account }),
      ...(policy !== undefined && { policy }),
      ...(prekeys !== undefined && { prekeys }),
      conversations,
      forgotten,
      journalAdded: events.map((event) => ({ id: this.#nextEvent++, event })),
      journalDone: done,
      nextEvent: this.#nextEvent,
      ...(records.length > 0 && { records }),
    }
  }

  #fail(error: unknown): OtrError {
    const code = error instanceof OtrError ? `${error.code}: ${error.message}` : 'OTR_INTERNAL'
    this.#broken = new OtrError(
      'OTR_STORE_BROKEN', `an earlier write failed (${code}): open the client again, it goes on from what was last saved`,
    )
    return error instanceof OtrError ? error : new OtrError('OTR_STORE_FAILED', 'the state could not be saved')
  }
}
