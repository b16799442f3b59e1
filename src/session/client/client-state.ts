import type { Conversation } from '../conversation/state.js'
import type { PrekeyVault } from '../account/prekeys.js'
import type { Policy } from '../policy.js'

/** Everything that a client has to save, except its account's keys: plain data, with secrets in it. */
export interface ClientState {
  /** What the application set in place of the defaults. */
  readonly policy: Partial<Policy>
  /** Everything that is known about correspondents. */
  readonly conversations: readonly Conversation[]
  /** The private halves of what was published for offline messages; absent if nothing was published. */
  readonly prekeys?: PrekeyVault
}

/** What changed in a client since it was last asked: plain data, with secrets in it, sharing byte arrays with the running client. */
export interface CoreChanges {
  /** The account has a new Client Profile. */
  readonly profile: boolean
  /** Absent: unchanged. */
  readonly policy?: Partial<Policy>
  /** Absent: unchanged. */
  readonly prekeys?: PrekeyVault
  /** Those that are new or changed. */
  readonly conversations: readonly Conversation[]
  /** Addresses of those that are forgotten. */
  readonly forgotten: readonly string[]
}
