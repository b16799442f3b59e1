import type { ClientConversation, ClientMessageEvent } from 'otr4'
import type { ContactView, FileView, Look, Seal } from '../view.js'
import type { Log } from './log.js'

/** What the messenger knows of a correspondent besides the conversation. */
export interface ContactState {
  readonly log: Log
  asked?: string | undefined
  verifying: boolean
  away: boolean
  downgraded: boolean
}

/** What the pages show of a correspondent. Always from `status`, never from the last event. */
export function contactView(conversation: ClientConversation, { log, asked, verifying, away, downgraded }: ContactState, files: readonly FileView[]): ContactView {
  const { peer, status, devices, policy } = conversation
  const key = status.sending === 'encrypted' ? status.key : undefined
  const newKey = unaccepted(conversation)
  return {
    peer,
    entries: log.entries,
    unread: log.unread,
    look: lookOf(conversation),
    pending: status.pending,
    latched: status.latched,
    established: status.sessions.some(({ state }) => state === 'encrypted'),
    allowsClear: !policy.requireEncryption,
    ...key !== undefined && { key: { version: key.version, fingerprint: key.key, verified: key.trust === 'verified' } },
    ...newKey !== undefined && { newKey },
    ...asked !== undefined && { asked },
    verifying,
    away: away && status.held > 0 && status.sending !== 'encrypted',
    downgraded,
    devices: devices.map(({ instance, name, version, state, trust, lastSeen }) => ({ instance, ...name !== undefined && { name }, version, state, trust, lastSeen })),
    files,
  }
}

export function lookOf({ status: { sending, key } }: ClientConversation): Look {
  switch (sending) {
    case 'encrypted': return key?.trust === 'verified' ? 'verified' : 'private'
    case 'plaintext': return 'clear'
    case 'held': return 'waits'
  }
}

/** How a text of theirs came. Its own session counts, not the one that our texts go to: somebody with another key must not look verified. */
export function sealOf({ status: { sessions } }: ClientConversation, { encrypted, instance, version }: Pick<ClientMessageEvent, 'encrypted' | 'instance' | 'version'>): Seal {
  if (!encrypted) return 'clear'
  const possible = sessions.filter((session) => session.instance === instance && session.version === version)
  return possible.length > 0 && possible.every(({ trust }) => trust === 'verified') ? 'verified' : 'private'
}

/** The key of a session that stands but gets nothing, because it is not the one of before and nobody accepted it. */
function unaccepted({ status: { sending, sessions } }: ClientConversation): ContactView['newKey'] {
  const session = sessions.find(({ state, trust }) => state === 'encrypted' && (sending !== 'encrypted' || trust === 'changed'))
  return session?.fingerprint === undefined ? undefined : { version: session.version === 4 ? 4 : 3, fingerprint: session.fingerprint }
}
