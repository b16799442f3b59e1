import { withoutFormats } from '../formatting.js'
import { inertLine } from '../inert-text.js'
import type { ChatEvent } from './chat-event.js'

/** Free text as one line: escapes line ends and backslashes, leaves out mIRC's formatting codes, and makes everything else inert. */
function escaped(text: string): string {
  return withoutFormats(text).replace(/\r\n?/g, '\n').split('\n').map((line) => inertLine(line.replaceAll('\\', '\\\\'))).join('\\n')
}

/** A field that must be one word. */
function word(text: string): string {
  return escaped(text).replaceAll(' ', '_') || '-'
}

/** One event as one line. */
export function plainLine(event: ChatEvent): string {
  const fields = (...parts: (string | number | undefined)[]): string => [event.type, ...parts.filter((part) => part !== undefined && part !== '')].join(' ')
  const trust = (verified: boolean | undefined): string => verified === true ? 'verified' : 'unverified'
  switch (event.type) {
    case 'ready':
      return fields(word(event.account), word(event.network))
    case 'account':
      return fields(word(event.account))
    case 'connection':
      return fields(event.status, escaped(event.detail ?? ''))
    case 'message':
    case 'sent':
      return fields(word(event.peer), event.privacy, trust(event.verified), escaped(event.text))
    case 'outbox':
      return fields(word(event.peer), event.event, event.number)
    case 'lost':
      return fields(word(event.peer), event.number, escaped(event.text))
    case 'state':
      return event.state === 'private' || event.state === 'unaccepted'
        ? fields(word(event.peer), event.state, `v${event.version ?? 0}`, event.instance, event.key ?? 'known', trust(event.verified), event.fingerprint)
        : fields(word(event.peer), event.state)
    case 'smp':
      return fields(word(event.peer), event.event, event.event === 'succeeded' ? trust(event.verified) : undefined, escaped(event.question ?? ''))
    case 'trust':
      return fields(word(event.peer), trust(event.verified), event.fingerprint)
    case 'renamed':
      return fields(word(event.peer), word(event.to))
    case 'notice':
      return fields(word(event.peer ?? '-'), event.code, escaped(event.detail ?? ''))
    case 'presence':
      return fields(word(event.peer), event.presence, escaped(event.detail ?? ''))
    case 'channel':
      return fields(word(event.channel), event.event, word(event.who), escaped(event.text))
    case 'service':
      return fields(word(event.from), escaped(event.text))
    case 'file':
      return fields(word(event.peer), event.event, event.number, event.bytes, trust(event.verified), escaped(event.detail ?? event.name))
    case 'progress':
      return fields(word(event.peer), event.direction, event.done, event.of, event.secondsLeft)
    case 'info':
    case 'error':
      return fields(escaped(event.text))
    case 'bye':
      return fields()
  }
}
