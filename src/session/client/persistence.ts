import type { ClientProfile } from '../../wire/index.js'
import type { AccountSecrets } from '../account/account.js'
import type { Conversation } from '../conversation/state.js'
import type { ClientEvent } from '../event.js'
import type { Policy } from '../policy.js'
import type { PrekeyVault } from '../account/prekeys.js'

/**
 * Where a client keeps its state. `otr4/store` has one over a sealed database; an application may bring its own. A client is the only one that
 * uses it, calls `save` only after the save before has settled, and `load` once, first.
 */
export interface Persistence {
  /** Everything that the saves so far came to; `undefined` where there was none yet. The caller takes the arrays over. */
  load(): Promise<SavedState | undefined>
  /**
   * Makes changes durable, all of them or none. It has to encode them before it returns its promise: the client overwrites the byte
   * arrays in them with its next step. The promise is fulfilled when they would survive a loss of power, as far as the platform can
   * tell; when it is rejected, the old state stands, and the client that called is of no use any more.
   */
  save(changes: StateChanges): Promise<void>
  /** Gives back what it holds. Nothing is called after it. */
  close(): Promise<void>
}

/** Who the account is: the secrets that make it, and what correspondents are shown of it. */
export interface SavedAccount {
  /** The address under which it was made. What `changeAddress` says is not kept. */
  readonly address: string
  /** Its long-term keys and its instance tag. */
  readonly keys: AccountSecrets
  /** Absent without version 4. */
  readonly clientProfile?: ClientProfile
}

/** All that a client is. Plain data, and full of secrets. */
export interface SavedState {
  /** Who the client is. */
  readonly account: SavedAccount
  /** What the application set over the defaults. */
  readonly policy: Partial<Policy>
  /** The private side of what was published for offline messages; absent where nothing was. */
  readonly prekeys?: PrekeyVault
  /** Everything that is known of correspondents. */
  readonly conversations: readonly Conversation[]
  /** Oldest first. */
  readonly journal: readonly JournalEntry[]
  /** The number of the next journal entry: no number is given twice, even when the journal is empty. */
  readonly nextEvent: number
  /** What the application keeps with it, in no particular order. */
  readonly records: readonly ApplicationRecord[]
}

/** What is to be replaced in a `SavedState`. What is absent stays as it is. */
export interface StateChanges {
  /** In the first save always. */
  readonly account?: SavedAccount
  /** Absent: as it was. */
  readonly policy?: Partial<Policy>
  /** Absent: as they were. */
  readonly prekeys?: PrekeyVault
  /** New or changed ones. */
  readonly conversations: readonly Conversation[]
  /** Addresses of those that are forgotten; none of them is among `conversations`. */
  readonly forgotten: readonly string[]
  /** Events that are to be told, in their order. */
  readonly journalAdded: readonly JournalEntry[]
  /** Numbers of entries to delete; some may never have been added. */
  readonly journalDone: readonly number[]
  /** See `SavedState`. */
  readonly nextEvent: number
  /** New or changed ones; one without `bytes` is deleted. */
  readonly records?: readonly (ApplicationRecord | { readonly name: string, readonly bytes?: undefined })[]
}

/** An event that was not yet confirmed as taken by the application. */
export interface JournalEntry {
  /** Counts up over the life of the account. */
  readonly id: number
  /** What happened. */
  readonly event: ClientEvent
}

/** Something of the application's own that has to be durable together with the state: for instance what it knows of a prekey server. */
export interface ApplicationRecord {
  /** Any text. */
  readonly name: string
  /** Any bytes, of any length. */
  readonly bytes: Uint8Array
}
