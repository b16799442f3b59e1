import { OtrError } from '../errors.js'

/** A fingerprint, as the client's properties and events give it. */
export interface Fingerprint {
  /** The version of OTR that the key is for. */
  readonly version: 3 | 4
  /** Hex, lower case: 40 digits in version 3 (20 bytes), 112 in version 4 (56 bytes). */
  readonly fingerprint: string
}

/** How many hex digits a version's fingerprint has. */
export const fingerprintDigits = { 3: 40, 4: 112 } as const

/** Reads a fingerprint from hex digits of either case; their number determines the version. Returns `undefined` if they are no fingerprint. */
export function fingerprintFromHex(hex: string): Fingerprint | undefined {
  if (!/^[0-9a-fA-F]*$/.test(hex)) return undefined
  const fingerprint = hex.toLowerCase()
  if (hex.length === fingerprintDigits[3]) return { version: 3, fingerprint }
  return hex.length === fingerprintDigits[4] ? { version: 4, fingerprint } : undefined
}

/** Checks a caller's argument. @throws OtrError `OTR_FINGERPRINT` when it is not a fingerprint of its version */
export function checkedFingerprint({ version, fingerprint }: Fingerprint): string {
  const read = fingerprintFromHex(fingerprint)
  if (read?.version !== version) throw badFingerprint('it has 40 hex digits in version 3, 112 in version 4')
  return read.fingerprint
}

/** What is wrong with a fingerprint that a person gave. */
export function badFingerprint(why: string): OtrError {
  return new OtrError('OTR_FINGERPRINT', `this is not a fingerprint: ${why}`)
}
