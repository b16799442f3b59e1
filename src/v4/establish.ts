import { ed448Fingerprint, equalBytes, ssid, type RingMessageForm } from '../crypto/index.js'
import { wipeRatchet, type RatchetState } from '../ratchet/index.js'
import type { ProtocolEvent } from '../protocol/index.js'
import { dropSmp, newSmp, tallyOf, wipeSmp } from '../smp/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { DakeState } from './dake-state.js'
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
  /** The form in which the correspondent's ring signature verified; absent where there was none of his. */
  readonly form?: RingMessageForm
  readonly now: number
  /** What may still replace the session. */
  readonly dake: DakeState
}

/**
 * The encrypted session after a DAKE. What an older session held is wiped, and an SMP under way with it; its MAC keys that wait to be
 * revealed go over, and with the same correspondent the count of SMP attempts: a new DAKE must not be a way to more guesses. With
 * the same key a copy of the older session is put aside, to read in: messages of it may be under way.
 */
export function establish(session: V4Session, result: Established): V4Step {
  const older = session.state === 'encrypted' ? session : undefined
  const sameKey = older !== undefined && equalBytes(older.them.fingerprint, result.them.fingerprint)
  const aside = older !== undefined && sameKey ? [asideOf(older, result.now, false)] : []
  const side = withAside(waitNoLonger(session.side), aside, result.them)
  const smp = newSmp<V4SmpValues>(result.now)
  const state: V4Encrypted = {
    state: 'encrypted',
    theirTag: result.theirTag,
    dake: result.dake,
    // Another form than before is another program: what was learned of its SMP is void.
    learned: result.form === undefined || session.learned.ring === result.form ? session.learned : { ring: result.form },
    side,
    ssid: ssid(result.k),
    initiator: result.initiator,
    offline: result.offline,
    them: result.them,
    ourFingerprint: ed448Fingerprint(result.ourProfile.publicKey, result.ourProfile.forgingKey),
    ratchet: older === undefined ? result.ratchet : { ...result.ratchet, macKeysToReveal: older.ratchet.macKeysToReveal.map((keys) => keys.slice()) },
    smp: older !== undefined && sameKey ? { ...smp, ...tallyOf(older.smp) } : smp,
    lastSent: result.now,
    heartbeatOwed: false,
  }
  const ended = older === undefined ? [] : dropSmp(older.smp)
  if (older !== undefined) {
    wipeSmp(older.smp)
    wipeRatchet(older.ratchet)
  }
  wipeSide([...session.side, ...aside], side)
  return { state, outgoing: [], events: [...ended, encryptedEvent(state), ...result.offline ? [offlineNotice(result.initiator)] : []] }
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
