import { groupDigits } from '../fingerprint-digits.js'
import type { Shown } from './shown.js'

/** How a line looks: the terminal gives each a colour. */
export type Style = 'private' | 'verified' | 'clear' | 'alarm' | 'quiet' | 'plain'

/** A line for people. `mark` says in a few fixed characters, without colour, what `style` says with it. */
export interface Worded {
  readonly mark: string
  readonly style: Style
  /** Who speaks; absent for the program itself. Text of others. */
  readonly who?: string
  /** May have several lines, and may be text of others. */
  readonly text: string
}

const notices: Readonly<Record<Exclude<Extract<Shown, { type: 'notice' }>['code'], Unsaid>, string>> = {
  'malformed': 'sent something that only looks like OTR; it was ignored',
  'too-large': 'sent more than this program takes at once; it was ignored',
  'unsupported': 'offers or uses a kind of OTR that this program does not speak',
  'other-instance': 'wrote to another program of yours that uses the same account',
  'unexpected': 'sent a part of a key exchange that nobody asked for; it was ignored',
  'handshake-failed': 'sent a key exchange that is wrong; it was refused',
  'unreadable': 'sent an encrypted message that cannot be read; /otr start makes a new private conversation',
  'malformed-content': 'sent a message of which a part could not be read',
  'error-message': 'says that something went wrong (anybody can say that)',
  'policy': 'asked for something that the policy forbids',
  'limit': 'needs more room than this program gives; something was dropped',
  'downgrade': 'offers less than it is known to speak: somebody on the way may have cut the offer',
  'expired': 'was silent for so long that the private conversation was ended',
  'peer-could-not-read': 'could not read a message of yours',
  'key-changed': 'has another key than before. Make sure that it is the same person: /otr smp or /otr fingerprint; /otr accept goes on without',
  'vouched': 'says that this version 4 key belongs to the version 3 key that you verified. That proves nothing: verify this key too (/otr smp)',
  'other-v3-key': 'names another version 3 key than the one you have seen. Make sure that it is the same person: /otr smp or /otr fingerprint',
  'text-around': 'sent words in clear around a private message; they are not part of it',
  'weak-secret': 'can be impersonated by whoever guesses this secret: take one that is longer',
  'smp-dialect': 'may encode the secret in another way; if it was right, try once more: /otr smp',
  'moved': 'wrote from another address. What you write still goes to the old one',
  'new-device': 'uses a device that you have not met; /otr devices lists them',
  'handshake-retry': 'does not answer; trying again',
  'handshake-timeout': 'did not answer the offer of a private conversation',
  'offline': 'and you talk without having been there at the same time: who wrote first can deny less well that he did',
  'ensemble-refused': 'published keys for offline messages that are wrong; they were not used',
  'prekey-server-key': 'is a prekey server whose key nobody has checked; it is taken as it is',
  'internal': 'sent something on which this program failed; the conversation goes on as it was',
  'old-offer': 'offered a private conversation while you were away; /otr start begins one now',
  'undelivered': 'was not reached',
  'in-clear': 'and you can be read by everybody on the way; /otr start makes the conversation private',
}

/** Notices that say again what another line says, or are for programmers. */
const unsaid = ['unencrypted', 'held', 'lost', 'duplicate', 'fragment-discarded', 'bad-instance-tag', 'publish-prekeys'] as const

type Unsaid = (typeof unsaid)[number]

function isUnsaid(code: string): code is Unsaid {
  return unsaid.some((one) => one === code)
}

/** What people read for an event; undefined where they need not read anything. */
export function worded(event: Shown): Worded | undefined {
  const note = (text: string, style: Style = 'quiet'): Worded => ({ mark: '***', style, text })
  switch (event.type) {
    case 'ready':
      return note(`you are ${event.account} on ${event.network}; /help says what you can do`)
    case 'connection':
      return note(connection(event), event.status === 'online' ? 'quiet' : 'alarm')
    case 'message': {
      const privacy = markOf(event.privacy, event.verified)
      const late = event.sentAt === undefined ? '' : ` (sent ${shortDate(event.sentAt)})`
      const extra = `${event.html === true ? ' (written as HTML)' : ''}${event.offline === true ? ' (sent while you were away)' : ''}`
      const action = event.text.startsWith('/me ')
      return { ...privacy, who: `${action ? '* ' : ''}${event.peer}${action ? '' : ':'}`, text: `${action ? event.text.slice(4) : event.text}${late}${extra}` }
    }
    case 'sent':
      return event.text.startsWith('/me ')
        ? { ...markOf(event.privacy, event.verified), who: `* you \u2192 ${event.peer}`, text: event.text.slice(4) }
        : { ...markOf(event.privacy, event.verified), who: `you \u2192 ${event.peer}:`, text: event.text }
    case 'outbox':
      return note(outbox(event), event.event === 'held' ? 'alarm' : 'quiet')
    case 'lost':
      return note(`${event.peer} perhaps could not read message ${event.number}; /otr resend ${event.number} sends it again, /otr discard ${event.number} gives it up:\n${event.text}`, 'alarm')
    case 'state':
      return standing(event)
    case 'smp':
      return smp(event)
    case 'trust':
      return note(event.verified ? `the key of ${event.peer} counts as verified` : `the key of ${event.peer} counts as not verified`, event.verified ? 'verified' : 'alarm')
    case 'renamed':
      return note(`${event.peer} is known as ${event.to} now`)
    case 'notice':
      return notice(event)
    case 'info':
      return { mark: '   ', style: 'plain', text: event.text }
    case 'error':
      return { mark: '!!!', style: 'alarm', text: event.text }
    case 'bye':
      return note('good-bye')
  }
}

function markOf(privacy: 'clear' | 'private' | 'exposed', verified: boolean): { mark: string, style: Style } {
  if (privacy === 'exposed') return { mark: '[IN CLEAR!]', style: 'alarm' }
  if (privacy === 'clear') return { mark: '[in clear]', style: 'clear' }
  return verified ? { mark: '[verified]', style: 'verified' } : { mark: '[private]', style: 'private' }
}

function connection({ status, detail }: Extract<Shown, { type: 'connection' }>): string {
  const because = detail === undefined ? '' : ` (${detail})`
  switch (status) {
    case 'online': return 'connected'
    case 'connecting': return 'connecting'
    case 'waiting': return `the connection is gone${because}; trying again`
    default: return `${status}${because}`
  }
}

function outbox({ peer, event, number }: Extract<Shown, { type: 'outbox' }>): string {
  switch (event) {
    case 'held': return `message ${number} waits until the conversation with ${peer} is private; /otr outbox shows it`
    case 'released': return `message ${number} to ${peer} was sent`
    case 'cancelled': return `message ${number} to ${peer} was taken back`
  }
}

function standing(event: Extract<Shown, { type: 'state' }>): Worded | undefined {
  const { peer } = event
  switch (event.state) {
    case 'starting':
      return { mark: '***', style: 'quiet', text: `exchanging keys with ${peer}` }
    case 'private': {
      const key = event.key === 'changed' ? ' The key is NOT one that was seen before!' : event.key === 'new' ? ' It is the first time that you meet this key.' : ''
      if (event.verified === true) return { mark: '***', style: 'verified', text: `the conversation with ${peer} is private, and the key is verified` }
      return {
        mark: '***',
        style: event.key === 'changed' ? 'alarm' : 'private',
        text: `the conversation with ${peer} is private, but nobody has verified that it is ${peer}.${key}\n`
          + `fingerprint ${groupDigits(event.fingerprint ?? '')}\n`
          + '/otr smp verifies by a secret that you both know; /otr trust after comparing fingerprints',
      }
    }
    case 'ended':
      return { mark: '***', style: 'alarm', text: `${peer} has ended the private conversation. What you write waits: /otr start begins anew, /otr clear goes on in clear` }
    case 'clear':
      return { mark: '***', style: 'quiet', text: `the private conversation with ${peer} is over. What you write waits: /otr start begins anew, /otr clear goes on in clear` }
  }
}

function smp({ peer, event, question, attempts, verified }: Extract<Shown, { type: 'smp' }>): Worded {
  const again = attempts !== undefined && attempts > 1 ? ` (attempt ${attempts})` : ''
  switch (event) {
    case 'asked':
      return {
        mark: '***',
        style: 'alarm',
        text: question === undefined
          ? `${peer} wants to verify that it is you${again}: /otr answer with the secret that you agreed on, or /otr abort`
          : `${peer} wants to verify that it is you${again} and asks:\n${question}\n/otr answer, or /otr abort`,
      }
    case 'in-progress':
      return { mark: '***', style: 'quiet', text: `verification with ${peer} is under way` }
    case 'succeeded':
      return verified === true
        ? { mark: '***', style: 'verified', text: `verified: it is ${peer}, or somebody who knows your secret` }
        : { mark: '***', style: 'private', text: `${peer} is satisfied with your answer. To verify ${peer} too, ask in your turn: /otr smp` }
    case 'failed':
      return { mark: '***', style: 'alarm', text: `verification FAILED: ${peer} gave another secret. It may be a mistake, or not ${peer} at all` }
    case 'aborted':
      return { mark: '***', style: 'quiet', text: `verification with ${peer} was stopped` }
    case 'cheated':
      return { mark: '***', style: 'alarm', text: `verification with ${peer} was stopped: what came was not what the protocol asks for` }
  }
}

function notice({ peer, code, detail }: Extract<Shown, { type: 'notice' }>): Worded | undefined {
  if (isUnsaid(code)) return undefined
  const quoted = code === 'error-message' || code === 'undelivered' ? `: ${detail ?? ''}` : ''
  return {
    mark: '***',
    style: code === 'downgrade' || code === 'key-changed' || code === 'handshake-failed' ? 'alarm' : 'quiet',
    text: `${peer ?? 'somebody'} ${notices[code]}${quoted}`,
  }
}

function shortDate(seconds: number): string {
  return seconds === 0 ? 'some time ago' : new Date(seconds * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}
