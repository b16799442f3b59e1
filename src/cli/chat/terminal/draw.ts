import { inertLine } from '../../inert-text.js'
import { textOf, type Line } from '../../terminal/line.js'
import { filled, type PaintStyle, type Row, type Span } from '../../terminal/paint.js'
import { fitting, graphemes, shortened, width } from '../../text-width.js'
import type { Presence } from '../chat-event.js'
import { inWords, type Indicator } from '../indicator.js'
import { panelRows, type Panel } from './panel.js'
import { visibleRows } from './rows.js'
import { statusBar, type BarParts } from './status-bar.js'
import { frontOf, type Windows } from './windows.js'

/** Everything that the picture of a chat is made from. */
export interface Drawn extends Pick<BarParts, 'account' | 'network' | 'connection' | 'progress' | 'isChannel' | 'spelled'> {
  readonly windows: Windows
  /** The panel in which the person is asked something now. */
  readonly panel: Panel | undefined
  readonly indicator: (name: string) => Indicator | undefined
  readonly presence: (name: string) => Presence | undefined
}

/** The rows of a terminal, from the first down, and the place of its cursor. */
export interface Picture {
  readonly rows: readonly Row[]
  readonly cursor: { readonly row: number, readonly column: number } | undefined
}

/** The bar, and the line to type in. */
const rowsBelow = 2

/** Divides the rows: messages, then the panel, then the bar and the line. */
export function layout(drawn: Drawn, columns: number, rows: number): { readonly messageRows: number, readonly panel: readonly Row[] } {
  const { panel, windows } = drawn
  const room = Math.max(0, rows - rowsBelow)
  const to = panel?.kind === 'paste' ? toWhom(drawn, panel.to, columns) : frontOf(windows).name ?? ''
  const asked = panel === undefined ? [] : panelRows(panel, { to }, columns, panel.kind === 'paste' ? Math.max(4, Math.floor(room * 0.7)) : room).slice(0, room)
  return { messageRows: room - asked.length, panel: asked }
}

/** Draws the chat for a terminal of this size. */
export function draw(drawn: Drawn, columns: number, rows: number): Picture {
  const { windows, panel } = drawn
  if (panel?.kind === 'whole') return wholePicture(panel.rows, columns, rows)
  const front = frontOf(windows)
  const { messageRows, panel: asked } = layout(drawn, columns, rows)
  const said = visibleRows(front, columns, messageRows).map(({ row }) => row)
  const blank = Array.from({ length: Math.max(0, messageRows - said.length) }, (): Row => [])
  const { row, column } = lineRow(drawn, columns)
  const bar = statusBar({
    ...drawn, below: front.last !== undefined,
    indicator: front.name === undefined ? undefined : drawn.indicator(front.name), presence: front.name === undefined ? undefined : drawn.presence(front.name),
  }, columns)
  // A terminal of one row shows only the line.
  const all = [...blank, ...said, ...asked, bar, row].slice(-rows)
  return { rows: all, cursor: { row: all.length - 1, column } }
}

function wholePicture(rows: readonly string[], columns: number, most: number): Picture {
  const shown = rows.slice(0, most - 1).map((text): Row => [{ text, style: 'plain' }])
  return { rows: [...shown, filled(' any key goes back', columns, 'bar')], cursor: undefined }
}

/** The row in which the person types, with what becomes of it in front. */
function lineRow(drawn: Drawn, columns: number): { readonly row: Row, readonly column: number } {
  const { panel } = drawn
  if (panel?.kind === 'question') {
    const { label, secret } = panel.question
    const prompt: Span = { text: `${label}${secret ? ' (not shown)' : ''}> `, style: 'self' }
    return secret ? { row: [prompt], column: width(prompt.text) } : typed([prompt], panel.line, columns)
  }
  if (panel?.kind === 'confirm' || panel?.kind === 'paste') {
    const prompt = 'y or n> '
    return { row: [{ text: prompt, style: 'self' }], column: prompt.length }
  }
  return typed(messagePrompt(drawn, columns), frontOf(drawn.windows).line, columns)
}

/** In fewer columns than this, the words are the short ones. */
const narrow = 80

/** To whom the line goes, and what becomes of it there. */
function messagePrompt(drawn: Drawn, columns: number): Span[] {
  const { windows, isChannel, spelled, indicator } = drawn
  const { name } = frontOf(windows)
  if (name === undefined) return [{ text: '> ', style: 'plain' }]
  const shown = shortened(inertLine(spelled(name)), Math.max(8, Math.floor(columns / 4)))
  const now = indicator(name)
  const [words, style] = isChannel(name) ? ['in clear, to everybody', 'clear' as const] : now === undefined ? ['in clear', 'clear' as const] : [inWords(now, columns < narrow), styleOf(now)]
  return [{ text: `${shown} `, style: 'plain' }, { text: `[${words}]`, style }, { text: '> ', style: 'plain' }]
}

function toWhom(drawn: Drawn, name: string, columns: number): string {
  const now = drawn.indicator(name)
  return `${drawn.spelled(name)} [${drawn.isChannel(name) || now === undefined ? 'in clear' : inWords(now, columns < narrow)}]`
}

function styleOf({ standing, verified, lost }: Indicator): PaintStyle {
  switch (standing) {
    case 'private': return lost ? 'alarm' : verified ? 'verified' : 'private'
    case 'starting': return 'quiet'
    case 'waiting':
    case 'unaccepted':
    case 'ended': return 'alarm'
    case 'clear': return 'clear'
  }
}

/** A prompt and the part of a line around its cursor that fits behind it. */
function typed(prompt: readonly Span[], line: Line, columns: number): { readonly row: Row, readonly column: number } {
  const used = prompt.reduce((sum, { text }) => sum + width(text), 0)
  const room = Math.max(1, columns - used)
  const before = inertLine(line.before)
  const all = inertLine(textOf(line))
  if (width(all) < room) return { row: [...prompt, { text: all, style: 'plain' }], column: used + width(before) }
  // The cursor keeps a column of its own, and some of the text behind it stays visible.
  const shown = lastColumns(before, Math.max(1, room - 1 - Math.min(10, Math.floor(room / 4), width(inertLine(line.after)))))
  return { row: [...prompt, { text: fitting(`${shown}${inertLine(line.after)}`, room), style: 'plain' }], column: used + width(shown) }
}

/** The end of a text that fits into so many columns. */
function lastColumns(text: string, most: number): string {
  if (width(text) <= most) return text
  let fit = ''
  let used = 0
  for (const grapheme of graphemes(text.slice(-4 * most)).reverse()) {
    used += width(grapheme)
    if (used > most) break
    fit = grapheme + fit
  }
  return fit
}
