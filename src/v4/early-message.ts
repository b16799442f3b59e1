import { equalBytes } from '../crypto/index.js'
import { dataMessageV4MacInput, type DataMessageV4 } from '../wire/index.js'
import { answeredIdentities, earlyMessages, type DakeState, type EarlyMessage } from './dake-state.js'
import type { V4Session } from './session.js'

/** How long a data message waits for the Auth-I message that it overtook, seconds (the draft recommends 10 to 60 minutes). */
export const EARLY_MESSAGE_SECONDS = 1800
/** Estimated bytes of a message's fixed fields and its objects. */
const FIXED_FIELDS = 512
/** How many wait at most. */
export const EARLY_MESSAGES = 100
/** How many bytes wait at most. */
export const EARLY_MESSAGE_BYTES = 1_048_576

/**
 * Keeps a data message that may belong to a session whose Auth-I message has not come yet. Such a message is in chain 0. Returns the new state;
 * the same object if it cannot be such a message, is kept already, or finds no room.
 */
export function keepEarly(dake: DakeState, message: DataMessageV4, now: number): DakeState {
  if (dake.kind === 'none' || message.ratchetId !== 0 || answeredIdentities(dake).length === 0) return dake
  const early = unexpiredEarly(dake, now)
  const bytes = early.reduce((sum, kept) => sum + sizeOf(kept.message), sizeOf(message))
  if (early.length >= EARLY_MESSAGES || bytes > EARLY_MESSAGE_BYTES || early.some((kept) => isSame(kept.message, message))) return dake
  return { ...dake, early: [...early, { message, at: now }] }
}

/** How many bytes the data messages take that wait in a session for its Auth-I message: an estimate. */
export function earlyMessageBytes(session: V4Session): number {
  const { dake } = session
  if (dake.kind === 'none') return 0
  let bytes = 0
  for (const { message } of dake.early) bytes += sizeOf(message)
  return bytes
}

/** Drops all data messages that wait in a session for its Auth-I message. */
export function dropEarlyMessages(session: V4Session): V4Session {
  const { dake } = session
  return dake.kind === 'none' || dake.early.length === 0 ? session : { ...session, dake: { ...dake, early: [] } }
}

/** About how many bytes a message takes in memory. */
function sizeOf({ ciphertext, revealedMacKeys, dh }: DataMessageV4): number {
  return FIXED_FIELDS + ciphertext.length + revealedMacKeys.length + dh.length
}

/** Whether a data message is kept for a session to come. */
export function isKeptEarly(dake: DakeState, message: DataMessageV4): boolean {
  return earlyMessages(dake).some((kept) => isSame(kept.message, message))
}

/** The messages that have not waited too long. */
export function unexpiredEarly(dake: DakeState, now: number): readonly EarlyMessage[] {
  return earlyMessages(dake).filter(({ at }) => now - at <= EARLY_MESSAGE_SECONDS)
}

/** Compares all but the revealed MAC keys, which nothing authenticates. An altered copy must not keep the genuine message out. */
function isSame(one: DataMessageV4, other: DataMessageV4): boolean {
  return equalBytes(one.authenticator, other.authenticator) && equalBytes(dataMessageV4MacInput(one), dataMessageV4MacInput(other))
}
