import { compareBytes, equalBytes } from '../crypto/index.js'
import type { HandCopied } from '../protocol/index.js'
import { newSmp, tallyOf, type SmpTally } from '../smp/index.js'
import { wipeRatchet, type RatchetState } from '../ratchet/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { V4Encrypted, V4SideSession } from './session.js'
import type { V4SmpValues } from './smp-arithmetic.js'

/** How long after it was put aside a session is still read, seconds: one day, as long as the keys of skipped messages live. */
export const SIDE_SESSION_SECONDS = 86_400
/** How many are read beside the one that runs; the oldest makes room. */
export const SIDE_SESSIONS = 3

/**
 * A session put aside: a copy, so that the one that ran can be wiped and never be used again. Unless it waits for its turn it can only
 * read. Its MAC keys that wait to be revealed are for its successor to take over.
 */
export function asideOf({ ssid, initiator, offline, them, ourFingerprint, ratchet }: V4Encrypted, now: number, waits: boolean): HandCopied<V4SideSession> {
  return { ssid, initiator, offline, them, ourFingerprint, ratchet: copyForReading(ratchet, waits), since: now, waits }
}

function copyForReading(ratchet: RatchetState, alsoSends: boolean): RatchetState {
  const { rootKey, braceKey, ourDh, receiving, skipped } = ratchet
  const copy = {
    ...ratchet,
    rootKey: rootKey.slice(),
    braceKey: braceKey.slice(),
    ...(ourDh !== undefined && { ourDh: ourDh.slice() }),
    ...(receiving !== undefined && { receiving: { ...receiving, chainKey: receiving.chainKey.slice() } }),
    skipped: skipped.map((key) => ({ ...key, mkEnc: key.mkEnc.slice(), extraBase: key.extraBase.slice() })),
    macKeysToReveal: [],
  }
  if (copy.turn === 'ours') return copy
  const { chainKey, ecdh } = copy.sending
  const kept = alsoSends ? chainKey.slice() : new Uint8Array(chainKey.length)
  return { ...copy, sending: { ...copy.sending, chainKey: kept, ecdh: { ...ecdh, privateKey: ecdh.privateKey.slice() } } }
}

/** The sessions put aside with one more, of this correspondent; the oldest make room. Wipe those that are left out with `wipeSide`. */
export function withAside(side: readonly V4SideSession[], added: readonly V4SideSession[], them: V4Correspondent): readonly V4SideSession[] {
  return [...side, ...added].filter((one) => equalBytes(one.them.fingerprint, them.fingerprint)).slice(-SIDE_SESSIONS)
}

/** When a session put aside is not read any more, seconds. */
export function sideSessionEnd({ since }: V4SideSession): number {
  return since + SIDE_SESSION_SECONDS
}

/** Whether the time of a session put aside is not over. */
export function isFresh(one: V4SideSession, now: number): boolean {
  return now < sideSessionEnd(one)
}

/** Those whose time is not over; the very same array when that is all of them. Wipe the others with `wipeSide`. */
export function freshSide(side: readonly V4SideSession[], now: number): readonly V4SideSession[] {
  return side.every((one) => isFresh(one, now)) ? side : side.filter((one) => isFresh(one, now))
}

/** Overwrites what sessions hold that are not among `kept`. */
export function wipeSide(side: readonly V4SideSession[], kept: readonly V4SideSession[] = []): void {
  for (const { ratchet } of side) if (!kept.some((one) => one.ratchet === ratchet)) wipeRatchet(ratchet)
}

/** None of them waits any longer: the session that runs has gone on. The very same array where none did. */
export function waitNoLonger(side: readonly V4SideSession[]): readonly V4SideSession[] {
  return side.some(({ waits }) => waits) ? side.map((one) => one.waits ? { ...one, waits: false } : one) : side
}

/** For how long a session waits to take the place of the one that runs, seconds. */
export const TAKEOVER_SECONDS = 300

/** The newest of the sessions that wait to take the place of the one that the other side has just ended; `undefined` where none waits. */
export function successor({ side }: V4Encrypted, now: number): V4SideSession | undefined {
  return side.findLast(({ waits, since }) => waits && now - since <= TAKEOVER_SECONDS)
}

/**
 * One of the sessions put aside as the session that runs. What `session` holds of its own is for the caller. `tally`: how often SMP was
 * tried, which goes on to count.
 */
export function promoted(
  session: V4Encrypted, { ssid, initiator, offline, them, ourFingerprint, ratchet }: V4SideSession, tally: SmpTally, now: number,
): HandCopied<V4Encrypted> {
  return {
    state: 'encrypted',
    theirTag: session.theirTag,
    dake: session.dake,
    learned: session.learned,
    side: session.side.filter((one) => one.ssid !== ssid),
    ssid,
    initiator,
    offline,
    them,
    ourFingerprint,
    ratchet,
    smp: { ...newSmp<V4SmpValues>(now), ...tallyOf(tally) },
    lastSent: now,
    heartbeatOwed: false,
  }
}

/** Which of two session ids is the higher: below 0 when it is the second. They never stand on the wire. */
export function compareSsids(one: Uint8Array, other: Uint8Array): number {
  return compareBytes(one, other)
}
