import type { Trust } from '../known/key-trust.js'
import { trustKey, type TrustHow } from '../known/key-book.js'
import type { KeyVersion } from '../versions/version.js'
import type { Transaction } from './transaction.js'

/** Sets the trust in a key, whether or not it was ever shown. A verified key latches the conversation: rule 1 of `spec/trust.md`. */
export function setTrust(transaction: Transaction, version: KeyVersion, fingerprint: string, trust: Exclude<Trust, 'changed'>, how: TrustHow): void {
  const { draft } = transaction
  const { keys, trustHistory } = trustKey(draft, version, fingerprint, trust, how, transaction.now)
  draft.keys = keys
  draft.trustHistory = trustHistory
  if (trust === 'verified') draft.latched = true
}
