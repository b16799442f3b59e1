import type { Env } from '../protocol/index.js'
import type { SmpTally } from '../smp/index.js'
import type { V3Account } from './account.js'
import type { V3Version } from './generation.js'

/**
 * What every transition is given beside the session and its input: who we are, randomness and time (`Env`), and what the application has set.
 * Plain data; one object may serve as many transitions as happen at one time.
 */
export interface V3Context extends Env {
  /** The version that the session speaks: 3 if absent. Only with that of the session itself do the other side and we understand each other. */
  readonly version?: V3Version
  /** Our own keys. */
  readonly account: V3Account
  /** Seconds without a message of ours after which one that arrives is answered with a heartbeat; absent or 0 for never. */
  readonly heartbeatAfter?: number
  /** The attempts at SMP that were counted in other sessions with whoever has this fingerprint, of 20 bytes. */
  readonly smpTally?: ((fingerprint: Uint8Array) => SmpTally | undefined) | undefined
}
