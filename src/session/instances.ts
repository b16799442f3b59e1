import { trustIn, type Conversation, type SessionEntry } from './conversation.js'
import type { Trust } from './event.js'
import { limits } from './limits.js'
import { isEncrypted, machineOf, statusOf } from './machines.js'
import type { SessionStatus } from './machine.js'
import type { SendTo } from './policy.js'

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
  return candidates.sort((a, b) => rank(b) - rank(a) || b.entry.state.version - a.entry.state.version ||
    b.entry.active - a.entry.active || a.entry.tag - b.entry.tag)
}

/**
 * The encrypted sessions that a message goes to; empty when there is none. `wanted` is an instance tag, or: `best`, the one that the
 * host chose, else the first by `rankSessions`; `recent`, the one heard last; `all`, each instance once, `limits.fanOut` at most, those
 * heard last. All three look only at the sessions whose keys are worth most: as soon as one is verified, the unverified are left out;
 * while the one that was met first lives, those that came later and were accepted by nobody are. `least`: what a key must be worth.
 */
export function chooseSessions(conversation: Conversation, wanted: SendTo | number, least: KeyWorth): readonly SessionEntry[] {
  const [only] = conversation.sessions
  if (only === undefined) return []
  if (conversation.sessions.length === 1) {
    const serves = isEncrypted(only.state) && (typeof wanted !== 'number' || wanted === only.tag) &&
      worth[trustIn(conversation, only.state.version, machineOf(only.state).established(only.state).fingerprint)] >= worth[least]
    return serves ? [only] : []
  }
  const encrypted = rankSessions(conversation).filter(({ status, trust }) => status.messageState === 'encrypted' && worth[trust] >= worth[least])
  if (typeof wanted === 'number') return encrypted.filter(({ entry }) => entry.tag === wanted).slice(0, 1).map(({ entry }) => entry)
  const [first] = encrypted
  if (first === undefined) return []
  const chosen = wanted === 'all' ? undefined : encrypted.find(({ entry }) => entry.tag === conversation.chosen)
  if (chosen !== undefined) return [chosen.entry]
  const best = encrypted.filter(({ trust }) => worth[trust] === worth[first.trust])
  if (wanted === 'best') return [first.entry]
  const byTime = best.map(({ entry }) => entry).sort((a, b) => b.active - a.active)
  if (wanted === 'recent') return byTime.slice(0, 1)
  const eachOnce = best.filter(({ entry }, at) => best.findIndex((other) => other.entry.tag === entry.tag) === at).map(({ entry }) => entry)
  return eachOnce.length <= limits.fanOut ? eachOnce : eachOnce.sort((a, b) => b.active - a.active).slice(0, limits.fanOut)
}

/** What a key must be worth for a message: anything; to be met first or accepted; to be verified. */
export type KeyWorth = Exclude<Trust, 'unknown'>

/** In which order keys are preferred. An unknown one has no session. */
const worth: Readonly<Record<Trust, number>> = { unknown: 0, changed: 0, seen: 1, verified: 2 }

/** Whether any instance has an encrypted session; `kept`: or one that the other side ended and we did not leave. */
export function hasSession(conversation: Conversation, kept: 'encrypted' | 'encrypted-or-finished'): boolean {
  return conversation.sessions.some(({ state }) => {
    const { messageState } = statusOf(state)
    return messageState === 'encrypted' || (kept === 'encrypted-or-finished' && messageState === 'finished')
  })
}

/**
 * Makes room for one more session, or returns `undefined` when there is none to make. Instances that never completed a key exchange
 * crowd out each other; a verified session is never given up for a stranger's.
 */
export function makeRoom(conversation: Conversation): readonly SessionEntry[] | undefined {
  const byIdleness = rankSessions(conversation).reverse()
  const halfOpen = byIdleness.filter(({ status }) => status.messageState === 'plaintext')
    .sort((a, b) => a.entry.handshakeAt - b.entry.handshakeAt)
  const dropped = halfOpen.length >= limits.halfOpen
    ? halfOpen[0]
    : conversation.sessions.length >= limits.sessions ? halfOpen[0] ?? byIdleness.find(({ trust }) => trust !== 'verified') : undefined
  if (dropped !== undefined) return conversation.sessions.filter((entry) => entry !== dropped.entry)
  return conversation.sessions.length < limits.sessions ? conversation.sessions : undefined
}

function rank({ status, trust }: Candidate): number {
  const states = { plaintext: 0, handshake: 1, finished: 2, encrypted: 3 } as const
  return states[status.messageState === 'encrypted' ? 'encrypted' : status.state] * 3 + worth[trust]
}
