import type { RandomSource } from '../../crypto/index.js'
import type { Account } from '../account/account.js'
import type { PolicyChanges } from '../policy.js'
import type { ClientState } from './client-state.js'

/** What a `ClientCore` is made of. */
export interface ClientCoreOptions {
  /** The account of the client. */
  readonly account: Account
  /** The time in seconds since 1970-01-01 UTC: `() => Date.now() / 1000`. Asked at every call; it should not run backwards. */
  readonly clock: () => number
  /** Default: the platform's generator. */
  readonly random?: RandomSource
  /** Overrides `defaultPolicy` and the policy that was kept. A field that was kept and is not given here still applies; `undefined` takes it back. */
  readonly policy?: PolicyChanges
  /**
   * Asked for correspondents the application never dealt with, where `answerStrangers` is false: whether this one may get answers. Must be
   * quick and synchronous; one that throws says no.
   */
  readonly authorize?: (peer: string) => boolean
  /**
   * What version 4 binds a session with this correspondent to (phi'), in addition to addresses and instance tags: a room, a game, a shared password.
   * Both sides must supply the same bytes; otherwise the key exchange fails. `undefined`: nothing.
   */
  readonly sharedState?: (peer: string) => Uint8Array | undefined
  /** What `exportState` gave. The core takes it over: do not use it again. */
  readonly state?: ClientState
}
