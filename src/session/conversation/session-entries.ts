import { equalBytes } from '../../crypto/compare.js'
import type { Version } from '../versions/version.js'
import { adapters, isEncrypted, roleOf } from '../versions/adapters.js'
import { rankSessions } from './instances.js'
import type { SessionEntry } from './state.js'
import type { Transaction } from './transaction.js'

/**
 * The sessions of an instance in a version, best first. There may be several, each with another key: an instance tag is no secret, and
 * anybody who uses it can complete a key exchange with their own key.
 */
export function sessionsUnder(transaction: Transaction, tag: number, version: Version): SessionEntry[] {
  const own = transaction.draft.sessions.filter((entry) => entry.tag === tag && entry.state.version === version)
  return own.length < 2 ? own : rankSessions({ ...transaction.draft, sessions: own }).map(({ entry }) => entry)
}

/** The session of an instance that a key exchange with this key may establish: one with the same key, otherwise one that is not encrypted. */
export function sessionForKey(transaction: Transaction, tag: number, version: Version, fingerprint: Uint8Array | undefined): SessionEntry | undefined {
  const own = sessionsUnder(transaction, tag, version)
  const same = own.find(({ state }) => {
    const other = adapters[state.version].established(state).fingerprint
    return fingerprint !== undefined && other !== undefined && equalBytes(other, fingerprint)
  })
  return same ?? own.find(({ state }) => !isEncrypted(state))
}

/** The session of an instance that receives messages of a key exchange: the one with a key exchange under way, otherwise the best. */
export function sessionInHandshake(transaction: Transaction, tag: number, version: Version): SessionEntry | undefined {
  const own = sessionsUnder(transaction, tag, version)
  return own.find(({ state }) => roleOf(state) !== 'none') ?? own[0]
}
