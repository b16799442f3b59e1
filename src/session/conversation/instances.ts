import { publicHex, trustIn, type Conversation, type SessionEntry } from './state.js'
import type { Trust } from '../event.js'
import { limits } from '../budget/limits.js'
import { isEncrypted, adapterOf, statusOf } from '../versions/adapters.js'
import type { SessionStatus } from '../versions/adapter.js'
import type { Policy, SendTo } from '../policy.js'
import { compareTrust, isSendable } from '../known/key-book.js'

interface Candidate {
  readonly entry: SessionEntry
  readonly status: SessionStatus
  readonly trust: Trust
}

/**
 * The sessions of a conversation, the one a message would go to first: encrypted before all others, then the one whose key is worth
 * most, then the higher version, then the one heard last. So a new device never takes over by itself from a verified one, nor one
 * with a key that nobody has accepted from the one that was met before.
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
 * The encrypted sessions that a message goes to; empty when there is none. Only sessions whose key may be sent to count (`isSendable`);
 * under `requireVerified` only those with a verified key. `wanted` is an instance tag, or: `best`, the one that the application chose, else the
 * first by `rankSessions`; `recent`, the one heard last; `all`, each instance once, `limits.fanOut` at most, those heard last. The last
 * two look only at the sessions whose keys are worth most.
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

/** Whether a session is encrypted and may be sent to. `strict`: only with a verified key. */
export function maySend(conversation: Conversation, { state }: SessionEntry, strict: boolean): boolean {
  if (!isEncrypted(state)) return false
  const { fingerprint } = adapterOf(state).established(state)
  return fingerprint !== undefined && isSendable(conversation, state.version, publicHex(fingerprint), strict)
}

/** Whether any instance has an encrypted session; `kept`: or one that the other side ended and we did not leave. */
export function hasSession(conversation: Conversation, kept: 'encrypted' | 'encrypted-or-finished'): boolean {
  return conversation.sessions.some(({ state }) => {
    const { messageState } = statusOf(state)
    return messageState === 'encrypted' || (kept === 'encrypted-or-finished' && messageState === 'finished')
  })
}

/**
 * Makes room for one more session, or returns `undefined` when there is none to make. Instances that never completed a key exchange
 * crowd out each other, and so do keys that nobody accepted under one instance tag. A session that may be sent to is never given up.
 *
 * @param beside - the tag under which a session with another key comes to stand beside those that do
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

/** Below 0 when `a` comes before `b`: by state, then by what the key is worth. */
function compareStanding(a: Candidate, b: Candidate): number {
  const standing = ({ status }: Candidate): number => stateOrder[status.messageState === 'encrypted' ? 'encrypted' : status.state]
  return standing(b) - standing(a) || compareTrust(b.trust, a.trust)
}
