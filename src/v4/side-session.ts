import { equalBytes } from '../crypto/index.js'
import type { HandCopied } from '../protocol/index.js'
import { newSmp, tallyOf, type SmpTally } from '../smp/index.js'
import { wipeRatchet, type RatchetState } from '../ratchet/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { V4Encrypted, V4SideSession } from './session.js'
import type { V4SmpValues } from './smp-arithmetic.js'
import { copySecret, secretBytes } from '../crypto/secret.js'

/** How long after it was put aside a session is still read, seconds: one day, as long as the keys of skipped messages live. */
export const SIDE_SESSION_SECONDS = 86_400
/** How many are read beside the one that runs; the oldest makes room. */
export const SIDE_SESSIONS = 3

/**
 * A side session: a copy, so that the running session can be wiped. It can only read, unless it waits to take over. Its successor takes over
 * the MAC keys that wait to be revealed.
 */
export function asideOf({ ssid, initiator, offline, them, ourFingerprint, ratchet }: V4Encrypted, now: number, waits: boolean): HandCopied<V4SideSession> {
  return { ssid, initiator, offline, them, ourFingerprint, ratchet: copyForReading(ratchet, waits), since: now, waits }
}

function copyForReading(ratchet: RatchetState, alsoSends: boolean): RatchetState {
  const { rootKey, braceKey, ourDh, receiving, skipped } = ratchet
  const copy = {
    ...ratchet,
    rootKey: copySecret(rootKey),
    braceKey: copySecret(braceKey),
    ...(ourDh !== undefined && { ourDh: copySecret(ourDh) }),
    ...(receiving !== undefined && { receiving: { ...receiving, chainKey: copySecret(receiving.chainKey) } }),
    skipped: skipped.map((key) => ({ ...key, mkEnc: copySecret(key.mkEnc), extraBase: copySecret(key.extraBase) })),
    macKeysToReveal: [],
  }
  if (copy.turn === 'ours') return copy
  const { chainKey, ecdh } = copy.sending
  const kept = alsoSends ? copySecret(chainKey) : secretBytes(chainKey.length)
  return { ...copy, sending: { ...copy.sending, chainKey: kept, ecdh: { ...ecdh, privateKey: copySecret(ecdh.privateKey) } } }
}

/** Adds side sessions, and keeps the newest of this correspondent. The caller wipes the others with `wipeSide`. */
export function withAside(side: readonly V4SideSession[], added: readonly V4SideSession[], them: V4Correspondent): readonly V4SideSession[] {
  return [...side, ...added].filter((one) => equalBytes(one.them.fingerprint, them.fingerprint)).slice(-SIDE_SESSIONS)
}

/** Until when a side session is read, seconds. */
export function sideSessionEnd({ since }: V4SideSession): number {
  return since + SIDE_SESSION_SECONDS
}

/** Whether a side session is still read. */
export function isUnexpired(one: V4SideSession, now: number): boolean {
  return now < sideSessionEnd(one)
}

/** The side sessions that are still read; the same array if all are. The caller wipes the others with `wipeSide`. */
export function unexpiredSide(side: readonly V4SideSession[], now: number): readonly V4SideSession[] {
  return side.every((one) => isUnexpired(one, now)) ? side : side.filter((one) => isUnexpired(one, now))
}

/** Wipes the side sessions that are not among `kept`. */
export function wipeSide(side: readonly V4SideSession[], kept: readonly V4SideSession[] = []): void {
  for (const { ratchet } of side) if (!kept.some((one) => one.ratchet === ratchet)) wipeRatchet(ratchet)
}

/** The side sessions with none waiting to take over, because the running session went on. The same array if none waited. */
export function waitNoLonger(side: readonly V4SideSession[]): readonly V4SideSession[] {
  return side.some(({ waits }) => waits) ? side.map((one) => one.waits ? { ...one, waits: false } : one) : side
}

/** How long a side session waits to take over, seconds. */
export const TAKEOVER_SECONDS = 300

/** The newest side session that waits to take over; `undefined` if none does. */
export function successor({ side }: V4Encrypted, now: number): V4SideSession | undefined {
  return side.findLast(({ waits, since }) => waits && now - since <= TAKEOVER_SECONDS)
}

/**
 * Makes a side session the running one. The caller wipes what `session` held. `tally`: the attempts at SMP, which keep counting.
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
