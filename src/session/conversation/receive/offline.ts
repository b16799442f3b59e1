import type { OtrMessage } from '../../../wire/index.js'
import type { VersionAdapter } from '../../versions/adapter.js'
import { addSession, applyStep } from '../apply-step.js'
import { spendOnHandshake } from '../handshake-allowance.js'
import { makeRoom } from '../instances.js'
import { flushOutbox } from '../send/outbox.js'
import { sessionForKey, sessionsUnder } from '../session-entries.js'
import type { Transaction } from '../transaction.js'
import { newEntry } from './handshake.js'

/** Receives the message that begins and completes a non-interactive key exchange. */
export function receiveOffline(transaction: Transaction, adapter: VersionAdapter, message: OtrMessage): void {
  const tag = message.senderTag
  if (transaction.policy.requireInteractive) {
    transaction.notice('policy', 'non-interactive key exchanges are not allowed', tag)
    return
  }
  const existing = sessionForKey(transaction, tag, adapter.version, adapter.claimedKey?.(message))
  // A message that names no prekey message of ours is refused without any arithmetic.
  const isMeant = message.kind === 'v4-non-interactive-auth' && transaction.prekeys.messages.some((one) => one.message.identifier === message.prekeyIdentifier)
  if (isMeant && !spendOnHandshake(transaction, adapter.cost(existing?.state, message))) return
  const beside = sessionsUnder(transaction, tag, adapter.version).length > 0
  if (existing === undefined && makeRoom(transaction.draft, beside ? tag : undefined) === undefined) {
    transaction.notice('limit', 'too many instances', tag)
    return
  }
  const entry = existing ?? newEntry(transaction, tag, adapter.create(tag, transaction.draft.learned))
  const step = adapter.receive(entry.state, message, transaction.adapterContext)
  if (existing === undefined && step.state !== entry.state) addSession(transaction, entry, beside)
  applyStep(transaction, entry, step)
  flushOutbox(transaction)
}
