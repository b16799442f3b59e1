import type { Env } from '../protocol/index.js'
import type { RatchetLimits } from '../ratchet/index.js'
import type { SmpTally } from '../smp/index.js'
import type { V4Account } from './account.js'
import type { V4Dialect } from './dialect.js'
import type { PrekeyVault } from './prekey-vault.js'

/** Bounds the work for data messages that may be forged. A cost of 1 is a step of a chain: about 4 microseconds with WebAssembly. */
export interface DerivationMeter {
  /** Asked before the work is done. `false`: it is not done, and the message is refused. */
  take(cost: number): boolean
  /** The message was genuine: this much of what was taken is what a message costs that follows on no lost one. */
  giveBack(cost: number): void
}

/**
 * What every transition is given beside the session and its input: who we are, whom we talk to, randomness and time (`Env`), and what the
 * application has set. Plain data; one object may serve as many transitions as happen at one time.
 */
export interface V4Context extends Env {
  /** Our own keys and profile. */
  readonly account: V4Account
  /** The correspondent's address, as they know it themselves: for XMPP the bare JID, for IRC the nick. */
  readonly theirAddress: string
  /** phi': further bytes that both applications bind the session to. */
  readonly phiExtra?: Uint8Array
  /** Which forms the correspondent's program speaks; learned where it is absent. */
  readonly dialect?: V4Dialect
  /** Bounds for skipped message keys and for MAC keys that wait to be revealed. Default: those of usual conversations. */
  readonly limits?: RatchetLimits
  /** Seconds without a message of ours after which one that arrives is answered with a heartbeat; absent or 0 for never. */
  readonly heartbeatAfter?: number
  /** Whether a session with whoever has this fingerprint, of 56 bytes, is wanted at all; absent for everybody. */
  readonly accepts?: (fingerprint: Uint8Array) => boolean
  /** The attempts at SMP that were counted in other sessions with whoever has this fingerprint, of 56 bytes. */
  readonly smpTally?: ((fingerprint: Uint8Array) => SmpTally | undefined) | undefined
  /** Bounds the work for data messages that cost more than the next one of a chain. Absent: all of it is done. */
  readonly derivations?: DerivationMeter
  /** Our prekeys, which a Non-Interactive-Auth message may use; without them none is accepted. */
  readonly prekeys?: PrekeyVault
}
