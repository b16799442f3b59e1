import { roleOfMessage, type OtrMessage } from '../../../wire/index.js'
import type { Opening, SessionEntry } from '../state.js'
import type { VersionAdapter, SessionState, SessionStep } from '../../versions/adapter.js'
import { roleOf } from '../../versions/adapters.js'
import { isDowngrade } from '../../versions/negotiate.js'
import { flushOutbox } from '../send/outbox.js'
import { offerRenewed } from '../unacknowledged.js'
import { addSession, applyStep } from '../apply-step.js'
import { noteUnreadableAnswer } from '../first-contact.js'
import { spendOnHandshake } from '../handshake-allowance.js'
import { sessionInHandshake } from '../session-entries.js'
import type { Transaction } from '../transaction.js'

/** Receives a message of a key exchange that passed the checks of tags, version and policy. */
export function receiveHandshake(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage): void {
  const entry = sessionInHandshake(transaction, message.senderTag, adapter.version)
  const role = roleOfMessage(message)
  if (role === 'opens' && !mayOpen(transaction, adapter, entry)) return
  const opening = openingFor(transaction, adapter, message, entry)
  const cost = adapter.cost(opening?.state ?? entry?.state, message)
  if (cost > 0 && !spendOnHandshake(transaction, cost)) return
  if (opening !== undefined) {
    receiveAnswer(transaction, adapter, message, entry, opening)
  } else if (entry !== undefined) {
    receiveIn(transaction, adapter, message, entry)
  } else if (role === 'opens') {
    const created = newEntry(transaction, message.senderTag, adapter.create(message.senderTag, transaction.draft.learned))
    if (addSession(transaction, created)) receiveIn(transaction, adapter, message, created)
    else transaction.notice('limit', 'too many instances', message.senderTag)
  } else {
    transaction.notice('unexpected', 'no session with this instance', message.senderTag)
  }
}

/** Whether the other side may begin a key exchange in this version now. Emits a notice if it may not, or if it is a downgrade. */
function mayOpen(transaction: Transaction, { version }: VersionAdapter, entry: SessionEntry | undefined): boolean {
  const { draft, policy } = transaction
  const begun = entry !== undefined && roleOf(entry.state) !== 'none'
  if (!begun && isDowngrade(version, transaction.allowedAdapters(), draft)) {
    // Somebody on the way may have removed versions from our offer.
    transaction.notice('downgrade', 'a key exchange in a lower version than this correspondent has used', entry?.tag)
    if (!policy.allowDowngrade) return false
  }
  const asked = draft.queriedAt !== undefined || policy.sendWhitespaceTag || draft.openings.length > 0 || entry !== undefined
  if (version === 4 && !policy.identityStartsDake && !asked) {
    transaction.notice('policy', 'nobody asked for a key exchange')
    return false
  }
  return true
}

function receiveIn(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage, entry: SessionEntry): void {
  const step = adapter.receive(entry.state, message, transaction.adapterContext)
  noteRefused(transaction, message, step)
  const next = applyStep(transaction, entry, step)
  if (step.established === true) established(transaction, next)
}

function noteRefused(transaction: Transaction, { senderTag }: OtrMessage, { state: { version }, refused }: SessionStep): void {
  if (version === 4 && refused === 'handshake-failed') noteUnreadableAnswer(transaction, 'incompatible', 'a proof is wrong', senderTag)
}

/** Sends what waited for a session, and offers what was lost in an earlier one. */
function established(transaction: Transaction, entry: SessionEntry): void {
  flushOutbox(transaction)
  offerRenewed(transaction, entry)
}

/**
 * The opening of ours that a message answers or crosses; `undefined` if the message belongs to the key exchange that is already under way
 * with the instance. A first message that arrives while we answer, or while we wait for the last message, belongs to that exchange or
 * follows it; an answer that was received before is only a repetition.
 */
function openingFor(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage, entry: SessionEntry | undefined): Opening | undefined {
  const role = roleOfMessage(message)
  if (role !== 'opens' && role !== 'answers') return undefined
  const opening = transaction.draft.openings.find(({ state }) => state.version === adapter.version)
  if (opening === undefined || opening.answeredBy.includes(message.senderTag)) return undefined
  if (entry === undefined) return opening
  switch (roleOf(entry.state)) {
    case 'none': return opening
    case 'committed': return entry.handshakeAt > opening.since ? undefined : opening
    case 'answering':
    case 'revealed': return role === 'opens' || adapter.repeats(entry.state, message) ? undefined : opening
  }
}

/** An instance answers our opening, or crosses it with its own: from now on it has a session with its own copy of the key exchange. */
function receiveAnswer(
  transaction: Transaction, adapter: VersionAdapter, message: OtrMessage, existing: SessionEntry | undefined, opening: Opening,
): void {
  const tag = message.senderTag
  const adopted = adapter.adopt(opening.state, existing?.state, tag)
  const step = adapter.receive(adopted, message, transaction.adapterContext)
  noteRefused(transaction, message, step)
  const created = newEntry(transaction, tag, adopted)
  if (step.state === adopted && step.outgoing.length === 0) {
    adapter.abandon(adopted)
    applyStep(transaction, existing ?? created, { ...step, state: (existing ?? created).state })
    // Of the two openings, ours counts. But another program of theirs has already answered ours: this one may have started later and never received it.
    const givesWay = step.refused === undefined && roleOfMessage(message) === 'opens'
    if (givesWay && opening.answeredBy.length > 0) transaction.sendMessage(opening.message)
    return
  }
  if (existing === undefined) {
    if (!addSession(transaction, created)) {
      transaction.notice('limit', 'too many instances', tag)
      return
    }
  } else {
    adapter.abandon(existing.state)
  }
  const entry = existing === undefined ? created : transaction.updateSession(existing, { state: adopted })
  const answered: Opening = { ...opening, answeredBy: [...opening.answeredBy, tag] }
  transaction.draft.openings = transaction.draft.openings.map((one) => one === opening ? answered : one)
  const next = applyStep(transaction, entry, step)
  if (step.established === true) established(transaction, next)
}

/** An entry for a session in which nothing has happened yet. */
export function newEntry(transaction: Transaction, tag: number, state: SessionState): SessionEntry {
  return { tag, state, active: transaction.now, handshakeAt: transaction.now, handshakeTries: 0, answersQuestion: false }
}
