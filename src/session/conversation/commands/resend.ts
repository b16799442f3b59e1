import { OtrError } from '../../../errors.js'
import { publicHex, utf8Decode } from '../../../wire/index.js'
import type { SessionEntry } from '../state.js'
import { chooseSessions, maySend } from '../instances.js'
import { statusOf } from '../../versions/adapters.js'
import { encryptTo } from '../send/encrypt.js'
import { hold } from '../send/outbox.js'
import { undecided } from '../lost-session.js'
import { forget } from '../unacknowledged.js'
import type { SentMessage } from '../sent-message.js'
import type { Transaction } from '../transaction.js'

/**
 * Sends a lost message again. It tries in this order: the device that it was sent to, in the session that this device has now; another device with the
 * same key; the recipient of a message without an instance, which may be a device with another key that a person accepted. If the message was lost in
 * the session that the first device still has, and another device with the same key has begun a session since, that other device comes first. If there
 * is no recipient, the message waits for a session. It never goes to a key to which messages may not go.
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
  const lost = undecided(draft).find(({ id }) => id === handle)
  if (lost === undefined) throw new OtrError('OTR_NOT_LOST', 'no lost message has this number: it was read after all, decided on, or is too old')
  return lost
}

function targetsOf({ draft, policy }: Transaction, { tag, fingerprint, ssid, sentAt }: SentMessage): readonly SessionEntry[] {
  const own = chooseSessions(draft, tag, policy)
  const [before] = own
  const isLost = before === undefined || before.lostBy !== undefined
  // It was lost in this very session. If the same key has begun another one since, the program may have come back under another tag.
  const suspect = !isLost && publicHex(statusOf(before.state).ssid ?? noBytes) === ssid
  if (!isLost && !suspect) return own
  const twin = draft.sessions.find((entry) => entry !== before && entry.lostBy === undefined
    && publicHex(statusOf(entry.state).fingerprint ?? noBytes) === fingerprint && maySend(draft, entry, policy.requireVerified)
    && (isLost || draft.devices.some((device) => device.tag === entry.tag && device.lastSeen >= sentAt)))
  if (twin !== undefined) return [twin]
  const usual = chooseSessions(draft, policy.sendTo === 'all' ? 'best' : policy.sendTo, policy)
  return own.length > 0 && usual.every(({ lostBy }) => lostBy !== undefined) ? own : usual
}

const noBytes = new Uint8Array()
