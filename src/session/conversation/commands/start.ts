import { OtrError } from '../../../errors.js'
import { isDowngrade } from '../../versions/negotiate.js'
import type { Version } from '../../versions/version.js'
import { noteOffer } from '../first-contact.js'
import { openHandshake } from '../open-handshake.js'
import { mayBegin, sendQuery } from '../query.js'
import { whyNot } from '../why-not.js'
import type { VersionAdapter } from '../../versions/adapter.js'
import { adapters } from '../../versions/adapters.js'
import type { Transaction } from '../transaction.js'

/**
 * Which versions to ask for. Anybody on the way can damage an answer of version 4. So an older version is a choice of the person or the
 * application, and nothing that comes from the network makes it (`spec/first-contact.md`).
 */
export interface StartOptions {
  /** Each of 3 and 4 at most once. Others that the policy allows are not offered this time. */
  readonly versions: readonly Version[]
}

/**
 * Asks for a private conversation, or renews the existing one. `identity`: begins with version 4 at once, without a query; `versions`: asks for
 * these alone. From now on no text goes in clear: somebody who can stop the answer must not be able to cause that.
 *
 * @throws OtrError `OTR_NOT_VERIFIED` if the policy requires a verified key first; `OTR_POLICY` if it does not allow the versions
 */
export function start(transaction: Transaction, how: 'query' | 'identity' | StartOptions): void {
  transaction.draft.known = true
  transaction.draft.latched = true
  // The person asks again, so notices about the contact are emitted again.
  transaction.draft.contact = undefined
  if (!mayBegin(transaction)) throw new OtrError('OTR_NOT_VERIFIED', 'the policy requires a verified key before a key exchange begins')
  if (how !== 'identity') {
    sendQuery(transaction, how === 'query' ? undefined : chosenAdapters(transaction, how))
    return
  }
  const why = whyNot(transaction, 4)
  if (why !== undefined) throw new OtrError('OTR_POLICY', why)
  openHandshake(transaction, adapters[4])
  noteOffer(transaction, [4])
}

function chosenAdapters(transaction: Transaction, { versions }: StartOptions): VersionAdapter[] {
  const allowed = transaction.allowedAdapters()
  const chosen = allowed.filter(({ version }) => versions.includes(version))
  if (versions.length === 0 || chosen.length !== versions.length) {
    throw new OtrError('OTR_POLICY', versions.map((version) => whyNot(transaction, version)).find((why) => why !== undefined) ?? 'choose each version once, and one at least')
  }
  if (!transaction.policy.allowDowngrade && chosen.every(({ version }) => isDowngrade(version, allowed, transaction.draft))) {
    throw new OtrError('OTR_POLICY', 'this correspondent has used a newer version, and the policy allows no downgrade')
  }
  return chosen
}
