import { OtrError } from '../../../errors.js'
import { adapters } from '../../versions/adapters.js'
import { applyStep } from '../apply-step.js'
import { chooseSessions, hasSession } from '../instances.js'
import { whyNotSendable } from '../send/decide.js'
import type { Transaction } from '../transaction.js'
import { noPrivateConversation, singleTarget } from './named-session.js'

/**
 * Informs the other side what the extra symmetric key is used for, and returns the key.
 *
 * @throws OtrError `OTR_ARGUMENT` for a context that is no unsigned 32-bit number, `OTR_NOT_ENCRYPTED`, `OTR_VERSION` in a
 *   session of version 2; `OTR_NOT_VERIFIED` or `OTR_NOT_ACCEPTED` if messages may not go to the key of the session
 */
export function extraKey(transaction: Transaction, context: number, data: Uint8Array, instance: number | undefined): Uint8Array {
  if (!Number.isInteger(context) || context < 0 || context > 0xffffffff) throw new OtrError('OTR_ARGUMENT', 'context is not an unsigned 32-bit number')
  const [entry] = chooseSessions(transaction.draft, instance ?? singleTarget(transaction.policy.sendTo), transaction.policy)
  if (entry === undefined) throw hasSession(transaction.draft, 'encrypted') ? whyNotSendable(transaction) : new OtrError('OTR_NOT_ENCRYPTED', noPrivateConversation)
  const step = adapters[entry.state.version].extraKey(entry.state, context, data, transaction.adapterContext)
  applyStep(transaction, entry, step)
  return step.key
}
