import { hkdfSha256 } from '../../crypto/hkdf.js'
import { OtrError } from '../../errors.js'
import { concatBytes, uint32be, utf8Encode } from '../../wire/index.js'

/** The most bytes that can be derived from one extra symmetric key. */
const MAX_LENGTH = 8160

/**
 * Derives a key of the given length from the extra symmetric key of version 3 (32 bytes) or 4 (64 bytes): HKDF-SHA-256 (RFC
 * 5869) without salt, with `info` = "otr4 extra key", then `context` and `length` as 32-bit big-endian numbers. The side that called
 * `extraKey` and the side that received the `extra-key` event derive the same key.
 *
 * @param raw - what `extraKey` returned, or `key` of the event: 32 bytes in version 3, 64 in version 4. It is not wiped
 * @param context - what the key is used for, an unsigned 32-bit number
 * @param length - bytes, 1 to 8,160
 * @returns the key; wipe it after use
 * @throws OtrError `OTR_ARGUMENT`
 * @see [OTRv4, "Extra Symmetric Key"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#extra-symmetric-key)
 */
export function deriveExtraKey(raw: Uint8Array, context: number, length: number): Uint8Array {
  if (!(raw instanceof Uint8Array) || (raw.length !== 32 && raw.length !== 64)) throw new OtrError('OTR_ARGUMENT', 'an extra symmetric key has 32 or 64 bytes')
  if (!Number.isInteger(context) || context < 0 || context > 0xffffffff) throw new OtrError('OTR_ARGUMENT', 'context is not an unsigned 32-bit number')
  if (!Number.isInteger(length) || length < 1 || length > MAX_LENGTH) throw new OtrError('OTR_ARGUMENT', `length is not a whole number from 1 to ${MAX_LENGTH}`)
  return hkdfSha256(raw, concatBytes(utf8Encode('otr4 extra key'), uint32be(context), uint32be(length)), length)
}
