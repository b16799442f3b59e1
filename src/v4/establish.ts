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
  /** What may still replace the session. */
  readonly dake: DakeState
}

/** The session that a complete DAKE makes, with nothing of an older session in it. DAKEs under way stay with `session`. */
function freshSession(session: V4Session, result: Established, { now }: Pick<V4Context, 'now'>): V4Encrypted {
  return {
    state: 'encrypted',
    theirTag: result.theirTag,
    dake: noDake,
    // Another form than before is another program: what was learned of its SMP is void.
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

/** The encrypted session after a DAKE, in the place of the one before or beside it: see `establishSession`. */
export function completeDake(session: V4Session, result: Established, context: Pick<V4Context, 'now'>): V4Step {
  const { state, beside, events } = establishSession({ ...session, dake: result.dake }, freshSession(session, result, context), context)
  const told = result.offline ? [...events, offlineNotice(result.initiator)] : events
  return { state, outgoing: [], events: told, ...(beside !== undefined && { beside }) }
}

/**
 * Puts a session that a DAKE has just made in the place of the one before.
 *
 * - Before it ran a session with the same key: the new one renews it. A copy of the old one is put aside, to read what is still under
 *   way in it; its MAC keys that wait are revealed in the new one; attempts at SMP go on to count: a new DAKE must not be a way to more
 *   guesses.
 * - Before it ran, or is still read in, a session with **another** key: that one stays exactly as it was, and the new one stands
 *   `beside` it. Whoever has some key of their own can complete a DAKE under anybody's instance tag; it must not cost the session that
 *   runs.
 * - No session ran: the new one is the session.
 *
 * DAKEs that are still under way stay with `state`.
 *
 * @param fresh - with nothing of an older session in it
 */
export function establishSession(session: V4Session, fresh: V4Encrypted, { now }: Pick<V4Context, 'now'>): V4Step {
  if (holdsOther(session, fresh.them.fingerprint)) return { state: session, beside: fresh, outgoing: [], events: [encryptedEvent(fresh)] }
  const older = session.state === 'encrypted' ? session : undefined
  const aside = older === undefined ? [] : [asideOf(older, now, false)]
  const side = withAside(waitNoLonger(session.side), aside, fresh.them)
  const state: V4Encrypted = {
    ...fresh,
    dake: session.dake,
    side,
    ratchet: older === undefined ? fresh.ratchet : { ...fresh.ratchet, macKeysToReveal: older.ratchet.macKeysToReveal.map((keys) => keys.slice()) },
    smp: older === undefined ? fresh.smp : { ...fresh.smp, ...tallyOf(older.smp) },
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

/** What is told when a session stands. */
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
