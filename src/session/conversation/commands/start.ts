import { OtrError } from '../../../errors.js'
import { openHandshake } from '../open-handshake.js'
import { mayBegin, sendQuery } from '../query.js'
import type { Transaction } from '../transaction.js'

/**
 * Asks for a private conversation, or renews the existing one; `identity`: begins with version 4 at once, without a query. From now on no text
 * goes in clear: somebody who can stop the answer must not be able to cause that.
 */
export function start(transaction: Transaction, how: 'query' | 'identity'): void {
  transaction.draft.known = true
  transaction.draft.latched = true
  if (!mayBegin(transaction)) throw new OtrError('OTR_NOT_VERIFIED', 'the policy requires a verified key before a key exchange begins')
  if (how === 'query') {
    sendQuery(transaction)
    return
  }
  const adapter = transaction.allowedAdapters().find(({ version }) => version === 4)
  if (adapter === undefined) throw new OtrError('OTR_POLICY', 'the policy does not allow version 4')
  openHandshake(transaction, adapter)
}
