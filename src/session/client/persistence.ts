import type { ClientProfile } from '../../wire/index.js'
import type { AccountSecrets } from '../account/account.js'
import type { Conversation } from '../conversation/state.js'
import type { ClientEvent } from '../event.js'
import type { Policy } from '../policy.js'
import type { PrekeyVault } from '../account/prekeys.js'

/**
 * Where a client saves its state. `otr4/store` has an implementation over an encrypted database; an application may supply its own. Only one
 * client uses it. The client calls `load` once, first, and `save` only after the previous `save` has settled.
 */
export interface Persistence {
  /** Returns the result of all saves so far; `undefined` if there was none. The arrays belong to the caller afterwards. */
  load(): Promise<SavedState | undefined>
  /**
   * Makes changes durable, all of them or none. It must encode them before it returns its promise, because the client overwrites the byte
   * arrays in them with its next step. Fulfil the promise when the changes would survive a loss of power, as far as the platform can tell. If it
   * is rejected, the old state must be intact; the client cannot be used any more.
   */
  save(changes: StateChanges): Promise<void>
  /** Releases all resources. Nothing is called afterwards. */
  close(): Promise<void>
}

/** The account: its secrets, and the Client Profile that correspondents are shown. */
export interface SavedAccount {
  /** The address with which it was made. A change by `changeAddress` is not saved. */
  readonly address: string
  /** Its long-term keys and its instance tag. */
  readonly keys: AccountSecrets
  /** Absent without version 4. */
  readonly clientProfile?: ClientProfile
}

/** The complete state of a client. Plain data, and full of secrets. */
export interface SavedState {
  /** The account of the client. */
  readonly account: SavedAccount
  /** What the application set in place of the defaults. */
  readonly policy: Partial<Policy>
  /** The private side of what was published for offline messages; absent where nothing was. */
  readonly prekeys?: PrekeyVault
  /** Everything that is known about correspondents. */
  readonly conversations: readonly Conversation[]
  /** The events that the application has not confirmed, oldest first. */
  readonly journal: readonly JournalEntry[]
  /** The id of the next journal entry: no id is used twice, even if the journal is empty. */
  readonly nextEvent: number
  /** The records of the application, in no particular order. */
  readonly records: readonly ApplicationRecord[]
}

/** What to replace in a `SavedState`. What is absent stays unchanged. */
export interface StateChanges {
  /** Always present in the first save. */
  readonly account?: SavedAccount
  /** Absent: unchanged. */
  readonly policy?: Partial<Policy>
  /** Absent: unchanged. */
  readonly prekeys?: PrekeyVault
  /** New or changed ones. */
  readonly conversations: readonly Conversation[]
  /** Addresses of those that are forgotten; none of them is among `conversations`. */
  readonly forgotten: readonly string[]
  /** New events, in order. */
  readonly journalAdded: readonly JournalEntry[]
  /** Ids of entries to delete; some may never have been added. */
  readonly journalDone: readonly number[]
  /** See `SavedState`. */
  readonly nextEvent: number
  /** New or changed ones; one without `bytes` is deleted. */
  readonly records?: readonly (ApplicationRecord | { readonly name: string, readonly bytes?: undefined })[]
}

/** An event that the application has not confirmed yet. */
export interface JournalEntry {
  /** Counts up over the life of the account. */
  readonly id: number
  /** What happened. */
  readonly event: ClientEvent
}

/** Data of the application that must be durable together with the state: for instance what it knows about a prekey server. */
export interface ApplicationRecord {
  /** Any text. */
  readonly name: string
  /** Any bytes, of any length. */
  readonly bytes: Uint8Array
}
