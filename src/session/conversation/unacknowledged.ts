import { wipe } from '../../crypto/index.js'
import { publicHex, utf8Decode, utf8Encode, type OtrMessage, type Tlv } from '../../wire/index.js'
import { trustIn, type SessionEntry } from './state.js'
import { handshakeLifetime } from './handshake-lifetime.js'
import { limits } from '../budget/limits.js'
import type { ReadChain } from '../versions/adapter.js'
import { adapters, statusOf } from '../versions/adapters.js'
import type { LostMessage, SentMessage } from './sent-message.js'
import { timer } from './timer.js'
import type { Transaction } from './transaction.js'

/**
 * Keeps a text that was encrypted until it is known to be read. `before`: the session before it was encrypted; `message`: the resulting
 * message. Returns the id of the kept text; `undefined` if it is not kept.
 */
export function noteSent(transaction: Transaction, before: SessionEntry, message: OtrMessage | undefined, text: string, tlvs: readonly Tlv[]): number | undefined {
  const { draft, policy } = transaction
  const place = message && adapters[before.state.version].placeOf(before.state, message)
  const { ssid, fingerprint } = adapters[before.state.version].established(before.state)
  if (place === undefined || ssid === undefined || fingerprint === undefined || text === '' || policy.keepSent === 0) return undefined
  const bytes = utf8Encode(text)
  if (bytes.length > limits.sentBytes) return undefined
  const sent: SentMessage = {
    id: draft.nextSent, text: bytes, tlvs, tag: before.tag, version: before.state.version, ssid: publicHex(ssid), fingerprint: publicHex(fingerprint),
    chain: place.chain, first: place.first, sentAt: transaction.now, offered: false,
  }
  draft.nextSent += 1
  const old = draft.sent
  let total = bytes.length
  for (const one of old) total += one.text.length
  let over = 0
  while (old.length + 1 - over > limits.sent || total > limits.sentBytes) total -= old[over++]?.text.length ?? 0
  drop(transaction, old.slice(0, over), old.slice(over).concat([sent]))
  return sent.id
}

/**
 * Forgets the kept texts that an authenticated message shows to be read. The message shows that something of one of our chains was read: so
 * everything of the chains before it was, and of that chain itself only the first message is certain. Texts that were sent to the same device in
 * an earlier session are forgotten too, unless they were reported unreadable: there was time to report them. (The transport keeps the
 * order; if it does not, the correspondent keeps the keys of late messages.)
 */
export function acknowledge(transaction: Transaction, tag: number, { ssid, chain }: ReadChain): void {
  if (transaction.draft.sent.length === 0) return
  const session = publicHex(ssid)
  forget(transaction, transaction.draft.sent.filter((sent) => sent.tag === tag && (sent.ssid === session
    ? sent.chain < chain || (sent.chain === chain && sent.first)
    : sent.lostAt === undefined)))
}

/**
 * The other side reports that it could not read. Anybody can send such a report, so the only effect is that the texts not known to be read
 * are marked as possibly lost. `code`: the code of the error, if version 4 gives one.
 * @returns whether a new session is needed; `false` if the report is about a session that was replaced meanwhile
 */
export function suspectLoss(transaction: Transaction, code: number | undefined): boolean {
  const { draft, now } = transaction
  // Other codes report other things.
  if (code !== undefined && code !== 1 && code !== 2) return true
  const suspects = draft.sent.filter(({ version, lostAt }) => lostAt === undefined && (code === undefined || version === 4))
  const replaced = suspects.filter((sent) => isReplaced(transaction, sent))
  const lost = replaced.length > 0 ? replaced : suspects
  draft.sent = draft.sent.map((sent) => lost.includes(sent) ? { ...sent, lostAt: now } : sent)
  if (replaced.length === 0) return true
  for (const tag of new Set(replaced.map((sent) => sent.tag))) {
    for (const entry of draft.sessions) if (entry.tag === tag) offerRenewed(transaction, entry)
  }
  return false
}

/** Marks as lost the texts that were sent in a session since the other side last proved itself. */
export function reportLost({ draft, now }: Transaction, { tag, active }: SessionEntry): void {
  draft.sent = draft.sent.map((sent) => sent.tag === tag && sent.sentAt >= active && sent.lostAt === undefined ? { ...sent, lostAt: now } : sent)
}

/** A session was established under a tag. Marks as lost what was sent in sessions that are probably lost, and in one under this tag that owes an answer. */
export function noteReplaced(transaction: Transaction, tag: number): void {
  for (const entry of transaction.draft.sessions) {
    if (entry.lostBy !== undefined || (entry.answerBy !== undefined && entry.tag === tag)) reportLost(transaction, entry)
  }
}

/** Whether the device was authentic in another session just now: the report is about a text that was sent in the session before. */
function isReplaced(transaction: Transaction, { tag, ssid: session, fingerprint: key }: SentMessage): boolean {
  return transaction.draft.sessions.some(({ tag: other, state, active }) => {
    const { ssid, fingerprint } = statusOf(state)
    return other === tag && ssid !== undefined && publicHex(ssid) !== session && fingerprint !== undefined && publicHex(fingerprint) === key &&
      transaction.now - active < transaction.policy.errorStartInterval
  })
}

/** After a completed key exchange: offers the application the texts that the same correspondent could not read in an earlier session. */
export function offerRenewed(transaction: Transaction, { tag, state }: SessionEntry): void {
  const { draft } = transaction
  if (draft.sent.length === 0) return
  const { ssid, fingerprint } = statusOf(state)
  if (ssid === undefined || fingerprint === undefined) return
  const [session, key] = [publicHex(ssid), publicHex(fingerprint)]
  const verified = trustIn(draft, state.version, fingerprint) === 'verified'
  const candidates = draft.sent.filter((sent) => !sent.offered && sent.ssid !== session &&
    (sent.fingerprint === key || (sent.tag === tag && verified)))
  const lostIn = new Set(candidates.filter(({ lostAt }) => lostAt !== undefined).map((sent) => sent.ssid))
  // Texts that were sent between the report and the new session are lost too.
  offer(transaction, candidates.filter((sent) => lostIn.has(sent.ssid)), true)
}

/** Offers the possibly lost texts at once, because no new session is asked for. */
export function offerNow(transaction: Transaction): void {
  offer(transaction, transaction.draft.sent.filter(({ lostAt, offered }) => lostAt !== undefined && !offered), false)
}

/** Offers a message that the network reports as not delivered. Returns `false` if it is no longer kept, perhaps because it was read after all. */
export function offerUndelivered(transaction: Transaction, id: number): boolean {
  const sent = transaction.draft.sent.find((one) => one.id === id)
  if (sent === undefined) return false
  // A message in several lines is reported several times.
  if (!sent.offered) offer(transaction, [sent], false)
  return true
}

function offer(transaction: Transaction, messages: readonly SentMessage[], renewed: boolean): void {
  if (messages.length === 0) return
  const { draft, now } = transaction
  draft.sent = draft.sent.map((sent) => messages.includes(sent) ? { ...sent, lostAt: sent.lostAt ?? now, offered: true } : sent)
  transaction.emit({ type: 'lost', peer: draft.peer, renewed, messages: messages.map(describe) })
  transaction.notice('lost', `${messages.length} messages may not have been read`)
}

/** A kept message, as it is described to an application. */
export function describe({ id, text, tag, sentAt }: SentMessage): LostMessage {
  return { handle: id, text: utf8Decode(text).text, instance: tag, sentAt }
}

/** Forgets the texts sent to an instance, or to all: the person ended the conversation and expects that nothing of it is kept. */
export function forgetSent(transaction: Transaction, instance: number | undefined): void {
  forget(transaction, transaction.draft.sent.filter(({ tag }) => instance === undefined || tag === instance))
}

/** Removes messages from the list and overwrites them. */
export function forget(transaction: Transaction, messages: readonly SentMessage[]): void {
  if (messages.length > 0) drop(transaction, messages, transaction.draft.sent.filter((sent) => !messages.includes(sent)))
}

function drop(transaction: Transaction, gone: readonly SentMessage[], kept: readonly SentMessage[]): void {
  if (gone.length > 0) transaction.irreversible = true
  for (const { text } of gone) wipe(text)
  transaction.draft.sent = kept
}

/** Offers possibly lost texts for which no new session was established. */
const offers = timer({
  of: ({ sent }) => sent,
  at: ({ lostAt, offered }, _, policy) => lostAt === undefined || offered ? Infinity : lostAt + handshakeLifetime(policy),
  run: { all: (transaction, due) => { offer(transaction, due, false) } },
})

/** Forgets texts that are too old. For a text that was reported unreadable the time counts from the report, so that it can be decided on. */
const ends = timer({
  of: ({ sent }) => sent,
  at: ({ sentAt, lostAt }, _, { keepSent }) => (lostAt ?? sentAt) + keepSent,
  run: { all: forget },
})

export const sentTimers = [offers, ends]
