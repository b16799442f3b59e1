import { OtrError } from '../../errors.js'
import { isOver } from '../../protocol/index.js'
import { queryMessage } from '../../wire/index.js'
import { isUnanswered } from './state.js'
import { statusOf } from '../versions/adapters.js'
import type { AllowedAdapters } from '../versions/adapter.js'
import { noteOffer } from './first-contact.js'
import { openHandshake } from './open-handshake.js'
import { whyNone } from './why-not.js'
import type { Transaction } from './transaction.js'

/** Whether the policy allows a key exchange with this correspondent at all. */
export function mayBegin({ draft, policy }: Transaction): boolean {
  return !policy.requireAuthenticated || draft.keys.some(({ trust }) => trust === 'verified')
}

/** Whether `sendQuery` may be called, and has something to ask for. */
export function canAsk(transaction: Transaction): boolean {
  const versions = transaction.allowedAdapters().map(({ version }) => version)
  return mayBegin(transaction) && (transaction.policy.allowQueries ? versions.length > 0 : versions.includes(4))
}

/**
 * Sends a query, in clear, which asks the correspondent to begin a key exchange. If the policy allows no queries, begins one instead. An
 * existing encrypted session is renewed by it. `adapters`: the versions to offer, newest first.
 * @throws OtrError `OTR_POLICY` if the policy allows no version that the account speaks
 */
export function sendQuery(transaction: Transaction, adapters: AllowedAdapters = transaction.allowedAdapters()): void {
  const versions = adapters.map((adapter) => adapter.version)
  if (versions.length === 0) throw new OtrError('OTR_POLICY', whyNone(transaction))
  const { allowQueries, queryText, maxMessageLength } = transaction.policy
  if (!allowQueries) {
    const adapter = adapters.find(({ version }) => version === 4)
    if (adapter === undefined) throw new OtrError('OTR_POLICY', 'only version 4 can begin without a query, which the policy does not allow')
    openHandshake(transaction, adapter)
    noteOffer(transaction, [4])
    return
  }
  const full = queryMessage(versions, queryText)
  transaction.sendText(maxMessageLength === 0 || full.length <= maxMessageLength ? full : queryMessage(versions, ''))
  transaction.draft.queriedAt = transaction.now
  noteOffer(transaction, versions)
}

/** Sends a query because of something that anybody may have forged: at most one in `errorStartInterval`. */
export function sendQueryOnce(transaction: Transaction): void {
  const { draft, policy, now } = transaction
  if (draft.errorStartAt !== undefined && !isOver(draft.errorStartAt, policy.errorStartInterval, now)) return
  draft.errorStartAt = now
  sendQuery(transaction)
}

/** Whether a query of ours or any key exchange is under way that may still lead to an encrypted session. */
export function isPending(transaction: Pick<Transaction, 'draft'>): boolean {
  return transaction.draft.queriedAt !== undefined || transaction.draft.unreadable?.toldAt !== undefined || isHandshaking(transaction)
}

/** Whether an opening of ours waits for its answer, or a session that is not encrypted has a key exchange under way. */
export function isHandshaking({ draft }: Pick<Transaction, 'draft'>): boolean {
  return draft.openings.some(isUnanswered) || draft.sessions.some(({ state }) => statusOf(state).state === 'handshake')
}
