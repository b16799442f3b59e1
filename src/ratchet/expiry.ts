import { countMacKeys } from './mac-keys.js'
import type { RatchetState } from './state.js'

/**
 * Whether our side has made no new ECDH key for `seconds`. The session should end then: reveal the pending MAC keys (`ratchetSend` with `all`)
 * and wipe its secrets. The time counts from the first data message sent or received, and again from each rotation of ours.
 *
 * @see [OTRv4, "Session Expiration"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#session-expiration)
 */
export function ratchetExpired(state: RatchetState, now: number, seconds: number): boolean {
  return state.expiryFrom !== undefined && now - state.expiryFrom >= seconds
}

/** Where a ratchet stands, for people and logs: no secrets. */
export interface RatchetCounters {
  /** i: the next rotation's id. */
  readonly ratchetId: number
  /** j: the next message that we send has this id; 0 when we rotate first. */
  readonly sent: number
  /** k: the next message of their chain has this id. */
  readonly received: number
  /** How many skipped messages can still be read. */
  readonly skipped: number
  /** How many MAC keys wait to be revealed. */
  readonly unrevealed: number
}

/** Where the ratchet stands. */
export function ratchetCounters(state: RatchetState): RatchetCounters {
  return {
    ratchetId: state.ratchetId,
    sent: state.turn === 'theirs' ? state.sending.messageId : 0,
    received: state.receiving?.messageId ?? 0,
    skipped: state.skipped.length,
    unrevealed: countMacKeys(state.macKeysToReveal),
  }
}
