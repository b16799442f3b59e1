import type { ContactAnswer, ConversationStatus } from '../../index.js'
import type { Standing } from './chat-event.js'

/**
 * What is shown of a conversation beside the line that is typed. It is read from the conversation's state whenever that may have changed, and never
 * from an event: an event describes the past.
 */
export interface Indicator {
  /** What becomes of a text that is typed now. */
  readonly standing: Standing
  /** With `private`: a person has verified the key that it is encrypted for. */
  readonly verified: boolean
  /** An offer of ours has no answer yet. */
  readonly asking: boolean
  /** How many of the correspondent's devices have a private conversation with us. */
  readonly devices: number
  /** How many texts wait. */
  readonly held: number
  /** Why there is no private conversation, if we offered one. */
  readonly answer?: ContactAnswer
  /** With `private`: the other side has probably lost the conversation, and nobody reads the text. */
  readonly lost: boolean
  /** With `private`: the conversation is in version 2. */
  readonly isVersion2?: true
}

export const noIndicator: Indicator = { standing: 'clear', verified: false, asking: false, devices: 0, held: 0, lost: false }

export function indicatorOf(status: ConversationStatus): Indicator {
  const encrypted = status.sessions.filter(({ state }) => state === 'encrypted')
  return {
    standing: standingOf(status, encrypted.length > 0),
    verified: status.sending === 'encrypted' && status.key?.trust === 'verified',
    asking: status.pending,
    devices: new Set(encrypted.map(({ instance }) => instance)).size,
    held: status.held,
    ...status.contact?.answer !== undefined && { answer: status.contact.answer },
    lost: status.probablyLost !== undefined,
    ...status.sending === 'encrypted' && status.sessions[0]?.version === 2 && { isVersion2: true },
  }
}

/** The library says what becomes of a text; the rest of the status says why it waits. */
function standingOf({ sending, pending, latched, sessions, floor }: ConversationStatus, isEncrypted: boolean): Standing {
  if (sending === 'encrypted') return 'private'
  if (sending === 'plaintext') return 'clear'
  if (isEncrypted) return 'unaccepted'
  if (pending) return 'starting'
  // There was a private conversation before: a key of it is known, or a session that the other side has ended.
  const stood = floor !== 'changed' || sessions.some(({ state }) => state === 'finished')
  return latched && stood ? 'ended' : 'waiting'
}

/** Whether two indicators are equal. */
export function sameIndicator(one: Indicator, other: Indicator): boolean {
  return one.standing === other.standing && one.verified === other.verified && one.asking === other.asking && one.devices === other.devices
    && one.held === other.held && one.answer === other.answer && one.lost === other.lost && one.isVersion2 === other.isVersion2
}

/** The words in front of the line that is typed: what becomes of it. `brief`: for little room. */
export function inWords({ standing, verified, answer, lost, isVersion2 }: Pick<Indicator, 'standing' | 'verified' | 'answer' | 'lost' | 'isVersion2'>, brief = false): string {
  const waits = brief ? 'waits' : 'what you type waits'
  switch (standing) {
    case 'private': return `${verified ? 'verified' : 'private, not verified'}${isVersion2 === true ? ' (version 2)' : ''}${lost ? ', probably lost' : ''}`
    case 'starting': return `starting: ${waits}`
    case 'ended': return `ended: ${waits}`
    case 'unaccepted': return `key not accepted: ${waits}`
    case 'waiting': return `${answer === 'none' ? 'no answer' : 'not private'}: ${waits}`
    case 'clear': return 'in clear'
  }
}
