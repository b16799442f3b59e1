import { limits } from '../budget/limits.js'
import { settledBucket, takeTokens } from '../budget/token-bucket.js'
import type { Transaction } from './transaction.js'

/**
 * Takes the cost of messages of a key exchange from the correspondent's allowance and from the client's. If either is used up, emits a
 * notice and returns `false`.
 */
export function spendOnHandshake(transaction: Transaction, count: number): boolean {
  const { draft, context } = transaction
  draft.handshakes = settledBucket(draft.handshakes, transaction.now)
  const rest = takeTokens(draft.handshakes, draft.keys.length > 0 ? limits.handshakesOfKnown : limits.handshakes, count, transaction.now)
  if (rest === undefined) {
    transaction.notice('limit', 'too many messages of key exchanges in a short time')
    return false
  }
  if (!context.takeHandshakes(count, !draft.known && draft.keys.length === 0)) {
    transaction.notice('limit', 'too many messages of key exchanges over all correspondents')
    return false
  }
  draft.handshakes = rest
  transaction.tookLong = true
  return true
}
