import { inertLine, InertText } from './inert-text.js'

/** The formatting that the writer of a text chose, as on IRC. It never says anything that the text does not say. */
export interface Format {
  readonly bold: boolean
  readonly italic: boolean
  readonly underline: boolean
  readonly strike: boolean
  /** One of mIRC's sixteen. */
  readonly colour: number | undefined
}

/** An inert line without formatting codes, and the format of each of its UTF-16 units; no formats if the line had no code. */
export interface Formatted {
  readonly text: string
  readonly formats: readonly Format[]
}

export const noFormat: Format = { bold: false, italic: false, underline: false, strike: false, colour: undefined }

/** The codes, each a control character: bold, colour, hex colour, all off, monospace, reverse, italic, strike, underline. */
const codes = { bold: '\u0002', colour: '\u0003', hex: '\u0004', off: '\u000f', mono: '\u0011', reverse: '\u0016', italic: '\u001d', strike: '\u001e', underline: '\u001f' } as const
const all = Object.values(codes).join('')
/** Matches a code with its arguments at one place of a text. Every part has a bounded length. */
const code = new RegExp(`${codes.colour}(?:(\\d{1,2})(?:,\\d{1,2})?)?|${codes.hex}(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?|[${all}]`, 'giy')
const everyCode = new RegExp(code.source, 'gi')
const anyCode = new RegExp(`[${all}]`)

/**
 * Reads mIRC's formatting codes in one line. Never throws, and takes time linear in its length. Backgrounds and reverse are left out, since text could
 * be hidden with them.
 */
export function formatted(line: string): Formatted {
  if (!anyCode.test(line)) return { text: inertLine(line), formats: [] }
  const inert = new InertText()
  const formats: Format[] = []
  let format = noFormat
  for (let at = 0; at < line.length;) {
    code.lastIndex = at
    const found = code.exec(line)
    if (found !== null) {
      format = after(format, found)
      at += found[0].length
      continue
    }
    const character = String.fromCodePoint(line.codePointAt(at) ?? 0)
    const added = inert.add(character)
    for (let unit = 0; unit < added; unit++) formats.push(format)
    at += character.length
  }
  return { text: inert.text, formats }
}

/** The text of one line or more, without formatting codes. Not inert yet. */
export function withoutFormats(text: string): string {
  if (!anyCode.test(text)) return text
  return text.replace(everyCode, '')
}

function after(format: Format, [whole, colour]: RegExpExecArray): Format {
  switch (whole.charAt(0)) {
    case codes.bold: return { ...format, bold: !format.bold }
    case codes.italic: return { ...format, italic: !format.italic }
    case codes.underline: return { ...format, underline: !format.underline }
    case codes.strike: return { ...format, strike: !format.strike }
    case codes.off: return noFormat
    case codes.colour: return { ...format, colour: colour === undefined || Number(colour) > 15 ? undefined : Number(colour) }
    case codes.hex: return { ...format, colour: undefined }
    default: return format
  }
}
