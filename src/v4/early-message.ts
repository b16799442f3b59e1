import { equalBytes } from '../crypto/index.js'
import { dataMessageV4MacInput, type DataMessageV4 } from '../wire/index.js'
import { answeredIdentities, earlyMessages, type DakeState, type EarlyMessage } from './dake-state.js'

/** How long a data message waits for the Auth-I message that it overtook, seconds (the draft recommends 10 to 60 minutes). */
export const EARLY_MESSAGE_SECONDS = 1800
/** How many wait at most. */
export const EARLY_MESSAGES = 100
/** How many bytes of ciphertext wait at most. */
export const EARLY_MESSAGE_BYTES = 1_048_576

/**
 * Keeps a data message that may belong to a session to come, whose Identity message we answered: the first chain has ratchet id 0.
 * Gives the new state; the same object where the message is none of those, is kept already, or finds no room.
 */
export function keepEarly(dake: DakeState, message: DataMessageV4, now: number): DakeState {
  if (dake.kind === 'none' || message.ratchetId !== 0 || answeredIdentities(dake).length === 0) return dake
  const early = freshEarly(dake, now)
  const bytes = early.reduce((sum, kept) => sum + kept.message.ciphertext.length, message.ciphertext.length)
  if (early.length >= EARLY_MESSAGES || bytes > EARLY_MESSAGE_BYTES || early.some((kept) => isSame(kept.message, message))) return dake
  return { ...dake, early: [...early, { message, at: now }] }
}

/** Whether a data message is kept for a session to come. */
export function isKeptEarly(dake: DakeState, message: DataMessageV4): boolean {
  return earlyMessages(dake).some((kept) => isSame(kept.message, message))
}

/** Those whose time is not over. */
export function freshEarly(dake: DakeState, now: number): readonly EarlyMessage[] {
  return earlyMessages(dake).filter(({ at }) => now - at <= EARLY_MESSAGE_SECONDS)
}

/** All but the revealed MAC keys. Who alters a message on its way must not keep the genuine one out with it. */
function isSame(one: DataMessageV4, other: DataMessageV4): boolean {
  return equalBytes(one.authenticator, other.authenticator) && equalBytes(dataMessageV4MacInput(one), dataMessageV4MacInput(other))
}
