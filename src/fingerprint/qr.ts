import { encode } from 'uqr'

/** How large a code may become. */
export interface QrSize {
  /** How much of it may be lost: `L` 7 %, `M` 15 %. By default `M`: a code on a screen is not torn, but it may shine. */
  readonly level?: 'L' | 'M'
  /** Light modules on each side. 4 by default, as the standard asks for; telephones read codes with 2, and mostly with 1. */
  readonly border?: number
}

/** The modules of a QR code, row by row, `true` for dark. */
export function qrModules(text: string, { level = 'M', border = 4 }: QrSize = {}): readonly (readonly boolean[])[] {
  return encode(text, { ecc: level, boostEcc: true, border }).data
}

/** How to draw. */
export interface QrTextOptions extends QrSize {
  /** Set black and white by escape sequences, whatever the terminal's colours are. Without: for light text on a dark ground. */
  readonly colours?: boolean
}

/** A QR code in half-block characters, two rows of modules in each line: for a terminal. */
export function qrText(text: string, { colours = false, ...size }: QrTextOptions = {}): string[] {
  const rows = qrModules(text, size)
  const lines: string[] = []
  for (let at = 0; at < rows.length; at += 2) {
    const upper = rows[at] ?? []
    const lower = rows[at + 1] ?? []
    // What is light is drawn; below the last row there is nothing but quiet zone.
    const line = upper.map((dark, x) => blocks[dark ? 1 : 0][lower[x] === true ? 1 : 0]).join('')
    lines.push(colours ? `\u001b[38;5;231;48;5;16m${line}\u001b[0m` : line)
  }
  return lines
}

/** By whether the upper and the lower module are dark. */
const blocks = [['\u2588', '\u2580'], ['\u2584', ' ']] as const
