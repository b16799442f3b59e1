import { inertLine } from '../inert-text.js'
import type { Format } from '../formatting.js'
import { fitting, width } from '../text-width.js'

/** The style of a part of a row. */
export type PaintStyle = 'plain' | 'private' | 'verified' | 'clear' | 'alarm' | 'quiet' | 'self' | 'bar' | 'bar-alarm' | 'panel'
  | 'nick1' | 'nick2' | 'nick3' | 'nick4' | 'nick5' | 'nick6'

/** A part of a row. */
export interface Span {
  readonly text: string
  readonly style: PaintStyle
  /** The formatting that its writer chose. */
  readonly format?: Format
}

export type Row = readonly Span[]

/** The styles with colours, and without: then only the bars look different, in reverse video. */
const colours: Readonly<Record<PaintStyle, string>> = {
  plain: '', private: '36', verified: '32', clear: '33', alarm: '1;31', quiet: '2', self: '1', bar: '7', 'bar-alarm': '1;7;31', panel: '1;7',
  nick1: '35', nick2: '34', nick3: '95', nick4: '94', nick5: '96', nick6: '92',
}
const noColours: Partial<Record<PaintStyle, string>> = { bar: '7', 'bar-alarm': '1;7', panel: '1;7', self: '1' }

/**
 * A row as it is written to a terminal, cut to `columns`. All text passes here last: it comes out inert, and the only escape sequences are those of
 * the styles.
 */
export function paintRow(row: Row, columns: number, colour: boolean): string {
  let painted = ''
  let left = columns
  for (const { text, style, format } of row) {
    // Also for a span that takes no column: a combining mark would change the last character.
    if (left <= 0) break
    const inert = inertLine(text)
    const fit = fitting(inert, left)
    // After a cut, nothing more is drawn.
    left = fit.length < inert.length ? 0 : left - width(fit)
    if (fit === '') continue
    const code = [(colour ? colours : noColours)[style] ?? '', format === undefined ? '' : formatCode(format, colour)].filter((one) => one !== '').join(';')
    painted += code === '' ? fit : `\u001b[${code}m${fit}\u001b[0m`
  }
  return painted
}

/** mIRC's sixteen colours. None of them is a colour that says how private a line is. White and black are the terminal's own. */
const mirc: Readonly<Record<number, string>> = { 2: '94', 3: '92', 4: '91', 5: '91', 6: '95', 7: '93', 8: '93', 9: '92', 10: '96', 11: '96', 12: '94', 13: '95', 14: '90', 15: '37' }

function formatCode({ bold, italic, underline, strike, colour: wanted }: Format, colour: boolean): string {
  return [bold ? '1' : '', italic ? '3' : '', underline ? '4' : '', strike ? '9' : '', colour && wanted !== undefined ? mirc[wanted] ?? '' : ''].filter((one) => one !== '').join(';')
}

/** A row in one style that fills all columns. */
export function filled(text: string, columns: number, style: PaintStyle): Row {
  const fit = fitting(inertLine(text), columns)
  return [{ text: fit + ' '.repeat(Math.max(0, columns - width(fit))), style }]
}
