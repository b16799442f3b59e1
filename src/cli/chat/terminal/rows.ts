import { formatted, noFormat, type Format, type Formatted } from '../../formatting.js'
import { inertLine, textLines } from '../../inert-text.js'
import type { Row, Span } from '../../terminal/paint.js'
import { graphemes, width, wrap } from '../../text-width.js'
import { nickStyle } from './nick-style.js'
import type { Entry, Window } from './windows.js'

/** Columns of the time and the mark in front of a message. */
const headColumns = 18

/** In fewer columns than this, the rows after the first begin further left. */
const narrow = 50

/** A text gets at least this many columns, however narrow the terminal is. */
const leastColumns = 12

/** One row of an entry, and which one it is. */
export interface EntryRow {
  readonly entry: number
  /** Counted from 0. */
  readonly at: number
  readonly row: Row
}

/** A cache of the rows of entries for each width. Entries never change, and a text of 250,000 characters takes a second. */
const made = new WeakMap<Entry, { readonly columns: number, readonly rows: readonly Row[] }>()

/**
 * The rows of an entry, each at most `columns` wide. Rows after the first are indented, so that text of others cannot look like a line of this program:
 * those begin with the time, or with the bar of an answer.
 */
export function rowsOf(entry: Entry, columns: number): readonly Row[] {
  const known = made.get(entry)
  if (known?.columns === columns) return known.rows
  const rows = makeRows(entry, columns)
  made.set(entry, { columns, rows })
  return rows
}

function makeRows({ time, said, isAnswer }: Entry, columns: number): Row[] {
  const { mark, style, who, text } = said
  const head = isAnswer ? '| ' : `${time} ${mark.padEnd(headColumns - time.length - 2)} `
  const margin = isAnswer ? '| ' : `${' '.repeat(columns < narrow ? 2 : head.length - 2)}| `
  const room = Math.max(leastColumns, columns - margin.length)
  const name = who === undefined ? '' : `${inertLine(who.shown)} `
  // A line of the program's is coloured as a whole, a line of a person's only in front.
  const whole = who === undefined
  const rows = textLines(text).map(formatted).flatMap((line, at) => {
    const named = at === 0 ? { text: `${name}${line.text}`, formats: line.formats.length === 0 ? [] : [...Array<Format>(name.length).fill(noFormat), ...line.formats] } : line
    return formattedRows(named, wrap(named.text, room, at === 0 ? Math.max(leastColumns, columns - head.length) : room), whole ? style : 'plain')
  })
  return rows.map((row, at) => [
    { text: at === 0 ? head : margin, style: at === 0 || whole ? style : 'plain' },
    ...at === 0 && who !== undefined ? spoken(row, name, who.name) : row,
  ])
}

/** Adds the formats of a line's characters to its rows. Some characters between the rows were left out. */
function formattedRows({ text, formats }: Formatted, rows: readonly string[], style: Span['style']): Span[][] {
  if (formats.length === 0) return rows.map((row) => [{ text: row, style }])
  let at = 0
  return rows.map((row) => {
    const spans: { text: string, readonly style: Span['style'], readonly format: Format }[] = []
    // A grapheme has one format.
    for (const grapheme of graphemes(row)) {
      while (at < text.length && !text.startsWith(grapheme, at)) at++
      const format = formats[at] ?? noFormat
      at += grapheme.length
      const last = spans.at(-1)
      if (last?.format === format) last.text += grapheme
      else spans.push({ text: grapheme, style, format })
    }
    return spans
  })
}

/** Colours the speaker's name in the first row. */
function spoken(row: readonly Span[], name: string, whose: string | undefined): Span[] {
  const shown = name.trimEnd()
  const [first, ...rest] = row
  return first?.text.startsWith(shown) === true
    ? [{ text: shown, style: whose === undefined ? 'self' : nickStyle(whose) }, { ...first, text: first.text.slice(shown.length) }, ...rest]
    : [...row]
}

/** The visible rows of a window: those that end where the person looks. */
export function visibleRows({ entries, last }: Window, columns: number, rows: number): EntryRow[] {
  const found: EntryRow[] = []
  for (let at = indexOf(entries, last?.entry); at >= 0 && found.length < rows; at--) {
    const entry = entries[at]
    if (entry === undefined) break
    const all = rowsOf(entry, columns)
    const seen = last?.entry === entry.id ? all.slice(0, Math.max(1, last.rows)) : all
    found.unshift(...seen.map((row, place) => ({ entry: entry.id, at: place, row })))
  }
  return found.slice(-rows)
}

/** Scrolls by so many rows, back (negative) or forward. Returns where the person looks then; undefined for the newest. */
export function scrolled(window: Window, by: number, columns: number, rows: number): Window['last'] {
  const { entries, last } = window
  const newest = entries.at(-1)
  if (newest === undefined) return undefined
  if (by < 0) {
    const above = visibleRows(window, columns, rows - by)
    // At the top, the first row stays where it is.
    const end = above.at(Math.min(above.length - 1, Math.max(rows - 1, above.length - 1 + by)))
    return end === undefined ? last : { entry: end.entry, rows: end.at + 1 }
  }
  if (last === undefined) return undefined
  let left = by
  for (let at = indexOf(entries, last.entry); at < entries.length; at++) {
    const entry = entries[at]
    if (entry === undefined) break
    const count = rowsOf(entry, columns).length
    const seen = entry.id === last.entry ? Math.min(count, last.rows) : 0
    if (count - seen >= left) {
      const end = { entry: entry.id, rows: seen + left }
      return entry.id === newest.id && end.rows >= count ? undefined : end
    }
    left -= count - seen
  }
  return undefined
}

/** The index of an entry, or of the oldest one if it is gone. */
function indexOf(entries: readonly Entry[], id: number | undefined): number {
  if (id === undefined) return entries.length - 1
  const at = entries.findLastIndex((entry) => entry.id <= id)
  return at < 0 ? 0 : at
}

/** How wide the widest row is. */
export function widest(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map((row) => row.reduce((sum, { text }) => sum + width(text), 0)))
}
