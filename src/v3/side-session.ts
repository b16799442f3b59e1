import { equalBytes } from '../crypto/compare.js'
import type { HandCopied } from '../protocol/index.js'
import type { Dh1536KeyPair } from '../crypto/dh1536.js'
import { macKeysOf, wipeKeys, type V3ReadingKeys } from './key-management.js'
import type { V3Encrypted, V3Session, V3SideSession } from './session.js'
import { concatSecrets, copySecret, type SecretPair } from '../crypto/secret.js'

/** How long after it was renewed a session is still read, seconds: as in version 4. */
export const SIDE_SESSION_SECONDS = 86_400
/** How many are read beside the one that runs; the oldest makes room. */
export const SIDE_SESSIONS = 3

/**
 * A side session: a copy of what reading needs, so that the running session can be wiped. Its successor takes over the MAC keys that wait to be
 * revealed.
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
 * Adds side sessions, and keeps the newest of this correspondent that are still read. The caller reveals the MAC keys of the others
 * (`sideMacKeys`) and wipes them (`wipeSide`).
 */
export function withAside(
  side: readonly V3SideSession[], added: readonly V3SideSession[], theirFingerprint: Uint8Array, now: number,
): readonly V3SideSession[] {
  return [...freshSide(side, now), ...added].filter((one) => equalBytes(one.theirFingerprint, theirFingerprint)).slice(-SIDE_SESSIONS)
}

/** Until when a side session is read, seconds. */
export function sideSessionEnd({ since }: V3SideSession): number {
  return since + SIDE_SESSION_SECONDS
}

/** Whether a side session is still read. */
export function isFresh(one: V3SideSession, now: number): boolean {
  return now < sideSessionEnd(one)
}

/** The side sessions that are still read; the same array if all are. */
export function freshSide(side: readonly V3SideSession[], now: number): readonly V3SideSession[] {
  return side.every((one) => isFresh(one, now)) ? side : side.filter((one) => isFresh(one, now))
}

/** The session with these side sessions. The MAC keys of those left out will be revealed. The same object if nothing changes. */
export function withSide(session: V3Session, side: readonly V3SideSession[]): V3Session {
  if (side === session.side) return session
  if (session.state !== 'encrypted') return { ...session, side }
  const { keys } = session
  return { ...session, side, keys: { ...keys, oldMacKeys: concatSecrets(keys.oldMacKeys, sideMacKeys(session.side, side)) } }
}

/** The MAC keys that verified something in side sessions that are not among `kept`. Nobody reads in those any more, so the keys may be revealed. */
export function sideMacKeys(side: readonly V3SideSession[], kept: readonly V3SideSession[] = []): Uint8Array {
  return concatSecrets(...left(side, kept).flatMap(({ keys }) => macKeysOf(keys.used)))
}

/** Wipes the side sessions that are not among `kept`. */
export function wipeSide(side: readonly V3SideSession[], kept: readonly V3SideSession[] = []): void {
  for (const { keys } of left(side, kept)) wipeKeys(keys)
}

/** Compared by their keys: reading a message makes a new object with the same keys. */
function left(side: readonly V3SideSession[], kept: readonly V3SideSession[]): readonly V3SideSession[] {
  return side.filter(({ keys }) => !kept.some((one) => one.keys.ours === keys.ours))
}
