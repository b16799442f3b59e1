import { inertLine } from '../inert.js'
import { fitting, width } from '../text-width.js'

/** How a piece of a row looks. */
export type PaintStyle = 'plain' | 'private' | 'verified' | 'clear' | 'alarm' | 'quiet' | 'self' | 'bar' | 'bar-alarm' | 'panel'
  | 'nick1' | 'nick2' | 'nick3' | 'nick4' | 'nick5' | 'nick6'

/** A piece of a row. */
export interface Span {
  readonly text: string
  readonly style: PaintStyle
}

export type Row = readonly Span[]

/** With colours; and without, where only the bars stand out, by being drawn the other way round. */
const colours: Readonly<Record<PaintStyle, string>> = {
  plain: '', private: '36', verified: '32', clear: '33', alarm: '1;31', quiet: '2', self: '1', bar: '7', 'bar-alarm': '1;7;31', panel: '1;7',
  nick1: '35', nick2: '34', nick3: '95', nick4: '94', nick5: '96', nick6: '92',
}
const noColours: Partial<Record<PaintStyle, string>> = { bar: '7', 'bar-alarm': '1;7', panel: '1;7', self: '1' }

/**
 * A row as it is written to a terminal, cut to `columns`. This is the last place that text passes: whatever it is, it comes out inert, and
 * the only escape sequences are those of the styles.
 */
export function paintRow(row: Row, columns: number, colour: boolean): string {
  let painted = ''
  let left = columns
  for (const { text, style } of row) {
    const fit = fitting(inertLine(text), left)
    if (fit === '') continue
    left -= width(fit)
    const code = (colour ? colours : noColours)[style] ?? ''
    painted += code === '' ? fit : `\u001b[${code}m${fit}\u001b[0m`
  }
  return painted
}

/** A row in one style that fills all columns. */
export function filled(text: string, columns: number, style: PaintStyle): Row {
  const fit = fitting(inertLine(text), columns)
  return [{ text: fit + ' '.repeat(Math.max(0, columns - width(fit))), style }]
}
