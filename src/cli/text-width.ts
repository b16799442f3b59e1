import { eastAsianWidth } from 'get-east-asian-width'

/**
 * How many columns text takes in a terminal. The text must be inert (`inertLine`). Terminals do not agree about the width of every emoji: whoever draws
 * rows must switch the terminal's wrapping off, so that a row that comes out wider is cut and does not begin another row.
 */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** ASCII needs no table. */
const ascii = /^[\x20-\x7e]*$/

/** One emoji, of however many characters: they all take two columns. */
const emoji = new RegExp('^\\p{RGI_Emoji}$', 'v')

/** Combining marks, joiners and the second halves of Korean syllables: they are drawn with the character before them. */
const noColumn = /[\p{Mn}\p{Me}\u200b-\u200d\u1160-\u11ff]/u

/** The segmenter's time grows with the square of the length, so it gets a text in parts of so many UTF-16 units. */
const pieceLength = 400

/** The graphemes of a text, in order: what people take for one character each. */
export function graphemes(text: string): string[] {
  if (ascii.test(text)) return text.split('')
  const all: string[] = []
  for (let at = 0; at < text.length;) {
    const piece = Array.from(segmenter.segment(text.slice(at, at + pieceLength)), ({ segment }) => segment)
    // The last grapheme of a part may go on in the next part.
    const whole = at + pieceLength < text.length && piece.length > 1 ? piece.slice(0, -1) : piece
    all.push(...whole)
    at += whole.reduce((sum, { length }) => sum + length, 0)
  }
  return all
}

/** Columns of one grapheme. */
function columns(grapheme: string): number {
  if (emoji.test(grapheme)) return 2
  let sum = 0
  for (const character of grapheme) if (!noColumn.test(character)) sum += eastAsianWidth(character.codePointAt(0) ?? 0, { ambiguousAsWide: false })
  return sum
}

/** Columns of an inert text. */
export function width(text: string): number {
  if (ascii.test(text)) return text.length
  let sum = 0
  for (const grapheme of graphemes(text)) sum += columns(grapheme)
  return sum
}

/** The beginning of a text that fits into so many columns. */
export function fitting(text: string, most: number): string {
  if (ascii.test(text)) return text.slice(0, Math.max(0, most))
  let fit = ''
  let used = 0
  for (const grapheme of graphemes(text)) {
    used += columns(grapheme)
    if (used > most) break
    fit += grapheme
  }
  return fit
}

/** A text cut to so many columns, with a mark where it was cut. */
export function shortened(text: string, most: number): string {
  return width(text) <= most ? text : `${fitting(text, most - 1)}\u2026`
}

/**
 * Breaks an inert line into rows of at most `most` columns, at spaces where possible. The terminal must never break a row itself: then text of others
 * would begin in the first column, and could pass for a line of this program. `first`: columns of the first row.
 */
export function wrap(line: string, most: number, first = most): string[] {
  const rows: string[] = []
  let row = ''
  let used = 0
  let room = first
  const end = (): void => {
    rows.push(row)
    row = ''
    used = 0
    room = most
  }
  for (const word of line.match(/ +|[^ ]+/g) ?? ['']) {
    const size = width(word)
    if (used + size > room && used > 0) {
      end()
      if (word.startsWith(' ')) continue
    }
    if (size <= room) {
      row += word
      used += size
      continue
    }
    for (const grapheme of graphemes(word)) {
      const own = columns(grapheme)
      if (used + own > room && used > 0) end()
      // A grapheme wider than a row is left out.
      if (own > room) continue
      row += grapheme
      used += own
    }
  }
  if (row !== '' || rows.length === 0) rows.push(row)
  return rows
}
