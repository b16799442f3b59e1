import { MalformedError, OtrError } from '../errors.js'
import { base64Between, base64View } from './base64.js'

/** What every encoded message starts with. */
export const armorHead = '?OTR:'

/** The text form of an encoded message, of any number of bytes: `?OTR:`, base64, `.`. */
export function armor(bytes: Uint8Array): string {
  return base64Between(armorHead, bytes, '.')
}

/**
 * The bytes of an armored message. The whole text must be one: `?OTR:` in front, `.` at the end, strict base64 between.
 * @param maxChars - longest text that is accepted at all; checked before anything is decoded
 * @throws MalformedError (`OTR_MALFORMED`) for what is no armored message
 * @throws OtrError `OTR_TOO_LARGE` above the limit
 */
export function unarmor(text: string, maxChars = Number.POSITIVE_INFINITY): Uint8Array {
  return unarmorView(text, maxChars).slice()
}

/**
 * `unarmor` without a copy: the next call overwrites what this one returned, so decode it at once.
 *
 * @throws MalformedError (`OTR_MALFORMED`) and OtrError `OTR_TOO_LARGE`, as `unarmor`
 */
export function unarmorView(text: string, maxChars = Number.POSITIVE_INFINITY): Uint8Array {
  if (text.length > maxChars) throw new OtrError('OTR_TOO_LARGE', `an encoded message of ${text.length} characters`)
  if (!text.startsWith(armorHead)) throw new MalformedError('armor', 0, 'no ?OTR: in front')
  if (!text.endsWith('.')) throw new MalformedError('armor', 0, 'no period at the end')
  return base64View(text, 'armor', armorHead.length, text.length - 1)
}
