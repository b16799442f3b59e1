import { encode } from 'uqr'

/** How large a code may become. */
export interface QrSize {
  /** Error correction: `L` recovers 7 % of the code, `M` 15 %. Default: `M`, because a screen may reflect light. */
  readonly level?: 'L' | 'M'
  /** The quiet zone: light modules on each side. Default: 4, as the standard asks for. Telephones read codes with 2, and mostly with 1. */
  readonly border?: number
}

/** The modules of a QR code, row by row, `true` for dark. */
export function qrModules(text: string, { level = 'M', border = 4 }: QrSize = {}): readonly (readonly boolean[])[] {
  return encode(text, { ecc: level, boostEcc: true, border }).data
}

/** How to draw. */
export interface QrTextOptions extends QrSize {
  /** Sets black and white by escape sequences, so that the terminal's colours do not matter. Default: false, for light text on a dark background. */
  readonly colours?: boolean
}

/** A QR code in half-block characters, two rows of modules in each line: for a terminal. */
export function qrText(text: string, { colours = false, ...size }: QrTextOptions = {}): string[] {
  const rows = qrModules(text, size)
  const lines: string[] = []
  for (let at = 0; at < rows.length; at += 2) {
    const upper = rows[at] ?? []
    const lower = rows[at + 1] ?? []
    // Light modules are drawn. Below the last row there is only the quiet zone.
    const line = upper.map((dark, x) => blocks[dark ? 1 : 0][lower[x] === true ? 1 : 0]).join('')
    lines.push(colours ? `\u001b[38;5;231;48;5;16m${line}\u001b[0m` : line)
  }
  return lines
}

/** The character for a pair of modules: whether the upper and the lower one are dark. */
const blocks = [['\u2588', '\u2580'], ['\u2584', ' ']] as const
