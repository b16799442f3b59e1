import { OtrError } from '../../../errors.js'
import type { Tlv } from '../../../wire/index.js'
import type { KeyTrust } from '../../known/key-trust.js'
import { adapterOf } from '../../versions/adapters.js'
import { applyStep } from '../apply-step.js'
import { refuseTooLong } from '../framing.js'
import { keyTrustOf, type SessionEntry } from '../state.js'
import type { Transaction } from '../transaction.js'
import { noteSent } from '../unacknowledged.js'

/** A session that a text was encrypted for, and the key that can read it. */
export interface Recipient extends KeyTrust {
  /** The instance tag. */
  readonly instance: number
}

/** Encrypts a text for each of these sessions, and keeps it until it is known to be read. @throws OtrError `OTR_TOO_LARGE` */
export function encryptTo(transaction: Transaction, targets: readonly SessionEntry[], text: string, tlvs: readonly Tlv[]): readonly Recipient[] {
  refuseTooLong(transaction.policy, text, tlvs)
  return targets.map((entry): Recipient => {
    const { state, tag } = entry
    const adapter = adapterOf(state)
    const key = keyTrustOf(transaction.draft, state.version, adapter.established(state).fingerprint)
    if (key === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a key')
    const step = adapter.send(state, text, tlvs, transaction.adapterContext)
    const sent = noteSent(transaction, entry, step.outgoing[0], text, tlvs)
    transaction.carrying(sent, () => { applyStep(transaction, entry, step) })
    return { instance: tag, ...key }
  })
}
