import type { HandCopied } from '../../protocol/index.js'
import { equalBytes } from '../../crypto/compare.js'
import { OtrError } from '../../errors.js'
import type { Version } from '../versions/version.js'
import { adapterOf, isEncrypted, roleOf } from '../versions/adapters.js'
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
    const other = adapterOf(state).established(state).fingerprint
    return fingerprint !== undefined && other !== undefined && equalBytes(other, fingerprint)
  })
  return same ?? own.find(({ state }) => !isEncrypted(state))
}

/** The session of an instance that receives messages of a key exchange: the one with a key exchange under way, otherwise the best. */
export function sessionInHandshake(transaction: Transaction, tag: number, version: Version): SessionEntry | undefined {
  const own = sessionsUnder(transaction, tag, version)
  return own.find(({ state }) => roleOf(state) !== 'none') ?? own[0]
}

/** Replaces a session's entry. */
export function updateSession(transaction: Transaction, entry: SessionEntry, changes: EntryChanges): SessionEntry {
  const { sessions } = transaction.draft
  const at = sessions.indexOf(entry)
  if (at < 0) throw new OtrError('OTR_INTERNAL', 'a session was changed that no longer exists')
  const next = changedEntry(entry, changes)
  transaction.draft.sessions = sessions.with(at, next)
  return next
}

/** Fields to replace. With `active`, the other side has proved itself, and no doubt is left. */
type EntryChanges = { readonly [Field in keyof SessionEntry]?: SessionEntry[Field] | undefined }

/** An entry with some fields replaced. Written out, because for every message the spread operator costs more than the encryption. */
function changedEntry(entry: SessionEntry, changes: EntryChanges): HandCopied<SessionEntry, 'answerBy' | 'lostBy'> {
  const old = changes.active === undefined ? entry : undefined
  const answerBy = changes.answerBy ?? old?.answerBy
  const lostBy = changes.lostBy ?? old?.lostBy
  const next = {
    tag: changes.tag ?? entry.tag,
    state: changes.state ?? entry.state,
    active: changes.active ?? entry.active,
    handshakeAt: changes.handshakeAt ?? entry.handshakeAt,
    handshakeTries: changes.handshakeTries ?? entry.handshakeTries,
    answersQuestion: changes.answersQuestion ?? entry.answersQuestion,
  }
  if (answerBy === undefined && lostBy === undefined) return next
  return { ...next, ...(answerBy !== undefined && { answerBy }), ...(lostBy !== undefined && { lostBy }) }
}
