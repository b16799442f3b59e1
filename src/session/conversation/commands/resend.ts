import { OtrError } from '../../../errors.js'
import { utf8Decode } from '../../../wire/index.js'
import { publicHex, type SessionEntry } from '../state.js'
import { chooseSessions, maySend } from '../instances.js'
import { statusOf } from '../../versions/adapters.js'
import { encryptTo } from '../send/encrypt.js'
import { hold } from '../send/outbox.js'
import { forget } from '../unacknowledged.js'
import type { SentMessage } from '../sent-message.js'
import type { Transaction } from '../transaction.js'

/**
 * Sends a lost message again: to the device that it was sent to, in the session that it has now; otherwise to another device with the same
 * key; otherwise where a message without an instance would go; otherwise it waits for such a session. It never goes to a key to which
 * messages may not go.
 * @throws OtrError `OTR_NOT_LOST`: it was read after all, or decided on, or is too old; `OTR_NOT_ENCRYPTED` if it would have to wait and
 *   the policy's `outbox` is `reject`
 */
export function resend(transaction: Transaction, handle: number): void {
  const { draft, policy } = transaction
  const lost = lostMessage(transaction, handle)
  const { text } = utf8Decode(lost.text)
  const targets = targetsOf(transaction, lost)
  if (targets.length > 0) encryptTo(transaction, targets, text, lost.tlvs)
  else if (policy.outbox === 'reject') throw new OtrError('OTR_NOT_ENCRYPTED', 'there is no private conversation to send it in')
  else hold(transaction, { text, tlvs: lost.tlvs, to: undefined })
  forget(transaction, draft.sent.filter(({ id }) => id === handle))
}

/** Discards a lost message. @throws OtrError `OTR_NOT_LOST` */
export function discard(transaction: Transaction, handle: number): void {
  forget(transaction, [lostMessage(transaction, handle)])
}

function lostMessage({ draft }: Transaction, handle: number): SentMessage {
  const lost = draft.sent.find(({ id, offered }) => id === handle && offered)
  if (lost === undefined) throw new OtrError('OTR_NOT_LOST', 'no lost message has this number: it was read after all, decided on, or is too old')
  return lost
}

function targetsOf({ draft, policy }: Transaction, { tag, fingerprint }: SentMessage): readonly SessionEntry[] {
  // Not into a session that nobody has any more.
  const device = chooseSessions(draft, tag, policy).filter(({ lostBy }) => lostBy === undefined)
  if (device.length > 0) return device
  const twin = draft.sessions.find((entry) => {
    const key = statusOf(entry.state).fingerprint
    return entry.lostBy === undefined && key !== undefined && publicHex(key) === fingerprint && maySend(draft, entry, policy.requireVerified)
  })
  return twin === undefined ? chooseSessions(draft, policy.sendTo === 'all' ? 'best' : policy.sendTo, policy) : [twin]
}
