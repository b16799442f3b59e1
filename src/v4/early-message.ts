import { equalBytes } from '../crypto/index.js'
import { dataMessageV4MacInput, type DataMessageV4 } from '../wire/index.js'
import { answeredIdentities, earlyMessages, type DakeState, type EarlyMessage } from './dake-state.js'
import type { V4Session } from './session.js'

/** How long a data message waits for the Auth-I message that it overtook, seconds (the draft recommends 10 to 60 minutes). */
export const EARLY_MESSAGE_SECONDS = 1800
/** Bytes of the fields of a fixed length, and of what holds them. */
const FIXED_FIELDS = 512
/** How many wait at most. */
export const EARLY_MESSAGES = 100
/** How many bytes wait at most, all fields of no fixed length together. */
export const EARLY_MESSAGE_BYTES = 1_048_576

/**
 * Keeps a data message that may belong to a session to come, whose Identity message we answered: the first chain has ratchet id 0.
 * Gives the new state; the same object where the message is none of those, is kept already, or finds no room.
 */
export function keepEarly(dake: DakeState, message: DataMessageV4, now: number): DakeState {
  if (dake.kind === 'none' || message.ratchetId !== 0 || answeredIdentities(dake).length === 0) return dake
  const early = freshEarly(dake, now)
  const bytes = early.reduce((sum, kept) => sum + sizeOf(kept.message), sizeOf(message))
  if (early.length >= EARLY_MESSAGES || bytes > EARLY_MESSAGE_BYTES || early.some((kept) => isSame(kept.message, message))) return dake
  return { ...dake, early: [...early, { message, at: now }] }
}

/** How many bytes wait in a session. */
export function earlyMessageBytes({ dake }: V4Session): number {
  if (dake.kind === 'none') return 0
  let bytes = 0
  for (const { message } of dake.early) bytes += sizeOf(message)
  return bytes
}

/** Gives up all that waits in a session: it would have been read if its key exchange had been completed. */
export function dropEarlyMessages(session: V4Session): V4Session {
  const { dake } = session
  return dake.kind === 'none' || dake.early.length === 0 ? session : { ...session, dake: { ...dake, early: [] } }
}

/** What a message takes of memory, about. */
function sizeOf({ ciphertext, revealedMacKeys, dh }: DataMessageV4): number {
  return FIXED_FIELDS + ciphertext.length + revealedMacKeys.length + dh.length
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
