import { parseWhitespaceTag, whitespaceTag, type LineKind } from '../../wire/index.js'
import { transportError } from '../transport.js'
import { splitText } from './line-limit.js'

const ctcp = '\u0001'

/** What of a text for people IRC cannot carry, said in words; undefined for what arrives as it is. */
export function whatIrcLoses(text: string): string | undefined {
  if (text.includes('\0')) return 'IRC cannot carry U+0000'
  if (text.includes(ctcp)) return 'IRC takes U+0001 for the beginning of a command to the other program'
  return text.trim() === '' ? 'servers drop a text of blanks alone' : undefined
}

/**
 * The texts that are sent for one line, each in a PRIVMSG of its own; none longer than `limit` bytes.
 * Throws `OTR_TRANSPORT_TOO_LONG` for a line of OTR that does not fit: cut it into fragments first. `OTR_TRANSPORT_TEXT`: see `whatIrcLoses`.
 */
export function textsFor(line: string, kind: LineKind, limit: number): string[] {
  if (kind !== 'text') {
    // A query carries a sentence for people behind it, which may have lines. Its first line is the query.
    const whole = line.replace(/[\r\n\0]+/g, ' ')
    const length = Buffer.byteLength(whole)
    if (length > limit) throw transportError('TOO_LONG', `${length} bytes, but a line holds ${limit}`)
    return [whole]
  }
  const { text, tag } = withTag(line)
  const loss = whatIrcLoses(text)
  if (loss !== undefined) throw transportError('TEXT', loss)
  // People's own `/me` is an action of theirs here. Nothing else ever becomes a command to the other program.
  if (text.startsWith('/me ')) return splitText(text.slice(4), limit - `${ctcp}ACTION ${ctcp}`.length).map((piece) => `${ctcp}ACTION ${piece}${ctcp}`)
  const pieces = splitText(text, limit)
  const [first = ''] = pieces
  if (tag === '') return pieces
  return Buffer.byteLength(tag + first) <= limit ? [tag + first, ...pieces.slice(1)] : splitText(tag + text, limit)
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
