/**
 * Makes text of others inert: fit to be written to a terminal. Inert text can only be read. It cannot move the cursor, change colours, ring the bell,
 * set titles, change the reading direction or begin a line of its own.
 */

/** Everything that is no letter, mark, number, sign or plain space: control, format, surrogate, private and unassigned characters. */
const notPlain = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u

/** Characters that join emoji and letters of some scripts. Between those they are harmless. */
const joiners = new Set(['\u200d', '\u200c'])

/** More combining marks on one letter would cover the lines above and below. */
const maxMarks = 6

/** What is shown in place of a character that must not be written. */
function picture(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCodePoint(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd'
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`
}

/**
 * Makes text inert. Line ends are replaced, too: the result is one line. A tab becomes a space. Any other character that must not be written is
 * replaced by a symbol or its number, so that the reader sees that something was there.
 */
export function inertLine(text: string): string {
  const inert = new InertText()
  for (const character of text) inert.add(character)
  return inert.text
}

/** An inert line that grows by one character at a time. */
export class InertText {
  text = ''
  #marks = 0

  /** Adds one character. Returns by how many UTF-16 units the line has grown. */
  add(character: string): number {
    const before = this.text.length
    this.#marks = /\p{M}/u.test(character) ? this.#marks + 1 : 0
    if (this.#marks > maxMarks) return 0
    if (character === '\t') this.text += ' '
    else if (joiners.has(character)) this.text += this.text === '' ? '' : character
    else this.text += notPlain.test(character) ? picture(character) : character
    return this.text.length - before
  }
}

/** The lines of a text, each of them inert. Every kind of line end counts. */
export function inertLines(text: string): string[] {
  return textLines(text).map(inertLine)
}

/** The lines of a text, not inert yet. Every kind of line end counts. */
export function textLines(text: string): string[] {
  return text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
}

/**
 * JSON in ASCII, on one line: control characters and everything beyond ASCII are escaped, so that a terminal or a log cannot take them for commands
 * or line ends. A JSON parser reads the same strings.
 */
export function inertJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
