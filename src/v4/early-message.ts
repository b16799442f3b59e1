import type { DataMessageV4 } from '../wire/index.js'
import type { AwaitingAuthI, EarlyMessage } from './dake-state.js'

/** How long a data message waits for the Auth-I message that it overtook, seconds (the draft recommends 10 to 60 minutes). */
export const EARLY_MESSAGE_SECONDS = 1800
/** How many wait at most. */
export const EARLY_MESSAGES = 100
/** How many bytes of ciphertext wait at most. */
export const EARLY_MESSAGE_BYTES = 1_048_576

/**
 * Keeps a data message that may belong to the session to come: the first chain has ratchet id 0. Gives the new state; the same object
 * where the message is none of those, is kept already, or finds no room.
 */
export function keepEarly(dake: AwaitingAuthI, message: DataMessageV4, now: number): AwaitingAuthI {
  if (message.ratchetId !== 0) return dake
  const early = freshEarly(dake.early, now)
  const bytes = early.reduce((sum, kept) => sum + kept.message.ciphertext.length, message.ciphertext.length)
  if (early.length >= EARLY_MESSAGES || bytes > EARLY_MESSAGE_BYTES) return dake
  return { ...dake, early: [...early, { message, at: now }] }
}

/** Those whose time is not over. */
export function freshEarly(early: readonly EarlyMessage[], now: number): readonly EarlyMessage[] {
  return early.filter(({ at }) => now - at <= EARLY_MESSAGE_SECONDS)
}
