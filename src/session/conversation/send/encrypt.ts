import { OtrError } from '../../../errors.js'
import type { Tlv } from '../../../wire/index.js'
import type { KeyTrust } from '../../known/key-trust.js'
import { formatFor } from '../../text/received-text.js'
import { needsEscaping, writeText } from '../../text/text-format.js'
import { adapters } from '../../versions/adapters.js'
import { applyStep } from '../apply-step.js'
import { refuseTooLong } from '../framing.js'
import { expectAnswer } from '../lost-session.js'
import { keyTrustOf, type SessionEntry } from '../state.js'
import type { Transaction } from '../transaction.js'
import { noteSent } from '../unacknowledged.js'

/** A session that a text was encrypted for, and the key that can read it. */
export interface Recipient extends KeyTrust {
  /** The instance tag. */
  readonly instance: number
}

/**
 * Encrypts a text for each of these sessions, in the form that its program reads, and keeps it until it is known to be read.
 * @throws OtrError `OTR_TOO_LARGE`
 */
export function encryptTo(transaction: Transaction, targets: readonly SessionEntry[], text: string, tlvs: readonly Tlv[]): readonly Recipient[] {
  const { draft, policy } = transaction
  const written = targets.map((entry) => {
    const { state, tag } = entry
    const key = keyTrustOf(draft, state.version, adapters[state.version].established(state).fingerprint)
    if (key === undefined) throw new OtrError('OTR_INTERNAL', 'an encrypted session without a key')
    const format = formatFor(draft.devices, { tag, version: state.version, fingerprint: key.key }, policy)
    if (format === undefined && needsEscaping(text)) transaction.notice('text-format', 'it is not known whether the other program reads text as HTML', tag)
    return { entry, key, content: writeText(text, format) }
  })
  // Checked before a message key is used for any of them.
  for (const { content } of written) refuseTooLong(policy, content, tlvs)
  return written.map(({ entry, key, content }): Recipient => {
    const { state, tag } = entry
    const step = adapters[state.version].send(state, content, tlvs, transaction.adapterContext)
    const sent = noteSent(transaction, entry, step.outgoing[0], text, tlvs)
    transaction.carrying(sent, () => {
      const before = transaction.events.length
      const next = applyStep(transaction, entry, step)
      if (text !== '') expectAnswer(transaction, next, transaction.events.length - before)
    })
    return { instance: tag, ...key }
  })
}
