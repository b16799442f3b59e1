import { ignoresUnreadable, publicHex, type OtrMessage } from '../../wire/index.js'
import { findDevice, type KnownDevice } from '../known/device.js'
import type { SessionState } from '../versions/adapter.js'
import { adapters, isEncrypted, statusOf } from '../versions/adapters.js'
import { chooseSessions } from './instances.js'
import type { LossSign, ProbableLoss } from './probable-loss.js'
import { canAsk, isPending, sendQueryOnce } from './query.js'
import type { SentMessage } from './sent-message.js'
import type { Conversation, SessionEntry } from './state.js'
import { timer } from './timer.js'
import type { Transaction } from './transaction.js'
import { offerRenewed, reportLost } from './unacknowledged.js'

/*
 * Notes the signs that the other side has lost a session: `spec/lost-sessions.md`. Nothing here changes a key, the latch, or where a text goes.
 */

/**
 * After how many seconds of silence the other side's program answers a text with a heartbeat, and how long that may take. For version 3 we measured
 * libotr. For version 4 we measured only this library, so other programs get more time.
 */
const expected = { 2: { silence: 60, answer: 10 }, 3: { silence: 60, answer: 10 }, 4: { silence: 120, answer: 30 } } as const

/** The seconds that each further line of a message takes where the network slows lines down. */
const PER_LINE = 2

/** A text was sent in `lines` lines. If the other side has been silent for so long that its program must answer, notes by when the answer is due. */
export function expectAnswer(transaction: Transaction, entry: SessionEntry, lines: number): void {
  const { draft, now } = transaction
  const { active, answerBy = Infinity, state } = entry
  const { silence: after, answer } = expected[state.version]
  if (now <= active + after) return
  const device = deviceOf(draft, entry)
  // If we write to somebody offline, they are away: no answer is due before their first message.
  if (device === undefined || device.noHeartbeats === true || (statusOf(state).offline === true && active <= device.lastSeen)) return
  transaction.updateSession(entry, { answerBy: Math.min(answerBy, now + answer + PER_LINE * (lines - 1)) })
}

/** The answer that was due did not come. */
export const silence = timer({
  of: ({ sessions }) => sessions,
  at: ({ answerBy = Infinity, lostBy, state }) => lostBy === 'silence' || !isEncrypted(state) ? Infinity : answerBy,
  run: { each: (transaction, entry) => { suspect(transaction, entry, 'silence') } },
})

/** A text came in clear. It names no session, so it casts doubt on those that texts go to. */
export function suspectByPlaintext(transaction: Transaction): void {
  for (const entry of chooseSessions(transaction.draft, transaction.policy.sendTo, transaction.policy)) suspect(transaction, entry, 'plaintext')
}

/** The network says that programs of the correspondent's have left it. */
export function suspectGone(transaction: Transaction, instances: readonly number[]): void {
  for (const entry of transaction.draft.sessions) {
    if (instances.includes(entry.tag) && isEncrypted(entry.state)) suspect(transaction, entry, 'gone')
  }
}

function suspect(transaction: Transaction, entry: SessionEntry, sign: LossSign): void {
  const { draft, policy } = transaction
  const { lostBy: before, tag } = entry
  const next = before === undefined || sign === 'silence' ? transaction.updateSession(entry, { lostBy: sign }) : entry
  const newer = newerSession(draft, next)
  if (newer !== undefined) {
    reportLost(transaction, next)
    offerRenewed(transaction, newer)
    return
  }
  const probablyLost = probableLoss(draft, next)
  if (before === undefined && probablyLost !== undefined) transaction.notice('session-probably-lost', sign, tag, { probablyLost })
  // A query is useless while the other side's program is gone.
  if (sign !== 'gone' && policy.refreshLost && !isPending(transaction) && transaction.mayAnswer() && canAsk(transaction)) sendQueryOnce(transaction)
}

/** A session that was established later with the same key. */
function newerSession({ sessions }: Conversation, entry: SessionEntry): SessionEntry | undefined {
  return sessions.find(({ active, state }) => active > entry.active && isEncrypted(state) && keyOf(state) === keyOf(entry.state))
}

/** What is known of the loss of a session; `undefined` while nothing says that it is lost. */
export function probableLoss({ sent }: Conversation, { tag, state, active, lostBy }: SessionEntry): ProbableLoss | undefined {
  if (lostBy === undefined) return undefined
  const { ssid } = adapters[state.version].established(state)
  const session = ssid && publicHex(ssid)
  const messages = sent.filter((one) => one.tag === tag && one.ssid === session && one.sentAt >= active && !one.offered).map(({ id }) => id)
  return { since: active, sign: lostBy, messages }
}

/** The texts that an application may send again or discard: those that were offered to it, and those of sessions that are probably lost. */
export function undecided(conversation: Conversation): readonly SentMessage[] {
  const probably = new Set(conversation.sessions.flatMap((entry) => probableLoss(conversation, entry)?.messages ?? []))
  return conversation.sent.filter(({ id, offered }) => offered || probably.has(id))
}

/** The other side has proved itself by a data message. `before`: the session before it. */
export function noteProof(transaction: Transaction, entry: SessionEntry, message: OtrMessage): void {
  const { lostBy, tag } = entry
  if (lostBy !== undefined) transaction.notice('session-answers', undefined, tag)
  // A program that was asleep answers with a heartbeat when it wakes. If its first sign is a text, we note that it sends no heartbeats, until one
  // arrives: somebody on the way may have dropped an earlier one.
  const noHeartbeats = !ignoresUnreadable(message)
  if (noHeartbeats && lostBy !== 'silence') return
  const { draft } = transaction
  const device = deviceOf(draft, entry)
  if (device === undefined || (device.noHeartbeats === true) === noHeartbeats) return
  draft.devices = draft.devices.with(draft.devices.indexOf(device), { ...device, noHeartbeats })
}

function deviceOf({ devices }: Conversation, { tag, state }: SessionEntry): KnownDevice | undefined {
  return findDevice(devices, { tag, version: state.version, fingerprint: keyOf(state) })
}

function keyOf(state: SessionState): string {
  const { fingerprint } = adapters[state.version].established(state)
  return fingerprint === undefined ? '' : publicHex(fingerprint)
}
