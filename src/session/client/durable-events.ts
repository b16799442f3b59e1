import { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'
import type { CoreChanges } from './client-state.js'
import type { ApplicationRecord, JournalEntry, Persistence, SavedAccount, StateChanges } from './persistence.js'

/** Options of `DurableEvents`. */
export interface DurableEventsOptions {
  readonly persistence: Persistence
  /** What changed in the client since the last call. */
  readonly changes: () => CoreChanges
  /** The account as it is now. */
  readonly account: () => SavedAccount
  /** Whether nothing was ever saved: the first batch then contains the account in any case. */
  readonly firstSave: boolean
  readonly nextEvent: number
  /** The events that were not confirmed in an earlier client. */
  readonly waiting: readonly JournalEntry[]
  /** Called with the events of a batch, in order, as soon as it is durable; those in the journal have their ids. Must not throw. */
  readonly release: (events: readonly ClientEvent[]) => void
  /** Called when a write has failed: what is in memory now is of no use to anybody. */
  readonly failed: () => void
}

/**
 * Stands between a client and its `Persistence`: no event is released before it and the state behind it are durable. What is added while a
 * batch is being written shares the next batch. After a failed write, memory is ahead of the disk, and everything is refused for good.
 */
export class DurableEvents {
  readonly #parts: DurableEventsOptions
  #nextEvent: number
  /** Saved events, to be released with the next batch. */
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

  /** Why everything is refused; `undefined` while nothing has failed. */
  get broken(): OtrError | undefined {
    return this.#broken
  }

  /**
   * Saves the first batch: what happened before there could be listeners. It is released only with the next batch, after the events that were
   * not confirmed in an earlier client. Call it once, before anything else.
   */
  async begin(events: readonly ClientEvent[]): Promise<void> {
    this.#waiting.push(...events)
    this.#held.push(...await this.#save())
  }

  /** Throws if a write has failed. Call it before any work, so that nothing more happens in memory. */
  check(): void {
    if (this.#broken !== undefined) throw this.#broken
  }

  /** Adds events, and what changed with them, to the next batch. Fulfilled when it was released; rejected if it could not be saved. */
  add(events: readonly ClientEvent[]): Promise<void> {
    this.#waiting.push(...events)
    return this.#commit()
  }

  /** The application has handled an event: the next batch deletes it. */
  confirm(id: number): void {
    this.#done.push(id)
  }

  /** Replaces a record of the application with the next batch; `undefined` deletes it. */
  keepRecord(name: string, bytes: Uint8Array | undefined): void {
    this.#records.set(name, bytes === undefined ? { name } : { name, bytes })
  }

  /** Fulfilled when everything that was added or confirmed until now is durable. */
  flush(): Promise<void> {
    return this.#commit()
  }

  /** Saves what is left and closes the persistence, even if the last write fails. */
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
      // In a later microtask, so that concurrent calls share a batch even if nothing is being written.
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

  /** Makes the waiting events durable, and returns them as they are to be released. */
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

  /** What has to be saved; `undefined` for nothing, or for notices alone. */
  #changes(events: readonly ClientEvent[]): StateChanges | undefined {
    const { profile, policy, prekeys, conversations, forgotten } = this.#parts.changes()
    const done = this.#done
    const records = [...this.#records.values()]
    const same = !this.#accountChanged && !profile && policy === undefined && prekeys === undefined && conversations.length === 0 && forgotten.length === 0
    // A line that was refused and changed nothing needs no notice after a crash, so a stranger's line causes no write.
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
      'OTR_STORE_BROKEN', `an earlier write failed (${code}): open the client again; it goes on from the last saved state`,
    )
    this.#parts.failed()
    return error instanceof OtrError ? error : new OtrError('OTR_STORE_FAILED', 'the state could not be saved')
  }
}
