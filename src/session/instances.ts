import { isVerified, type Conversation, type SessionEntry } from './conversation.js'
import { limits } from './limits.js'
import { statusOf } from './machines.js'
import type { SessionStatus } from './machine.js'
import type { SendTo } from './policy.js'

interface Candidate {
  readonly entry: SessionEntry
  readonly status: SessionStatus
  readonly verified: boolean
}

/**
 * The sessions of a conversation, the one a message would go to first: encrypted before all others, then a verified key before an
 * unverified one (a new unverified instance never takes over from a verified one), then the higher version, then the one heard last.
 */
export function rankSessions(conversation: Conversation): Candidate[] {
  const candidates = conversation.sessions.map((entry) => {
    const status = statusOf(entry.state)
    return { entry, status, verified: isVerified(conversation, entry.state.version, status.fingerprint) }
  })
  return candidates.sort((a, b) => rank(b) - rank(a) || b.entry.state.version - a.entry.state.version ||
    b.entry.active - a.entry.active || a.entry.tag - b.entry.tag)
}

/**
 * The encrypted sessions that a message goes to; empty when there is none. `wanted` is an instance tag, or: `best`, the first by
 * `rankSessions`; `recent`, the one heard last; `all`, each instance once. `recent` and `all` leave unverified ones out as soon as
 * one is verified, and with `verifiedOnly` they are always left out.
 */
export function chooseSessions(conversation: Conversation, wanted: SendTo | number, verifiedOnly: boolean): readonly SessionEntry[] {
  let encrypted = rankSessions(conversation).filter(({ status }) => status.messageState === 'encrypted')
  if (verifiedOnly) encrypted = encrypted.filter(({ verified }) => verified)
  if (typeof wanted === 'number') return encrypted.filter(({ entry }) => entry.tag === wanted).slice(0, 1).map(({ entry }) => entry)
  if (encrypted.some(({ verified }) => verified)) encrypted = encrypted.filter(({ verified }) => verified)
  switch (wanted) {
    case 'best': return encrypted.slice(0, 1).map(({ entry }) => entry)
    case 'recent': return encrypted.sort((a, b) => b.entry.active - a.entry.active).slice(0, 1).map(({ entry }) => entry)
    case 'all': return encrypted.filter((one, at) => encrypted.findIndex(({ entry }) => entry.tag === one.entry.tag) === at)
      .map(({ entry }) => entry)
  }
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
 * crowd out each other; a verified session is never given up for a stranger's.
 */
export function makeRoom(conversation: Conversation): readonly SessionEntry[] | undefined {
  const byIdleness = rankSessions(conversation).reverse()
  const halfOpen = byIdleness.filter(({ status }) => status.messageState === 'plaintext')
    .sort((a, b) => a.entry.handshakeAt - b.entry.handshakeAt)
  const dropped = halfOpen.length >= limits.halfOpen
    ? halfOpen[0]
    : conversation.sessions.length >= limits.sessions ? halfOpen[0] ?? byIdleness.find(({ verified }) => !verified) : undefined
  if (dropped !== undefined) return conversation.sessions.filter((entry) => entry !== dropped.entry)
  return conversation.sessions.length < limits.sessions ? conversation.sessions : undefined
}

function rank({ status, verified }: Candidate): number {
  const states = { plaintext: 0, handshake: 1, finished: 2, encrypted: 3 } as const
  return states[status.messageState === 'encrypted' ? 'encrypted' : status.state] * 2 + (verified ? 1 : 0)
}
