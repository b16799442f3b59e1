import { wipe } from '../crypto/index.js'
import { utf8Decode, utf8Encode, type OtrMessage, type Tlv } from '../wire/index.js'
import { publicHex, trustIn, type Conversation, type SessionEntry } from './conversation.js'
import { handshakeLifetime } from './handshake-lifetime.js'
import { limits } from './limits.js'
import type { SessionState } from './machine.js'
import { isEncrypted, machineOf, statusOf } from './machines.js'
import type { LostMessage, SentMessage } from './sent-message.js'
import { timer } from './timer.js'
import type { Turn } from './turn.js'

/**
 * Remembers a text that was encrypted, until it is known to be read. `before`: the session that encrypted it; `message`: what came of it.
 * Gives its number; undefined for what is not kept.
 */
export function noteSent(turn: Turn, before: SessionEntry, message: OtrMessage | undefined, text: string, tlvs: readonly Tlv[]): number | undefined {
  const { draft, policy } = turn
  const place = message && machineOf(before.state).placeOf(before.state, message)
  const { ssid, fingerprint } = machineOf(before.state).established(before.state)
  if (place === undefined || ssid === undefined || fingerprint === undefined || text === '' || policy.keepSent === 0) return undefined
  const bytes = utf8Encode(text)
  if (bytes.length > limits.sentBytes) return undefined
  const sent: SentMessage = {
    id: draft.nextSent, text: bytes, tlvs, tag: before.tag, version: before.state.version, ssid: publicHex(ssid), fingerprint: publicHex(fingerprint),
    chain: place.chain, first: place.first, sentAt: turn.now, offered: false,
  }
  draft.nextSent += 1
  const old = draft.sent
  let total = bytes.length
  for (const one of old) total += one.text.length
  let over = 0
  while (old.length + 1 - over > limits.sent || total > limits.sentBytes) total -= old[over++]?.text.length ?? 0
  drop(turn, old.slice(0, over), old.slice(over).concat([sent]))
  return sent.id
}

/**
 * An authenticated message came in a session: what it shows to be read need not be kept any longer. It shows that of a chain of our keys
 * something was read, so all of the chains before; of that chain itself only the first message is sure. What was sent to the same device
 * in an earlier session has had its time to be complained of. (The transport keeps the order; where it does not, the correspondent
 * keeps the keys of what is late.)
 */
export function acknowledge(turn: Turn, { tag, state }: SessionEntry, after: SessionState, message: OtrMessage): void {
  if (turn.draft.sent.length === 0) return
  const chain = machineOf(state).chainRead(state, after, message)
  const { ssid } = machineOf(state).established(state)
  if (chain === undefined || ssid === undefined || !isEncrypted(state)) return
  const session = publicHex(ssid)
  forget(turn, turn.draft.sent.filter((sent) => sent.tag === tag && (sent.ssid === session
    ? sent.chain < chain || (sent.chain === chain && sent.first)
    : sent.lostAt === undefined)))
}

/**
 * The other side says that it could not read. Anybody can say so: nothing changes but that what nobody proved to have read is on the
 * list of what may be lost. `code`: of the error, where version 4 gives one.
 * @returns whether a new session is called for; `false` when the complaint is about one that was replaced meanwhile
 */
export function suspectLoss(turn: Turn, code: number | undefined): boolean {
  const { draft, now } = turn
  // Other codes complain of other things.
  if (code !== undefined && code !== 1 && code !== 2) return true
  const suspects = draft.sent.filter(({ version, lostAt }) => lostAt === undefined && (code === undefined || version === 4))
  const replaced = suspects.filter((sent) => isReplaced(turn, sent))
  const lost = replaced.length > 0 ? replaced : suspects
  draft.sent = draft.sent.map((sent) => lost.includes(sent) ? { ...sent, lostAt: now } : sent)
  if (replaced.length === 0) return true
  for (const tag of new Set(replaced.map((sent) => sent.tag))) {
    for (const entry of draft.sessions) if (entry.tag === tag) offerRenewed(turn, entry)
  }
  return false
}

/** Whether the device has proved itself in another session just now: what is complained of was sent in the one before. */
function isReplaced(turn: Turn, { tag, ssid: session, fingerprint: key }: SentMessage): boolean {
  return turn.draft.sessions.some(({ tag: other, state, active }) => {
    const { ssid, fingerprint } = statusOf(state)
    return other === tag && ssid !== undefined && publicHex(ssid) !== session && fingerprint !== undefined && publicHex(fingerprint) === key &&
      turn.now - active < turn.policy.errorStartInterval
  })
}

/** A key exchange was completed: what the same correspondent could not read in an earlier session is offered to the host. */
export function offerRenewed(turn: Turn, { tag, state }: SessionEntry): void {
  const { draft } = turn
  if (draft.sent.length === 0) return
  const { ssid, fingerprint } = statusOf(state)
  if (ssid === undefined || fingerprint === undefined) return
  const [session, key] = [publicHex(ssid), publicHex(fingerprint)]
  const verified = trustIn(draft, state.version, fingerprint) === 'verified'
  const candidates = draft.sent.filter((sent) => !sent.offered && sent.ssid !== session &&
    (sent.fingerprint === key || (sent.tag === tag && verified)))
  const lostIn = new Set(candidates.filter(({ lostAt }) => lostAt !== undefined).map((sent) => sent.ssid))
  // What was sent between the complaint and the new session is lost with the rest.
  offer(turn, candidates.filter((sent) => lostIn.has(sent.ssid)), true)
}

/** Offers what may be lost at once: no new session is asked for. */
export function offerNow(turn: Turn): void {
  offer(turn, turn.draft.sent.filter(({ lostAt, offered }) => lostAt !== undefined && !offered), false)
}

/** The network says that this message did not arrive. `false`: it is not kept any more, perhaps because it was read after all. */
export function offerUndelivered(turn: Turn, id: number): boolean {
  const sent = turn.draft.sent.find((one) => one.id === id)
  if (sent === undefined) return false
  // A message in several lines comes back in as many.
  if (!sent.offered) offer(turn, [sent], false)
  return true
}

function offer(turn: Turn, messages: readonly SentMessage[], renewed: boolean): void {
  if (messages.length === 0) return
  const { draft, now } = turn
  draft.sent = draft.sent.map((sent) => messages.includes(sent) ? { ...sent, lostAt: sent.lostAt ?? now, offered: true } : sent)
  turn.emit({ type: 'lost', peer: draft.peer, renewed, messages: messages.map(describe) })
  turn.notice('lost', `${messages.length} messages may not have been read`)
}

/** What the host was offered and has not decided on. */
export function lostMessages({ sent }: Conversation): LostMessage[] {
  return sent.filter(({ offered }) => offered).map(describe)
}

function describe({ id, text, tag, sentAt }: SentMessage): LostMessage {
  return { handle: id, text: utf8Decode(text).text, instance: tag, sentAt }
}

/** Forgets what was sent to an instance, or to all: the person has ended the conversation, and expects nothing to be left of it. */
export function forgetSent(turn: Turn, instance: number | undefined): void {
  forget(turn, turn.draft.sent.filter(({ tag }) => instance === undefined || tag === instance))
}

/** Takes messages off the list and overwrites them. */
export function forget(turn: Turn, messages: readonly SentMessage[]): void {
  if (messages.length > 0) drop(turn, messages, turn.draft.sent.filter((sent) => !messages.includes(sent)))
}

function drop(turn: Turn, gone: readonly SentMessage[], kept: readonly SentMessage[]): void {
  if (gone.length > 0) turn.settle()
  for (const { text } of gone) wipe(text)
  turn.draft.sent = kept
}

/** What no new session came for is offered. */
const offers = timer({
  of: ({ sent }) => sent,
  at: ({ lostAt, offered }, _, policy) => lostAt === undefined || offered ? Infinity : lostAt + handshakeLifetime(policy),
  run: { all: (turn, due) => { offer(turn, due, false) } },
})

/** What is too old is forgotten. A complaint gives a message time to be decided on. */
const ends = timer({
  of: ({ sent }) => sent,
  at: ({ sentAt, lostAt }, _, { keepSent }) => (lostAt ?? sentAt) + keepSent,
  run: { all: forget },
})

export const sentTimers = [offers, ends]
