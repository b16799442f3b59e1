import { equalBytes } from '../crypto/index.js'
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
export function asideOf({ ssid, initiator, offline, them, ourFingerprint, ratchet }: V4Encrypted, now: number, waits: boolean): V4SideSession {
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

/** Those whose time is not over; the very same array when that is all of them. Wipe the others with `wipeSide`. */
export function freshSide(side: readonly V4SideSession[], now: number): readonly V4SideSession[] {
  const isFresh = ({ since }: V4SideSession): boolean => now - since <= SIDE_SESSION_SECONDS
  return side.every(isFresh) ? side : side.filter(isFresh)
}

/** Overwrites what sessions hold that are not among `kept`. */
export function wipeSide(side: readonly V4SideSession[], kept: readonly V4SideSession[] = []): void {
  for (const one of side) if (!kept.includes(one)) wipeRatchet(one.ratchet)
}

/**
 * The newest of the sessions that wait to take the place of the one that the other side has ended; `undefined` where none waits.
 * `tally`: how often SMP was tried, which goes on to count.
 */
export function promoted(session: V4Encrypted, tally: SmpTally, now: number): V4Encrypted | undefined {
  const next = session.side.findLast(({ waits }) => waits)
  if (next === undefined) return undefined
  const { ssid, initiator, offline, them, ourFingerprint, ratchet } = next
  return {
    state: 'encrypted',
    theirTag: session.theirTag,
    dake: session.dake,
    learned: session.learned,
    side: session.side.filter((one) => one !== next),
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
