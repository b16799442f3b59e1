import { publicHex } from '../../wire/index.js'
import type { NoticeCode } from '../../protocol/index.js'
import type { SmpTally } from '../../smp/index.js'
import { errorCodeOf } from '../error-details.js'
import { findKey, isSendable } from '../known/key-book.js'
import { applyPolicy } from '../policy.js'
import type { SessionState, SessionStep } from '../versions/adapter.js'
import { adapters, statusOf } from '../versions/adapters.js'
import { keyVersionOf } from '../versions/version.js'
import { renewSameKeySession, noteEstablished } from './session-established.js'
import { makeRoom } from './instances.js'
import type { Conversation, SessionEntry } from './state.js'
import type { Transaction } from './transaction.js'
import { translate } from './translate.js'
import { noteReplaced } from './unacknowledged.js'

/** Applies a transition of a session to the conversation: its state, then its messages, then its events. Returns the entry after it. */
export function applyStep(transaction: Transaction, entry: SessionEntry, step: SessionStep, changes: Partial<SessionEntry> = {}): SessionEntry {
  let next = entry
  // First of all, before anything is emitted about the new session: a prekey message is used only once.
  if (step.usedPrekey !== undefined) transaction.usePrekey(step.usedPrekey)
  if (step.state !== entry.state) {
    // The old state's secrets are wiped: nothing below may be undone, even if it throws.
    transaction.irreversible = true
    const progress = handshakeProgress(transaction, entry, step.handshake)
    next = transaction.updateSession(entry, {
      state: step.state,
      active: changes.active,
      handshakeAt: changes.handshakeAt ?? progress.handshakeAt,
      handshakeTries: changes.handshakeTries ?? progress.handshakeTries,
      answersQuestion: changes.answersQuestion,
    })
  }
  for (const message of step.outgoing) transaction.sendMessage(message)
  if (step.learned !== undefined) transaction.draft.learned = step.learned
  if (step.beside !== undefined) {
    const beside = addSideBySide(transaction, next, step.beside)
    if (beside === undefined) return next
    next = beside
  }
  if (step.established === true) noteReplaced(transaction, next.tag)
  if (step.established === true) next = transaction.updateSession(renewSameKeySession(transaction, next), { active: transaction.now })
  const shown = step.established === true ? noteEstablished(transaction, next) : undefined
  if (shown !== undefined) endChoiceOf2(transaction, next)
  for (const event of step.events) next = translate(transaction, next, event, shown)
  if (step.beside === undefined && step.smpTally !== undefined) countAttempts(transaction, next.state, step.smpTally)
  return next
}

/**
 * Adds a session, and makes room for it. Returns `false`, and changes nothing, if there is no room. `beside`: there are other sessions under
 * its tag, with other keys.
 */
export function addSession(transaction: Transaction, entry: SessionEntry, beside = false): boolean {
  const room = makeRoom(transaction.draft, beside ? entry.tag : undefined)
  if (room === undefined) return false
  for (const one of transaction.draft.sessions.filter((session) => !room.includes(session))) {
    const ended = endSession(transaction, one)
    transaction.notice('limit', 'too many sessions: an idle one was ended', one.tag)
    transaction.draft.sessions = transaction.draft.sessions.filter((session) => session !== ended)
  }
  transaction.draft.sessions = [...transaction.draft.sessions, entry]
  return true
}

/**
 * Ends a session from our side and tells the other side. The session ends in any case: if the last message cannot be made (the random source
 * fails, or the other side has brought the session into a state in which none can be made), it ends without one.
 */
export function endSession(transaction: Transaction, entry: SessionEntry): SessionEntry {
  return closeSession(transaction, entry, 'end', 'internal', 'the other side could not be told that the session ended')
}

/** Ends a session because it has expired, and tells the other side if that is possible. The session is `finished` afterwards. */
export function expireSession(transaction: Transaction, entry: SessionEntry): SessionEntry {
  return closeSession(transaction, entry, 'expire', 'expired', 'the other side could not be told')
}

function closeSession(transaction: Transaction, entry: SessionEntry, how: 'end' | 'expire', code: NoticeCode, farewellFailed: string): SessionEntry {
  const adapter = adapters[entry.state.version]
  try {
    return applyStep(transaction, entry, adapter[how](entry.state, transaction.adapterContext))
  } catch (error) {
    const next = applyStep(transaction, entry, adapter.drop(entry.state))
    transaction.notice(code, `${farewellFailed}: ${errorCodeOf(error)}`, entry.tag)
    return next
  }
}

/**
 * The correspondent was seen with a newer version: their program has one, so version 2 is over until somebody chooses it once more. A key that
 * nobody accepted is not the correspondent's, and ends nothing.
 */
function endChoiceOf2(transaction: Transaction, { state, tag }: SessionEntry): void {
  const { draft } = transaction
  const { fingerprint } = adapters[state.version].established(state)
  if (state.version === 2 || fingerprint === undefined || !isSendable(draft, state.version, publicHex(fingerprint), false)) return
  if (draft.policy.allowV2 !== true && !hasVersion2(draft)) return
  draft.policy = applyPolicy(draft.policy, { allowV2: undefined })
  endVersion2(transaction)
  transaction.notice('version-2-over', `they have version ${state.version}`, tag)
}

/** Whether there is anything in version 2: a session, or a key exchange that was begun. */
export function hasVersion2({ sessions, openings }: Pick<Conversation, 'sessions' | 'openings'>): boolean {
  return [...sessions, ...openings].some(isOfVersion2)
}

/** Ends all that there is in version 2. */
export function endVersion2(transaction: Transaction): void {
  const { draft } = transaction
  for (const entry of draft.sessions.filter(isOfVersion2)) {
    const ended = endSession(transaction, entry)
    draft.sessions = draft.sessions.filter((one) => one !== ended)
  }
  for (const opening of draft.openings.filter(isOfVersion2)) {
    adapters[opening.state.version].abandon(opening.state)
    transaction.irreversible = true
    draft.openings = draft.openings.filter((one) => one !== opening)
  }
}

function isOfVersion2({ state }: { readonly state: SessionState }): boolean {
  return state.version === 2
}

/** Adds a session with another key under a tag that already has one. Returns `undefined` if there was no room: the session was dropped. */
function addSideBySide(transaction: Transaction, { tag }: SessionEntry, state: SessionState): SessionEntry | undefined {
  const entry: SessionEntry = { tag, state, active: transaction.now, handshakeAt: 0, handshakeTries: 0, answersQuestion: false }
  if (addSession(transaction, entry, true)) return entry
  adapters[state.version].drop(state)
  transaction.notice('limit', 'too many sessions', tag)
  return undefined
}

/** Counts attempts at SMP for the key that makes them. */
function countAttempts(transaction: Transaction, state: SessionState, tally: SmpTally): void {
  const { fingerprint } = statusOf(state)
  const key = fingerprint === undefined ? undefined : findKey(transaction.draft, keyVersionOf(state.version), publicHex(fingerprint))
  if (key !== undefined) transaction.draft.keys = transaction.draft.keys.map((one) => one === key ? { ...key, smpTally: tally } : one)
}

/** The timer of a key exchange restarts whenever its phase changes, and stops when it ends. */
function handshakeProgress(transaction: Transaction, { handshakeAt, handshakeTries }: SessionEntry, handshake: SessionStep['handshake']): Pick<SessionEntry, 'handshakeAt' | 'handshakeTries'> {
  if (handshake === 'none') return { handshakeAt: 0, handshakeTries: 0 }
  return { handshakeAt: handshake === 'stays' && handshakeAt !== 0 ? handshakeAt : transaction.now, handshakeTries }
}
