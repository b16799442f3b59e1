import { parseWhitespaceTag, whitespaceTag, type LineKind } from '../../wire/index.js'
import { transportError } from '../transport.js'
import { actionMarks, ctcp } from './ctcp.js'
import { splitText } from './line-limit.js'

/**
 * What one PRIVMSG is made of when its turn comes. `to`: whom it is for, or which channel: a key, and not how they are called, which may
 * be otherwise by then. `whole`: it is of use in one piece alone; `text` and `action` are for people, and may be cut again.
 */
export interface OutgoingLine {
  readonly to: string
  readonly text: string
  readonly form: 'whole' | 'text' | 'action'
}

/** What of a text for people IRC cannot carry, said in words; undefined for what arrives as it is. */
export function whatIrcLoses(text: string): string | undefined {
  if (text.includes('\0')) return 'IRC cannot carry U+0000'
  if (text.includes(ctcp)) return 'IRC takes U+0001 for the beginning of a command to the other program'
  return text.trim() === '' ? 'servers drop a text of blanks alone' : undefined
}

/**
 * The lines that are sent for one line of a client's, each in a PRIVMSG of its own; none longer than `limit` bytes.
 * Throws `OTR_TRANSPORT_TOO_LONG` for a line of OTR that does not fit: cut it into fragments first. `OTR_TRANSPORT_TEXT`: see `whatIrcLoses`.
 */
export function linesFor(to: string, line: string, { kind, limit, action = false }: { readonly kind: LineKind, readonly limit: number, readonly action?: boolean }): OutgoingLine[] {
  if (kind !== 'text') {
    // A query carries a sentence for people behind it, which may have lines. Its first line is the query.
    const whole: OutgoingLine = { to, text: line.replace(/[\r\n\0]+/g, ' '), form: 'whole' }
    cutToFit(whole, limit)
    return [whole]
  }
  const { text, tag } = withTag(line)
  // What is an action has no tag: it goes inside a command to the other program.
  const pieces = linesForPeople(to, text, action, limit)
  const [first] = pieces
  if (tag === '' || action || first === undefined) return pieces
  return Buffer.byteLength(tag + first.text) <= limit ? [{ ...first, text: tag + first.text }, ...pieces.slice(1)] : cut(to, tag + text, 'text', limit)
}

/**
 * The lines for a text that people read; `action`: what somebody does (`/me`), which is a command to the other program, and the only one that is
 * ever sent. Whoever calls says so: no text becomes one by its looks. Throws `OTR_TRANSPORT_TEXT`: see `whatIrcLoses`.
 */
export function linesForPeople(to: string, text: string, action: boolean, limit: number): OutgoingLine[] {
  const loss = whatIrcLoses(text)
  if (loss !== undefined) throw transportError('TEXT', loss)
  return action ? cut(to, text, 'action', limit - actionBytes) : cut(to, text, 'text', limit)
}

function cut(to: string, words: string, form: 'text' | 'action', room: number): OutgoingLine[] {
  return splitText(words, room).map((text) => ({ to, text, form }))
}

const actionBytes = Buffer.byteLength(actionMarks.before + actionMarks.after)

/**
 * What is written of a line now, where there is room for `limit` bytes, and what is left of it: less may fit than when it was made.
 * Throws `OTR_TRANSPORT_TOO_LONG` for one that is of no use in pieces.
 */
export function cutToFit(line: OutgoingLine, limit: number): { readonly words: string, readonly rest: OutgoingLine | undefined } {
  const { text, form } = line
  const length = Buffer.byteLength(text)
  if (form === 'whole') {
    if (length > limit) throw transportError('TOO_LONG', `${length} bytes, but a line holds ${limit}`)
    return { words: text, rest: undefined }
  }
  const room = form === 'action' ? limit - actionBytes : limit
  const [first = ''] = length <= room ? [text] : splitText(text, room)
  // The one space at which it was cut goes.
  const rest = text.slice(first.length).replace(/^ /, '')
  const words = form === 'action' ? `${actionMarks.before}${first}${actionMarks.after}` : first
  return { words, rest: rest === '' ? undefined : { ...line, text: rest } }
}

/**
 * A text and the whitespace tag that goes in front of it. Servers cut blanks at the end of a line, and so a tag behind the text; one in front
 * they leave. Before a text that begins with eight blanks it would be read as longer than it is: then there is none.
 */
function withTag(line: string): { text: string, tag: string } {
  const tagged = parseWhitespaceTag(line)
  if (tagged === undefined) return { text: line, tag: '' }
  const { text, versions } = tagged
  const offered = ([3, 4] as const).filter((version) => versions.includes(version))
  return { text, tag: offered.length === 0 || /^[ \t]{8}/.test(text) ? '' : whitespaceTag(offered) }
}
