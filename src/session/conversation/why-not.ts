import { forbidsVersion2 } from '../policy.js'
import { adapters } from '../versions/adapters.js'
import type { Version } from '../versions/version.js'
import type { Transaction } from './transaction.js'

/** Why a version cannot be begun with this correspondent, for people; `undefined` if it can. Explains what `allowedAdapters` decided, and decides nothing. */
export function whyNot(transaction: Transaction, version: Version): string | undefined {
  const { policy, context: { account } } = transaction
  if (transaction.allowedAdapters().some((allowed) => allowed.version === version)) return undefined
  if (!policy[`allowV${version}`]) {
    if (version > 2) return `the policy does not allow version ${version}`
    return forbidsVersion2(policy) ? 'what the policy requires leaves no room for version 2' : 'version 2 was not chosen for them'
  }
  return account[adapters[version].keys] === undefined ? `the account has no key for version ${version}` : 'they were seen with a newer version than 2'
}

/** Why no version can be begun with this correspondent, for people. */
export function whyNone(transaction: Transaction): string {
  return `no version of OTR can be begun with them: ${([4, 3, 2] as const).map((version) => whyNot(transaction, version)).join('; ')}`
}
