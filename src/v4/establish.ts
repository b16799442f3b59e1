import { ed448Fingerprint, equalBytes, ssid, type RingMessageForm } from '../crypto/index.js'
import { wipeRatchet, type RatchetState } from '../ratchet/index.js'
import { dropSmp, newSmp, tallyOf, wipeSmp } from '../smp/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { DakeState } from './dake-state.js'
import type { V4Encrypted, V4Session, V4Step } from './session.js'
import type { V4SmpValues } from './smp-arithmetic.js'

/** What a complete DAKE hands over. */
export interface Established {
  readonly theirTag: number
  /** Whether we sent the Identity message. */
  readonly initiator: boolean
  readonly them: V4Correspondent
  /** Our own, as it stood in the DAKE. */
  readonly ourProfile: ClientProfile
  /** K, 64 bytes; the caller wipes it. */
  readonly k: Uint8Array
  readonly ratchet: RatchetState
  /** The form in which the correspondent's ring signature verified. */
  readonly form: RingMessageForm
  readonly now: number
  /** What may still replace the session. */
  readonly dake: DakeState
}

/**
 * The encrypted session after a DAKE. What an older session held is wiped, and an SMP under way with it; its MAC keys that wait to be
 * revealed go over, and with the same correspondent the count of SMP attempts: a new DAKE must not be a way to more guesses.
 */
export function establish(session: V4Session, result: Established): V4Step {
  const older = session.state === 'encrypted' ? session : undefined
  const smp = newSmp<V4SmpValues>(result.now)
  const state: V4Encrypted = {
    state: 'encrypted',
    theirTag: result.theirTag,
    dake: result.dake,
    // Another form than before is another program: what was learned of its SMP is void.
    learned: session.learned.ring === result.form ? session.learned : { ring: result.form },
    ssid: ssid(result.k),
    initiator: result.initiator,
    them: result.them,
    ourFingerprint: ed448Fingerprint(result.ourProfile.publicKey, result.ourProfile.forgingKey),
    ratchet: older === undefined ? result.ratchet : { ...result.ratchet, macKeysToReveal: older.ratchet.macKeysToReveal.map((keys) => keys.slice()) },
    smp: older !== undefined && equalBytes(older.them.fingerprint, result.them.fingerprint) ? { ...smp, ...tallyOf(older.smp) } : smp,
    lastSent: result.now,
    heartbeatOwed: false,
  }
  const ended = older === undefined ? [] : dropSmp(older.smp)
  if (older !== undefined) {
    wipeSmp(older.smp)
    wipeRatchet(older.ratchet)
  }
  return { state, outgoing: [], events: [...ended, { type: 'state', state: 'encrypted' }] }
}
