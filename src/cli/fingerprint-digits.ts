/** Hex digits in groups of eight, in capitals, as OTR programs show them. */
export function groupDigits(hex: string): string {
  return hex.toUpperCase().replace(/(.{8})(?=.)/g, '$1 ')
}
