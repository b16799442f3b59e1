import { encode } from 'uqr'

/** The modules of a QR code, row by row, `true` for dark, with the four light modules around it that the standard asks for. */
export function qrModules(text: string): readonly (readonly boolean[])[] {
  // Level M: a code on a screen is not torn, but it may shine.
  return encode(text, { ecc: 'M', boostEcc: true, border: 4 }).data
}

/** How to draw. */
export interface QrTextOptions {
  /** Set black and white by escape sequences, whatever the terminal's colours are. Without: for light text on a dark ground. */
  readonly colours?: boolean
}

/** A QR code in half-block characters, two rows of modules in each line: for a terminal. */
export function qrText(text: string, { colours = false }: QrTextOptions = {}): string[] {
  const rows = qrModules(text)
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
