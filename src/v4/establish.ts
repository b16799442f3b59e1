import { ed448Fingerprint, equalBytes, ssid, type RingMessageForm } from '../crypto/index.js'
import { wipeRatchet, type RatchetState } from '../ratchet/index.js'
import type { ProtocolEvent } from '../protocol/index.js'
import { dropSmp, newSmp, tallyOf, wipeSmp } from '../smp/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { V4Context } from './context.js'
import type { V4Correspondent } from './correspondent.js'
import { noDake, type DakeState } from './dake-state.js'
import type { V4Encrypted, V4Session, V4Step } from './session.js'
import { asideOf, waitNoLonger, wipeSide, withAside } from './side-session.js'
import type { V4SmpValues } from './smp-arithmetic.js'
import { copySecret } from '../crypto/secret.js'

/** What a complete DAKE hands over. */
export interface Established {
  readonly theirTag: number
  /** Whether we sent the Identity message, or the Non-Interactive-Auth message. */
  readonly initiator: boolean
  /** Whether the DAKE was non-interactive. */
  readonly offline: boolean
  readonly them: V4Correspondent
  /** Our own, as it stood in the DAKE. */
  readonly ourProfile: ClientProfile
  /** K, 64 bytes; the caller wipes it. */
  readonly k: Uint8Array
  readonly ratchet: RatchetState
  /** The form in which the correspondent's ring signature verified; absent where there was none of theirs. */
  readonly form?: RingMessageForm
  /** The DAKEs that are still under way. One of them may replace the session later. */
  readonly dake: DakeState
}

/** The session that a complete DAKE makes. It holds nothing of an older session; DAKEs under way stay with `session`. */
function newSession(session: V4Session, result: Established, { now }: Pick<V4Context, 'now'>): V4Encrypted {
  return {
    state: 'encrypted',
    theirTag: result.theirTag,
    dake: noDake,
    // Another form than before means another program: forget what we learned of its SMP.
    learned: result.form === undefined || session.learned.ring === result.form ? session.learned : { ring: result.form },
    side: [],
    ssid: ssid(result.k),
    initiator: result.initiator,
    offline: result.offline,
    them: result.them,
    ourFingerprint: ed448Fingerprint(result.ourProfile.publicKey, result.ourProfile.forgingKey),
    ratchet: result.ratchet,
    smp: newSmp<V4SmpValues>(now),
    lastSent: now,
    heartbeatOwed: false,
  }
}

/** Makes the session of a complete DAKE and puts it in its place: see `establishSession`. */
export function completeDake(session: V4Session, result: Established, context: Pick<V4Context, 'now'>): V4Step {
  const { state, beside, events } = establishSession({ ...session, dake: result.dake }, newSession(session, result, context), context)
  const told = result.offline ? [...events, offlineNotice(result.initiator)] : events
  return { state, outgoing: [], events: told, ...(beside !== undefined && { beside }) }
}

/**
 * Puts the session that a DAKE has just made in its place.
 *
 * - If a session with the same key runs, the new one renews it. A copy of the old one becomes a side session, which reads what is still under
 *   way; the new session reveals its MAC keys. Attempts at SMP keep counting: a new DAKE must not allow more guesses.
 * - If a session with **another** key runs or is read, it stays exactly as it is, and the new one is `beside` in the step. Anybody can complete
 *   a DAKE with a key of their own under somebody's instance tag; that must not cost the running session.
 * - If no session runs, the new one is the session.
 *
 * DAKEs that are still under way stay with `state`.
 *
 * @param newer - with nothing of an older session in it
 */
export function establishSession(session: V4Session, newer: V4Encrypted, { now }: Pick<V4Context, 'now'>): V4Step {
  if (holdsOther(session, newer.them.fingerprint)) return { state: session, beside: newer, outgoing: [], events: [encryptedEvent(newer)] }
  const older = session.state === 'encrypted' ? session : undefined
  const aside = older === undefined ? [] : [asideOf(older, now, false)]
  const side = withAside(waitNoLonger(session.side), aside, newer.them)
  const state: V4Encrypted = {
    ...newer,
    dake: session.dake,
    side,
    ratchet: older === undefined ? newer.ratchet : { ...newer.ratchet, macKeysToReveal: older.ratchet.macKeysToReveal.map((keys) => copySecret(keys)) },
    smp: older === undefined ? newer.smp : { ...newer.smp, ...tallyOf(older.smp) },
  }
  const ended = older === undefined ? [] : dropSmp(older.smp)
  if (older !== undefined) {
    wipeSmp(older.smp)
    wipeRatchet(older.ratchet)
  }
  wipeSide([...session.side, ...aside], side)
  return { state, outgoing: [], events: [...ended, encryptedEvent(state)] }
}

/** Whether something is still sent or read in this session with another key. */
function holdsOther(session: V4Session, fingerprint: Uint8Array): boolean {
  return (session.state === 'encrypted' && !equalBytes(session.them.fingerprint, fingerprint)) ||
    session.side.some(({ them }) => !equalBytes(them.fingerprint, fingerprint))
}

/** The event that a session is established. */
export function encryptedEvent({ offline }: V4Encrypted): ProtocolEvent {
  return { type: 'state', state: 'encrypted', ...(offline && { offline: true }) }
}

/** What a person has to know of a session that came by a non-interactive DAKE. */
export function offlineNotice(initiator: boolean): ProtocolEvent {
  const detail = initiator
    ? 'you began this conversation alone: you can deny less well that you took part in it'
    : 'the other side began this conversation alone: it can deny less well that it took part in it'
  return { type: 'notice', code: 'offline', detail }
}
