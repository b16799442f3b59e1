import type { Env } from '../protocol/index.js'
import type { SmpTally } from '../smp/index.js'
import type { V3Account } from './account.js'
import type { V3Version } from './generation.js'

/**
 * What every transition gets besides the session and its input: our keys, randomness and time (`Env`), and the application's settings. It is
 * plain data. One object may serve all transitions that happen at the same time.
 */
export interface V3Context extends Env {
  /** The version that the session speaks, by default 3. Pass the same version for the whole life of a session. */
  readonly version?: V3Version
  /** Our own keys. */
  readonly account: V3Account
  /** If we have sent nothing for this many seconds, a text that arrives is answered with a heartbeat. Absent or 0: never. */
  readonly heartbeatAfter?: number
  /** Returns the attempts at SMP that other sessions with the owner of this fingerprint (20 bytes) have counted. */
  readonly smpTally?: ((fingerprint: Uint8Array) => SmpTally | undefined) | undefined
}
