import { equalBytes } from '../../../crypto/index.js'
import { OtrError } from '../../../errors.js'
import { sameEnsemble, verifyEnsemble, type VerifiedEnsemble } from '../../../v4/index.js'
import { hexEncode, type Ensemble } from '../../../wire/index.js'
import { floorOf, isSendable } from '../../known/key-book.js'
import type { SendTo } from '../../policy.js'
import { statusOf } from '../../versions/adapters.js'
import { addSession, applyStep } from '../apply-step.js'
import { refuseTooLong } from '../framing.js'
import { newEntry } from '../receive/handshake.js'
import { sessionForKey, sessionInHandshake, sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'
import type { SendOptions } from './decide.js'
import { encryptTo } from './encrypt.js'
import { flushOutbox } from './outbox.js'
import { checkText } from './text.js'

/** The most ensembles that are examined: each costs the verification of its signatures. */
export const MAX_ENSEMBLES = 64

/** A valid ensemble, and what is known about its key. */
interface Candidate {
  readonly ensemble: VerifiedEnsemble
  /** Whether anything may be sent to its key: rule 2 of `spec/trust.md`. While no key is known, any key is accepted. */
  readonly sendable: boolean
  /** When the instance was last active, seconds; 0 for never. */
  readonly active: number
}

/**
 * Sends text to instances that are away: see `ClientCore.sendOffline`.
 *
 * @throws OtrError `OTR_POLICY`, `OTR_TOO_MANY_INSTANCES`, `OTR_NO_ENSEMBLE`, `OTR_NO_INSTANCE`, `OTR_NOT_VERIFIED`, `OTR_NOT_ACCEPTED`,
 *   `OTR_INVALID_TEXT`, `OTR_TOO_LARGE`
 */
export function sendOffline(transaction: Transaction, ensembles: readonly Ensemble[], text: string, { tlvs = [], to }: SendOptions): void {
  const { draft, policy } = transaction
  checkText(text)
  const adapter = transaction.allowedAdapters().find((one) => one.startOffline !== undefined)
  if (adapter?.startOffline === undefined || policy.requireInteractive) throw new OtrError('OTR_POLICY', 'the policy does not allow offline messages')
  refuseTooLong(transaction.policy, text, tlvs)
  transaction.tookLong = true
  const chosen = choose(transaction, newest(verified(transaction, ensembles)), to ?? policy.sendTo)
  draft.known = true
  for (const { ensemble } of chosen) {
    const tag = ensemble.instanceTag
    let entry = sessionForKey(transaction, tag, adapter.version, ensemble.client.fingerprint)
    if (entry === undefined) {
      entry = newEntry(transaction, tag, adapter.create(tag, draft.learned))
      if (!addSession(transaction, entry, sessionsUnder(transaction, tag, adapter.version).length > 0)) throw new OtrError('OTR_TOO_MANY_INSTANCES', 'too many instances: there is no room for one more')
    }
    const { messageState, offline, fingerprint } = statusOf(entry.state)
    const goesOn = messageState === 'encrypted' && offline === true && fingerprint !== undefined && equalBytes(fingerprint, ensemble.client.fingerprint)
    if (!goesOn) entry = applyStep(transaction, entry, adapter.startOffline(entry.state, ensemble, transaction.adapterContext))
    encryptTo(transaction, [entry], text, tlvs)
  }
  flushOutbox(transaction)
}

/**
 * Returns the valid ensembles, each once, and reports the others.
 *
 * @throws OtrError `OTR_NO_ENSEMBLE` if none is valid
 * @see [OTRv4, "Receiving Prekey Ensembles"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#receiving-prekey-ensembles)
 */
function verified(transaction: Transaction, ensembles: readonly Ensemble[]): readonly Candidate[] {
  const { draft, now, policy, context: { account } } = transaction
  const valid: Candidate[] = []
  const seen: Ensemble[] = []
  const faults: string[] = []
  for (const ensemble of ensembles.slice(0, MAX_ENSEMBLES)) {
    if (seen.some((one) => sameEnsemble(one, ensemble))) continue
    seen.push(ensemble)
    const result = ensemble.prekeyMessage.instanceTag === account.instanceTag ? { fault: 'our own instance tag' } : verifyEnsemble(ensemble, now)
    if ('fault' in result) {
      faults.push(result.fault)
      transaction.notice('ensemble-refused', result.fault, ensemble.prekeyMessage.instanceTag)
      continue
    }
    const { fingerprint } = result.ensemble.client
    const hex = hexEncode(fingerprint)
    valid.push({
      ensemble: result.ensemble,
      sendable: policy.requireVerified || draft.keys.length > 0 ? isSendable(draft, 4, hex, policy.requireVerified) : true,
      active: sessionInHandshake(transaction, result.ensemble.instanceTag, 4)?.active ?? 0,
    })
  }
  if (valid.length === 0) throw new OtrError('OTR_NO_ENSEMBLE', `no valid ensemble${faults.length === 0 ? '' : `: ${faults.join('; ')}`}`)
  return valid
}

/** Returns one ensemble for each instance and key: the one whose profiles expire last. */
function newest(candidates: readonly Candidate[]): readonly Candidate[] {
  const end = ({ ensemble: { prekeyProfile, client } }: Candidate): readonly [number, number] => [prekeyProfile.expiration, client.profile.expiration]
  const later = (one: Candidate, other: Candidate): number => end(other)[0] - end(one)[0] || end(other)[1] - end(one)[1]
  const sorted = [...candidates].sort(later)
  return sorted.filter((one, at) => sorted.findIndex((other) => other.ensemble.instanceTag === one.ensemble.instanceTag &&
    equalBytes(other.ensemble.client.fingerprint, one.ensemble.client.fingerprint)) === at)
}

/**
 * Chooses the ensembles that a message goes to. A malicious server could hand out a key of its own and read the message. So if keys of the
 * correspondent are known, no other key is used until a person accepts it; if one was verified, only verified or accepted keys are used.
 */
function choose({ draft, policy }: Transaction, candidates: readonly Candidate[], wanted: SendTo | number): readonly Candidate[] {
  let rest = candidates
  if (typeof wanted === 'number') {
    rest = rest.filter(({ ensemble }) => ensemble.instanceTag === wanted)
    if (rest.length === 0) throw new OtrError('OTR_NO_INSTANCE', 'no ensemble belongs to this instance')
  }
  rest = rest.filter(({ sendable }) => sendable)
  if (rest.length === 0) {
    if (policy.requireVerified || floorOf(draft) === 'verified') throw new OtrError('OTR_NOT_VERIFIED', 'no ensemble has a verified key')
    throw new OtrError('OTR_NOT_ACCEPTED', 'no ensemble has a known key of this correspondent: verify or accept the key first')
  }
  // If two keys claim the same instance, the first is used, whose profile expires last.
  rest = rest.filter(({ ensemble }, at) => rest.findIndex((other) => other.ensemble.instanceTag === ensemble.instanceTag) === at)
  return wanted === 'all' ? rest : [...rest].sort((a, b) => b.active - a.active).slice(0, 1)
}
