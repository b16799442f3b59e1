import { badFingerprint, fingerprintFromHex, type Fingerprint } from './fingerprint.js'
import { parseFingerprintUri } from './uri.js'
import { fingerprintFromWords } from './words.js'

/**
 * Reads a fingerprint in any form that a person may have: hex digits with or without spaces, colons or dashes; words; the line of a QR code.
 * @throws OtrError `OTR_FINGERPRINT`, with a sentence for the person
 */
export function readFingerprints(text: string): readonly Fingerprint[] {
  const trimmed = text.trim()
  if (/^(?:otr4|xmpp):/i.test(trimmed)) return parseFingerprintUri(trimmed).fingerprints
  const hex = fingerprintFromHex(trimmed.replaceAll(/[\s:-]/g, ''))
  if (hex !== undefined) return [hex]
  const words = trimmed.split(/[\s,-]+/).filter((word) => word !== '')
  if (words.length > 1 && words.every((word) => /^\p{L}+$/u.test(word))) return [fingerprintFromWords(words)]
  throw badFingerprint('it has 40 hex digits in version 3, 112 in version 4')
}

/** The result of a comparison. `incomparable`: the two sides have no version in common. */
export type Comparison = 'same' | 'different' | 'incomparable'

/** Compares two sets of fingerprints. They match when they have a version in common and agree in every version that both have. */
export function compareFingerprints(given: readonly Fingerprint[], known: readonly Fingerprint[]): Comparison {
  let compared = false
  for (const { version, fingerprint } of given) {
    const others = known.filter((other) => other.version === version)
    if (others.length === 0) continue
    if (!others.some((other) => other.fingerprint.toLowerCase() === fingerprint.toLowerCase())) return 'different'
    compared = true
  }
  return compared ? 'same' : 'incomparable'
}
