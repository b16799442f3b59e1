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
