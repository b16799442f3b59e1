import { OtrError } from '../../../errors.js'
import { adapters, isEncrypted } from '../../versions/adapters.js'
import { endSession, expireSession } from '../apply-step.js'
import { hasSession } from '../instances.js'
import type { Transaction } from '../transaction.js'
import { forgetSent } from '../unacknowledged.js'

/** Ends the sessions of one instance or of all, with their key exchanges. The state is plaintext afterwards, but the latch stays. */
export function end(transaction: Transaction, instance: number | undefined): void {
  const { draft } = transaction
  draft.known = true
  draft.queriedAt = undefined
  draft.contact = undefined
  draft.unreadable = undefined
  if (instance === undefined) {
    for (const { state } of draft.openings) adapters[state.version].abandon(state)
    if (draft.openings.length > 0) transaction.irreversible = true
    draft.openings = []
  }
  for (const entry of draft.sessions) {
    if (instance === undefined || entry.tag === instance) endSession(transaction, entry)
  }
  forgetSent(transaction, instance)
}

/** Ends all encrypted sessions as if they had expired. */
export function expire(transaction: Transaction): void {
  for (const entry of transaction.draft.sessions) if (isEncrypted(entry.state)) expireSession(transaction, entry)
}

/**
 * The only way back to text in clear: leaves sessions that the other side ended, and lifts the latch. Messages in the outbox stay there.
 * @throws OtrError `OTR_ENCRYPTED` while there is an encrypted session; `OTR_ENCRYPTION_REQUIRED` if the policy requires encryption
 */
export function continueInPlaintext(transaction: Transaction): void {
  const { draft, policy } = transaction
  if (policy.requireEncryption || policy.requireVerified) throw new OtrError('OTR_ENCRYPTION_REQUIRED', 'the policy requires encryption')
  if (hasSession(draft, 'encrypted')) throw new OtrError('OTR_ENCRYPTED', 'there is a private conversation: end it first')
  end(transaction, undefined)
  draft.latched = false
  draft.heardPlaintext = false
}
