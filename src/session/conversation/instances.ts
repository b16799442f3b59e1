import { publicHex } from '../../wire/index.js'
import { trustIn, type Conversation, type SessionEntry } from './state.js'
import type { Trust } from '../event.js'
import { limits } from '../budget/limits.js'
import { isEncrypted, adapters, statusOf } from '../versions/adapters.js'
import type { SessionStatus } from '../versions/adapter.js'
import type { Policy, SendTo } from '../policy.js'
import { compareTrust, isSendable } from '../known/key-book.js'

interface Candidate {
  readonly entry: SessionEntry
  readonly status: SessionStatus
  readonly trust: Trust
}

/**
 * The sessions of a conversation, best first: encrypted ones before all others, then by trust in the key, then by version, then by the last
 * sign of life. So a new device never takes over from a verified one by itself, nor does a key that nobody accepted take over from the
 * one that was known before.
 */
export function rankSessions(conversation: Conversation): Candidate[] {
  const candidates = conversation.sessions.map((entry) => {
    const status = statusOf(entry.state)
    return { entry, status, trust: trustIn(conversation, entry.state.version, status.fingerprint) }
  })
  return candidates.sort((a, b) => compareStanding(a, b) || b.entry.state.version - a.entry.state.version ||
    b.entry.active - a.entry.active || a.entry.tag - b.entry.tag)
}

/**
 * The encrypted sessions that a message goes to; empty if there is none. Only sessions to whose key messages may go count (`isSendable`);
 * under `requireVerified`, only those with a verified key. `wanted` is an instance tag, or `best`: the first by `rankSessions`; `recent`: the
 * one that was active last; `all`: each instance once, at most `limits.fanOut`, those that were active last. `recent` and `all` consider only
 * the sessions whose keys are trusted most. With `best` and `recent`, a device that the application chose goes before all others.
 */
export function chooseSessions(conversation: Conversation, wanted: SendTo | number, { requireVerified }: Pick<Policy, 'requireVerified'>): readonly SessionEntry[] {
  const [only] = conversation.sessions
  if (only === undefined) return []
  if (conversation.sessions.length === 1) {
    const serves = (typeof wanted !== 'number' || wanted === only.tag) && maySend(conversation, only, requireVerified)
    return serves ? [only] : []
  }
  const sendable = rankSessions(conversation).filter(({ entry }) => maySend(conversation, entry, requireVerified))
  if (typeof wanted === 'number') return sendable.filter(({ entry }) => entry.tag === wanted).slice(0, 1).map(({ entry }) => entry)
  const [first] = sendable
  if (first === undefined) return []
  const chosen = wanted === 'all' ? undefined : sendable.find(({ entry }) => entry.tag === conversation.chosen)
  if (chosen !== undefined) return [chosen.entry]
  const best = sendable.filter(({ trust }) => compareTrust(trust, first.trust) === 0)
  if (wanted === 'best') return [first.entry]
  const byTime = best.map(({ entry }) => entry).sort((a, b) => b.active - a.active)
  if (wanted === 'recent') return byTime.slice(0, 1)
  const eachOnce = best.filter(({ entry }, at) => best.findIndex((other) => other.entry.tag === entry.tag) === at).map(({ entry }) => entry)
  return eachOnce.length <= limits.fanOut ? eachOnce : eachOnce.sort((a, b) => b.active - a.active).slice(0, limits.fanOut)
}

/** Whether a session is encrypted and messages may go to its key. `strict`: only to a verified key. */
export function maySend(conversation: Conversation, { state }: SessionEntry, strict: boolean): boolean {
  if (!isEncrypted(state)) return false
  const { fingerprint } = adapters[state.version].established(state)
  return fingerprint !== undefined && isSendable(conversation, state.version, publicHex(fingerprint), strict)
}

/** Whether there is an encrypted session, or, with `encrypted-or-finished`, one that the other side ended and we have not left. */
export function hasSession(conversation: Conversation, kept: 'encrypted' | 'encrypted-or-finished'): boolean {
  return conversation.sessions.some(({ state }) => {
    const { messageState } = statusOf(state)
    return messageState === 'encrypted' || (kept === 'encrypted-or-finished' && messageState === 'finished')
  })
}

/**
 * Makes room for one more session: returns the sessions that may stay, or `undefined` if no room can be made. Instances that never completed
 * a key exchange crowd out each other, and so do keys under one instance tag that nobody accepted. A session to which messages may go is
 * never removed.
 *
 * @param beside - the tag, if the new session has another key than those that already exist under it
 */
export function makeRoom(conversation: Conversation, beside?: number): readonly SessionEntry[] | undefined {
  const idlestFirst = rankSessions(conversation).reverse()
  const halfOpen = idlestFirst.filter(({ status }) => status.messageState === 'plaintext')
    .sort((a, b) => a.entry.handshakeAt - b.entry.handshakeAt)
  const expendable = idlestFirst.filter(({ entry, trust }) => trust !== 'verified' && !maySend(conversation, entry, false))
  const sameTag = expendable.filter(({ entry, status }) => entry.tag === beside && status.messageState !== 'plaintext')
  const dropped = sameTag.length >= limits.unacceptedPerTag ? sameTag[0]
    : beside === undefined && halfOpen.length >= limits.halfOpen ? halfOpen[0]
      : conversation.sessions.length >= limits.sessions ? halfOpen[0] ?? expendable[0] : undefined
  if (dropped !== undefined) return conversation.sessions.filter((entry) => entry !== dropped.entry)
  return conversation.sessions.length < limits.sessions ? conversation.sessions : undefined
}

const stateOrder = { plaintext: 0, handshake: 1, finished: 2, encrypted: 3 } as const

/** Below 0 if `a` comes before `b`: by state, then by trust in the key. */
function compareStanding(a: Candidate, b: Candidate): number {
  const standing = ({ status }: Candidate): number => stateOrder[status.messageState === 'encrypted' ? 'encrypted' : status.state]
  return standing(b) - standing(a) || compareTrust(b.trust, a.trust)
}
