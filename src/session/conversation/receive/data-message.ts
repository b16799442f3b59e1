import { ignoresUnreadable, type OtrMessage } from '../../../wire/index.js'
import type { SessionEntry } from '../state.js'
import type { VersionAdapter, SessionStep } from '../../versions/adapter.js'
import { noteUnreadable } from '../commands/tell-unreadable.js'
import { noteProof } from '../lost-session.js'
import { acknowledge } from '../unacknowledged.js'
import { applyStep } from '../apply-step.js'
import { sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'
import { replyUnreadable } from './unreadable.js'

/** A data message of an instance that has no session under the address from which it came. */
export interface UnmatchedMessage {
  readonly adapter: VersionAdapter
  readonly message: OtrMessage
}

/**
 * Receives a data message. There may be several sessions under one instance tag, each with another key: the one in which the message is
 * authentic reads it, and the others do not change. A message that is authentic in none is reported once.
 *
 * @returns the message if there is no session under its tag: the caller looks for one under other addresses, and calls `noteUnmatched` if there is
 *   none
 */
export function receiveData(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage): UnmatchedMessage | undefined {
  let refused: { readonly entry: SessionEntry, readonly step: SessionStep } | undefined
  for (const entry of sessionsUnder(transaction, message.senderTag, adapter.version)) {
    const step = adapter.receive(entry.state, message, transaction.adapterContext)
    if (isRead(entry, step)) {
      takeIn(transaction, entry, step, message)
      return undefined
    }
    if (step.kept === true) refused = { entry, step }
    else refused ??= { entry, step }
  }
  if (refused === undefined) return { adapter, message }
  applyStep(transaction, refused.entry, refused.step)
  if (refused.step.refused === 'unreadable' && !ignoresUnreadable(message)) replyUnreadable(transaction, adapter.version, message.senderTag)
  return undefined
}

/** No session can read this data message: emits a notice and replies with an error, unless the message asks for none. */
export function noteUnmatched(transaction: Transaction, { adapter, message }: UnmatchedMessage): void {
  if (ignoresUnreadable(message)) return
  transaction.notice('unreadable', 'no session with this instance', message.senderTag)
  noteUnreadable(transaction, adapter.version)
  replyUnreadable(transaction, adapter.version, message.senderTag)
}

/**
 * Receives a data message that came from another address, for instance because the correspondent has reconnected under another name. It is
 * authentic, so it is read, but nothing else changes: answers go to the correspondent's own address (rule 1 of `spec/trust.md`).
 *
 * @returns whether it was read; if not, nothing has changed
 */
export function receiveFromElsewhere(transaction: Transaction, { adapter, message }: UnmatchedMessage, from: string): boolean {
  for (const entry of sessionsUnder(transaction, message.senderTag, adapter.version)) {
    const step = adapter.receive(entry.state, message, transaction.adapterContext)
    if (!isRead(entry, step)) continue
    takeIn(transaction, entry, step, message)
    transaction.notice('moved', from, message.senderTag)
    return true
  }
  return false
}

/** Whether the message of this step was authentic. */
function isRead(entry: SessionEntry, step: SessionStep): boolean {
  return step.state !== entry.state && step.kept !== true
}

/** Applies an authentic message: what it says, what it shows to be read, and that the session is alive. */
function takeIn(transaction: Transaction, entry: SessionEntry, step: SessionStep, message: OtrMessage): void {
  applyStep(transaction, entry, step, { active: transaction.now })
  if (step.read !== undefined) acknowledge(transaction, entry.tag, step.read)
  // A text in a session that is not in doubt reveals nothing new; a heartbeat shows that the program sends them.
  if (entry.lostBy !== undefined || ignoresUnreadable(message)) noteProof(transaction, entry, message)
}
