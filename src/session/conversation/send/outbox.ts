import { OtrError } from '../../../errors.js'
import { limits } from '../../budget/limits.js'
import { chooseSessions, hasSession } from '../instances.js'
import { isPending, mayBegin, sendQuery } from '../query.js'
import type { HeldMessage } from '../state.js'
import type { Transaction } from '../transaction.js'
import { whyNotSendable } from './decide.js'
import { encryptTo } from './encrypt.js'

/** Sends the waiting messages that may go now, in order. After a failure the rest goes on waiting. */
export function flushOutbox(transaction: Transaction): void {
  const { draft, policy } = transaction
  for (const held of draft.outbox) {
    const targets = chooseSessions(draft, held.to ?? policy.sendTo, policy)
    if (targets.length === 0) continue
    try {
      encryptTo(transaction, targets, held.text, held.tlvs)
    } catch (error) {
      transaction.fault(error)
      return
    }
    draft.outbox = draft.outbox.filter((one) => one !== held)
    transaction.emit({ type: 'outbox', peer: draft.peer, event: 'released', held: held.id })
  }
}

/** Removes a waiting message. @throws OtrError `OTR_NOT_HELD` if no message with this id waits: it may have been sent already */
export function cancelHeld(transaction: Transaction, id: number): void {
  const rest = transaction.draft.outbox.filter((held) => held.id !== id)
  if (rest.length === transaction.draft.outbox.length) throw new OtrError('OTR_NOT_HELD', 'no message with this number waits')
  transaction.draft.outbox = rest
  transaction.emit({ type: 'outbox', peer: transaction.draft.peer, event: 'cancelled', held: id })
}

type MessageToHold = Omit<HeldMessage, 'id' | 'since'>

/** Puts a message into the outbox, and asks for a session if the policy requires encryption. @throws OtrError `OTR_OUTBOX_FULL` */
export function hold(transaction: Transaction, message: MessageToHold): number {
  const { draft, policy } = transaction
  if (draft.outbox.length >= limits.outbox) throw new OtrError('OTR_OUTBOX_FULL', `${limits.outbox} messages are waiting already`)
  const held: HeldMessage = { id: draft.nextHeld, since: transaction.now, ...message }
  draft.nextHeld += 1
  draft.outbox = [...draft.outbox, held]
  transaction.emit({ type: 'outbox', peer: draft.peer, event: 'held', held: held.id })
  transaction.notice('held', whyHeld(transaction))
  if (policy.requireEncryption && mayBegin(transaction) && !isPending(transaction) && !hasSession(draft, 'encrypted')) sendQuery(transaction)
  return held.id
}

function whyHeld(transaction: Transaction): string {
  if (hasSession(transaction.draft, 'encrypted')) return whyNotSendable(transaction).message
  if (isPending(transaction)) return 'until the private conversation has started'
  if (transaction.policy.requireEncryption) return 'a private conversation is being asked for'
  return transaction.draft.latched ? 'there is no private conversation: start one, or continue in plaintext' : 'until there is a private conversation'
}
