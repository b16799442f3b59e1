import { formatFingerprintUri, qrText, type Fingerprint, type QrSize } from '../fingerprint/index.js'

/** A QR code that fits: its rows, and the line that is in it. */
export interface FingerprintCode {
  readonly rows: readonly string[]
  readonly uri: string
  /** Whether all fingerprints are in it. */
  readonly whole: boolean
}

/** The room for a code; undefined for unlimited. */
export interface CodeRoom {
  readonly columns: number | undefined
  readonly rows: number | undefined
  /** Whether colours may be set. */
  readonly colours: boolean
}

/** From the easiest to read to the smallest. */
const sizes: readonly QrSize[] = [{ level: 'M', border: 4 }, { level: 'L', border: 4 }, { level: 'L', border: 2 }, { level: 'L', border: 1 }]

/**
 * An address and its fingerprints as a QR code: of both versions if that fits into the room, else of the newest. If nothing fits, returns the room that
 * the smallest code needs.
 */
export function fingerprintCode(
  address: string, fingerprints: readonly Fingerprint[], { columns = Infinity, rows = Infinity, colours }: CodeRoom,
): FingerprintCode | { readonly needs: { readonly columns: number, readonly rows: number } } {
  let needs = { columns: 0, rows: 0 }
  const [newest] = [...fingerprints].sort((one, other) => other.version - one.version)
  for (const some of newest === undefined || fingerprints.length === 1 ? [fingerprints] : [fingerprints, [newest]]) {
    const uri = formatFingerprintUri({ address, fingerprints: some })
    for (const size of sizes) {
      const code = qrText(uri, size)
      needs = { columns: code[0]?.length ?? 0, rows: code.length }
      if (needs.columns <= columns && needs.rows <= rows) return { rows: qrText(uri, { ...size, colours }), uri, whole: some === fingerprints }
    }
  }
  return { needs }
}
