import { equalBytes, wipe } from '../crypto/compare.js'
import type { HandCopied } from '../protocol/index.js'
import type { Dh1536KeyPair } from '../crypto/dh1536.js'
import { macKeysOf, wipeKeys, type V3ReadingKeys } from './key-management.js'
import type { V3Encrypted, V3Session, V3SideSession } from './session.js'
import { concatSecrets, copySecret, type SecretPair } from '../crypto/secret.js'

/** How long we read in a side session, seconds: as in version 4. */
export const SIDE_SESSION_SECONDS = 86_400
/** How many side sessions we keep. A new one replaces the oldest. */
export const SIDE_SESSIONS = 3

/**
 * Makes a side session: a copy of what reading needs, so that the original session can be wiped. The new session takes over the MAC keys that
 * are waiting to be revealed.
 */
export function asideOf({ theirFingerprint, keys }: V3Encrypted, now: number): HandCopied<V3SideSession> {
  return { theirFingerprint, keys: copyForReading(keys), since: now }
}

function copyForReading(keys: V3ReadingKeys): HandCopied<V3ReadingKeys> {
  const { ourKeyId, ours, oursPrevious, theirKeyId, theirs, theirsPrevious, used } = keys
  return {
    ourKeyId, ours: copyOf(ours), oursPrevious: copyOf(oursPrevious), theirKeyId, theirs, theirsPrevious,
    used: used.map((pair) => pair.received === undefined ? pair : { ...pair, received: { ...pair.received, macKey: copySecret(pair.received.macKey) } }),
  }
}

function copyOf({ privateKey, publicKey }: Dh1536KeyPair): SecretPair<HandCopied<Dh1536KeyPair>> {
  return { privateKey: copySecret(privateKey), publicKey }
}

/**
 * Adds side sessions. Of all, it keeps the newest with this fingerprint whose time is not over. The caller reveals the MAC keys of the others by
 * `sideMacKeys` and wipes them by `wipeSide`.
 */
export function withAside(
  side: readonly V3SideSession[], added: readonly V3SideSession[], theirFingerprint: Uint8Array, now: number,
): readonly V3SideSession[] {
  return [...unexpiredSide(side, now), ...added].filter((one) => equalBytes(one.theirFingerprint, theirFingerprint)).slice(-SIDE_SESSIONS)
}

/** When a side session ends, seconds. */
export function sideSessionEnd({ since }: V3SideSession): number {
  return since + SIDE_SESSION_SECONDS
}

/** Whether a side session is still read. */
export function isUnexpired(one: V3SideSession, now: number): boolean {
  return now < sideSessionEnd(one)
}

/** Returns the side sessions that are still read; the same array if all are. */
export function unexpiredSide(side: readonly V3SideSession[], now: number): readonly V3SideSession[] {
  return side.every((one) => isUnexpired(one, now)) ? side : side.filter((one) => isUnexpired(one, now))
}

/** Returns the session with these side sessions; it will reveal the MAC keys of those left out. The same object if nothing changes. */
export function withSide(session: V3Session, side: readonly V3SideSession[]): V3Session {
  if (side === session.side) return session
  if (session.state !== 'encrypted') return { ...session, side }
  const { keys } = session
  return { ...session, side, keys: { ...keys, oldMacKeys: concatSecrets(keys.oldMacKeys, ...sideMacKeys(session.side, side)) } }
}

/** Returns the MAC keys that verified something in side sessions that are not among `kept`. Nobody reads in those any more, so the keys may be revealed. No copies. */
export function sideMacKeys(side: readonly V3SideSession[], kept: readonly V3SideSession[] = []): Uint8Array[] {
  return left(side, kept).flatMap(({ keys }) => macKeysOf(keys.used))
}

/** Wipes what `withSide` left out of a session, and what it replaced. */
export function wipeLeftOut(before: V3Session, after: V3Session): void {
  wipeSide(before.side, after.side)
  if (before.state === 'encrypted' && after.state === 'encrypted' && before.keys.oldMacKeys !== after.keys.oldMacKeys) wipe(before.keys.oldMacKeys)
}

/** Wipes the side sessions that are not among `kept`. */
export function wipeSide(side: readonly V3SideSession[], kept: readonly V3SideSession[] = []): void {
  for (const { keys } of left(side, kept)) wipeKeys(keys)
}

/** Returns the side sessions that are not among `kept`. It compares their keys, because reading a message makes a new object with the same keys. */
function left(side: readonly V3SideSession[], kept: readonly V3SideSession[]): readonly V3SideSession[] {
  return side.filter(({ keys }) => !kept.some((one) => one.keys.ours === keys.ours))
}
