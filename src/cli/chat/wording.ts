import { groupDigits } from '../fingerprint-digits.js'
import { meaningOf2 } from './allow-version-2.js'
import type { ChatEvent } from './chat-event.js'
import { noticeText } from './notice-text.js'

/** The style of a line. The terminal has a colour for each. */
export type Style = 'private' | 'verified' | 'clear' | 'alarm' | 'quiet' | 'plain'

/** A line for people. `mark` says in a few fixed characters what `style` says by colour. */
export interface Worded {
  readonly mark: string
  readonly style: Style
  /** Who speaks. `shown` is printed in front of the text; `name` is the speaker's name, undefined for ourselves. Absent if the program speaks. */
  readonly who?: { readonly shown: string, readonly name: string | undefined }
  /** It may have several lines, and may be text of others. */
  readonly text: string
}

/** The line that people read for an event; undefined for an event that needs none. */
export function worded(event: ChatEvent): Worded | undefined {
  const note = (text: string, style: Style = 'quiet'): Worded => ({ mark: '***', style, text })
  switch (event.type) {
    case 'ready':
      return note(`you are ${event.account} on ${event.network}; /help says what you can do`)
    case 'account':
      return note(`you are ${event.account} now`)
    case 'connection':
      return note(connection(event), event.status === 'online' ? 'quiet' : 'alarm')
    case 'message': {
      const privacy = markOf(event.privacy, event.verified)
      const late = `${event.sentAt === undefined ? '' : ` (sent ${shortDate(event.sentAt)})`}${event.via === undefined ? '' : ` (from ${event.via})`}`
      const extra = `${event.html === 'perhaps' ? ' (is this HTML? /otr format html shows its text)' : ''}${event.offline === true ? ' (sent while you were away)' : ''}`
      return { ...privacy, ...speech(event.peer, event.text), ...late + extra !== '' && { text: `${speech(event.peer, event.text).text}${late}${extra}` } }
    }
    case 'sent':
      return { ...markOf(event.privacy, event.verified), ...speech(undefined, event.text) }
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
    case 'notice': {
      const said = noticeText(event)
      return said && note(said.text, said.alarm ? 'alarm' : 'quiet')
    }
    case 'presence':
      return note(presence(event), event.presence === 'here' ? 'quiet' : 'alarm')
    case 'channel':
      return channel(event)
    case 'service':
      return { mark: '-n-', style: 'quiet', who: { shown: `${event.from}:`, name: event.from }, text: event.text }
    case 'file':
      return file(event)
    case 'progress':
      // The status bar shows it.
      return undefined
    case 'info':
      return { mark: '   ', style: 'plain', text: event.text }
    case 'error':
      return { mark: '!!!', style: 'alarm', text: event.text }
    case 'bye':
      return note('good-bye')
  }
}

/** Who says or does what. No name can imitate the beginning of our own lines, since names have no blanks. */
function speech(name: string | undefined, text: string): { readonly who: NonNullable<Worded['who']>, readonly text: string } {
  const action = text.startsWith('/me ')
  const shown = name === undefined ? `${action ? '* ' : ''}you \u2192` : action ? `* ${name}` : `${name}:`
  return { who: { shown, name }, text: action ? text.slice(4) : text }
}

function presence({ peer, presence: is, detail }: Extract<ChatEvent, { type: 'presence' }>): string {
  const because = detail === undefined || detail === '' ? '' : `: ${detail}`
  switch (is) {
    case 'here': return `${peer} is back${because}`
    case 'away': return `${peer} is away${because}`
    case 'absent': return `nobody called ${peer} is there${because}`
  }
}

function channel({ channel: name, event, who, text, own, sentAt }: Extract<ChatEvent, { type: 'channel' }>): Worded {
  const because = text === '' ? '' : ` (${text})`
  const late = sentAt === undefined ? '' : ` (sent ${shortDate(sentAt)})`
  const note = (words: string, style: Style = 'quiet'): Worded => ({ mark: '***', style, text: words })
  const whose = own === true ? undefined : who
  switch (event) {
    case 'said': return { mark: '[channel]', style: 'clear', who: { shown: `<${who}>`, name: whose }, text: `${text}${late}` }
    case 'did': return { mark: '[channel]', style: 'clear', who: { shown: `* ${who}`, name: whose }, text: `${text}${late}` }
    case 'joined': return own === true ? note(`you are in ${name} now. A channel: everybody there and the server reads it, in clear; /part leaves it`, 'clear') : note(`${who} has come to ${name}`)
    case 'left': return own === true ? note(`you are not in ${name} any more${because}`, 'alarm') : note(`${who} has left ${name}${because}`)
    case 'renamed': return note(own === true ? `you are ${text} now` : `${who} is known as ${text} now`)
    case 'names': return note(`in ${name} are: ${text}`)
    case 'topic': return note(`${name} is about: ${text}`)
    case 'refused': return note(`the server: ${text}`, 'alarm')
  }
}

function markOf(privacy: 'clear' | 'private' | 'exposed', verified: boolean): { mark: string, style: Style } {
  if (privacy === 'exposed') return { mark: '[IN CLEAR!]', style: 'alarm' }
  if (privacy === 'clear') return { mark: '[in clear]', style: 'clear' }
  return verified ? { mark: '[verified]', style: 'verified' } : { mark: '[private]', style: 'private' }
}

function connection({ status, detail }: Extract<ChatEvent, { type: 'connection' }>): string {
  const because = detail === undefined ? '' : ` (${detail})`
  switch (status) {
    case 'online': return 'connected'
    case 'connecting': return 'connecting'
    case 'waiting': return `the connection is gone${because}; trying again`
    default: return `${status}${because}`
  }
}

function outbox({ peer, event, number }: Extract<ChatEvent, { type: 'outbox' }>): string {
  switch (event) {
    case 'held': return `message ${number} waits until the conversation with ${peer} is private; /otr outbox shows it`
    case 'released': return `message ${number} to ${peer} was sent`
    case 'cancelled': return `message ${number} to ${peer} was taken back`
  }
}

function file({ peer, event, number, bytes, verified, name, detail = '' }: Extract<ChatEvent, { type: 'file' }>): Worded {
  const note = (text: string, style: Style = 'quiet'): Worded => ({ mark: '***', style, text })
  switch (event) {
    case 'offered':
      return note(`${peer}${verified ? '' : ', whom nobody has verified,'} offers the file ${name}, ${bytes} bytes: /get ${number} [WHERE] takes it, /refuse ${number} does not`, 'alarm')
    case 'sending': return note(`file ${number}, ${name}, goes to ${peer}; /stop ${number} stops it`)
    case 'sent': return note(`file ${number}, ${name}, is there for ${peer}`)
    case 'receiving': return note(`file ${number}, ${name}, comes from ${peer}; /stop ${number} stops it`)
    case 'received': return note(`file ${number} from ${peer} is whole: ${detail}`)
    case 'stopped': return note(`file ${number}, ${name}, is stopped; /resume ${number} goes on, /refuse ${number} gives it up`)
    case 'refused': return note(`file ${number}, ${name}, is given up`)
    case 'failed': return note(`file ${number}, ${name}: ${detail}; /resume ${number} tries again, /refuse ${number} gives it up`, 'alarm')
  }
}

function standing(event: Extract<ChatEvent, { type: 'state' }>): Worded | undefined {
  const { peer } = event
  switch (event.state) {
    case 'starting':
      return { mark: '***', style: 'quiet', text: `a private conversation with ${peer} is being begun; what you write waits for it` }
    case 'private':
    case 'unaccepted': {
      const key = event.key === 'changed' ? ' The key is NOT one that was seen before!' : event.key === 'new' ? ' It is the first time that you meet this key.' : ''
      const waits = event.state === 'unaccepted' ? 'NOTHING GOES TO THIS KEY: what you write waits. /otr accept sends it all the same\n' : ''
      const old = event.version === 2 ? ' (version 2)' : ''
      const meaning = event.version === 2 ? `\n${meaningOf2}` : ''
      if (event.verified === true && event.state === 'private') return { mark: '***', style: 'verified', text: `the conversation with ${peer} is private${old}, and the key is verified${meaning}` }
      return {
        mark: '***',
        style: event.key === 'changed' || event.state === 'unaccepted' ? 'alarm' : 'private',
        text: `the conversation with ${peer} is private${old}, but nobody has verified that it is ${peer}.${key}${meaning}\n`
          + `fingerprint ${groupDigits(event.fingerprint ?? '')}\n${waits}`
          + '/otr smp verifies by a secret that you both know; /otr trust after comparing fingerprints',
      }
    }
    case 'ended':
      return {
        mark: '***', style: 'alarm',
        text: `${event.by === 'them' ? `${peer} has ended the private conversation` : `there is no private conversation with ${peer} now`}. `
          + 'What you write waits: /otr start asks for one, /otr clear goes on in clear',
      }
    case 'waiting':
      return { mark: '***', style: 'quiet', text: `there is no private conversation with ${peer}, and what you write waits for one: /otr start asks for it, /otr clear goes on in clear where the policy allows that` }
    case 'clear':
      return { mark: '***', style: 'clear', text: `what you write to ${peer} goes in clear` }
  }
}

function smp({ peer, event, question, attempts, verified }: Extract<ChatEvent, { type: 'smp' }>): Worded {
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
        : { mark: '***', style: 'private', text: `${peer} is satisfied with your answer. You have verified nobody by that: to verify ${peer}, ask in your turn: /otr smp` }
    case 'failed':
      return { mark: '***', style: 'alarm', text: `verification FAILED: ${peer} gave another secret. It may be a mistake, or not ${peer} at all` }
    case 'aborted':
      return { mark: '***', style: 'quiet', text: `verification with ${peer} was stopped` }
    case 'cheated':
      return { mark: '***', style: 'alarm', text: `verification with ${peer} was stopped: what came was not what the protocol asks for` }
  }
}

function shortDate(seconds: number): string {
  return seconds === 0 ? 'some time ago' : new Date(seconds * 1000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}
