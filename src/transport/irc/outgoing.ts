import { parseWhitespaceTag, whitespaceTag, type LineKind } from '../../wire/index.js'
import { transportError } from '../transport.js'
import { actionMarks, ctcp } from './ctcp.js'
import { splitText } from './line-limit.js'

/**
 * A line that becomes one PRIVMSG when it leaves the queue. `to` is the key of a correspondent or channel: the spelling may have changed by then.
 * `form`: a `whole` line is useless in parts; `text` and `action` are for people, and may be cut again.
 */
export interface OutgoingLine {
  readonly to: string
  readonly text: string
  readonly form: 'whole' | 'text' | 'action'
}

/** Describes, in words, the part of a text for people that IRC cannot transport; undefined if the text arrives unchanged. */
export function whatIrcLoses(text: string): string | undefined {
  if (text.includes('\0')) return 'IRC cannot carry U+0000'
  if (text.includes(ctcp)) return 'IRC takes U+0001 for the beginning of a command to the other program'
  return text.trim() === '' ? 'servers drop a text of blanks alone' : undefined
}

/**
 * Cuts one line of the client's into the lines that are sent, each in a PRIVMSG of its own and at most `limit` bytes long.
 *
 * @throws OtrError `OTR_TRANSPORT_TOO_LONG` for a line of OTR that does not fit: cut it into fragments first. `OTR_TRANSPORT_TEXT`: see `whatIrcLoses`
 */
export function linesFor(to: string, line: string, { kind, limit, action = false }: { readonly kind: LineKind, readonly limit: number, readonly action?: boolean }): OutgoingLine[] {
  if (kind !== 'text') {
    // The sentence for people behind a query may have several lines. They become one.
    const whole: OutgoingLine = { to, text: line.replace(/[\r\n\0]+/g, ' '), form: 'whole' }
    cutToFit(whole, limit)
    return [whole]
  }
  const { text, tag } = withTag(line)
  // An action has no whitespace tag: it is inside a CTCP command.
  const pieces = linesForPeople(to, text, action, limit)
  const [first] = pieces
  if (tag === '' || action || first === undefined) return pieces
  return Buffer.byteLength(tag + first.text) <= limit ? [{ ...first, text: tag + first.text }, ...pieces.slice(1)] : cut(to, tag + text, 'text', limit)
}

/**
 * Cuts a text for people into lines. `action`: it is what somebody does (`/me`) and is sent as the CTCP command ACTION, the only one that is ever
 * sent. The caller decides that; a text never becomes an action because of what it looks like.
 *
 * @throws OtrError `OTR_TRANSPORT_TEXT`: see `whatIrcLoses`
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
 * Divides a line into what fits into `limit` bytes now, and the rest: the limit may be lower than when the line was made.
 *
 * @throws OtrError `OTR_TRANSPORT_TOO_LONG` for a `whole` line that does not fit
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
  // Drops the one space at which it was cut.
  const rest = text.slice(first.length).replace(/^ /, '')
  const words = form === 'action' ? `${actionMarks.before}${first}${actionMarks.after}` : first
  return { words, rest: rest === '' ? undefined : { ...line, text: rest } }
}

/**
 * Takes the whitespace tag out of a line, to be put in front of the text. Servers cut off blanks at the end of a line, and a tag with them; blanks
 * in front they leave. A text that begins with eight blanks gets no tag: they would be read as a part of it.
 */
function withTag(line: string): { text: string, tag: string } {
  const tagged = parseWhitespaceTag(line)
  if (tagged === undefined) return { text: line, tag: '' }
  const { text, versions } = tagged
  const offered = ([3, 4] as const).filter((version) => versions.includes(version))
  return { text, tag: offered.length === 0 || /^[ \t]{8}/.test(text) ? '' : whitespaceTag(offered) }
}
