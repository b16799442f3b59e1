import { MalformedError, OtrError } from '../errors.js'
import { base64Between, base64View } from './base64.js'

/** What every encoded message starts with. */
export const armorHead = '?OTR:'

/**
 * The text form of an encoded message, of any number of bytes: `?OTR:`, base64, `.`.
 *
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
 */
export function armor(bytes: Uint8Array): string {
  return base64Between(armorHead, bytes, '.')
}

/**
 * Decodes an armored message to bytes. The text must be nothing else: it begins with `?OTR:`, ends with `.`, and holds strict base64 between them.
 * @param maxChars - longest text that is accepted at all; checked before anything is decoded
 * @throws MalformedError (`OTR_MALFORMED`) when the text is not an armored message
 * @throws OtrError `OTR_TOO_LARGE` above the limit
 * @see [OTRv4, "Encoded Messages"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#encoded-messages)
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
  if (!text.startsWith(armorHead)) throw new MalformedError('armor', 0, 'does not begin with ?OTR:')
  if (!text.endsWith('.')) throw new MalformedError('armor', 0, 'no period at the end')
  return base64View(text, 'armor', armorHead.length, text.length - 1)
}
