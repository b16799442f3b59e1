import type { OtrMessage } from '../../../wire/index.js'
import type { SessionEntry } from '../state.js'
import type { VersionAdapter, SessionStep } from '../../versions/adapter.js'
import { noteProof } from '../lost-session.js'
import { acknowledge } from '../unacknowledged.js'
import { applyStep } from '../apply-step.js'
import { sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'

/** A data message of an instance that has no session under the address from which it came. */
export interface UnmatchedMessage {
  readonly adapter: VersionAdapter
  readonly message: OtrMessage
}

/**
 * Receives a data message. There may be several sessions under one instance tag, each with another key: the one in which the message is
 * authentic reads it, and the others do not change. A message that is authentic in none is reported once.
 *
 * @returns whether it was read; `unreadable`: it was not, and the sender must be told
 */
export function receiveData(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage): 'read' | 'unreadable' | 'refused' {
  let refused: { readonly entry: SessionEntry, readonly step: SessionStep } | undefined
  for (const entry of sessionsUnder(transaction, message.senderTag, adapter.version)) {
    const step = adapter.receive(entry.state, message, transaction.adapterContext)
    if (step.state === entry.state) {
      refused ??= { entry, step }
    } else if (step.kept === true) {
      refused = { entry, step }
    } else {
      const next = applyStep(transaction, entry, step, { active: transaction.now })
      acknowledge(transaction, entry, next.state, message)
      noteProof(transaction, entry, message)
      return 'read'
    }
  }
  if (refused === undefined) return 'refused'
  applyStep(transaction, refused.entry, refused.step)
  return refused.step.refused === 'unreadable' ? 'unreadable' : 'refused'
}

/**
 * Receives a data message that came from another address, for instance because the correspondent has reconnected under another name. It is
 * authentic, so it is read, but nothing else changes: answers go to the correspondent's own address (rule 1 of `spec/trust.md`).
 *
 * @returns whether it was read; if not, nothing has changed
 */
export function receiveFromElsewhere(transaction: Transaction, { adapter, message }: UnmatchedMessage, from: string): boolean {
  transaction.via = from
  for (const entry of sessionsUnder(transaction, message.senderTag, adapter.version)) {
    const step = adapter.receive(entry.state, message, transaction.adapterContext)
    if (step.state === entry.state || step.kept === true) continue
    const next = applyStep(transaction, entry, step, { active: transaction.now })
    acknowledge(transaction, entry, next.state, message)
    noteProof(transaction, entry, message)
    transaction.notice('moved', from, message.senderTag)
    return true
  }
  return false
}
