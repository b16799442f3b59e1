import { OtrError } from '../errors.js'
import type { ChainStep } from './arithmetic.js'
import { getArithmetic } from './provider.js'
import { publicBytes, publicOf } from '../wire/public-bytes.js'
import { asSecret, type Secret } from './secret.js'

export { usage } from './usage.js'

const OTRV4 = Uint8Array.of(0x4f, 0x54, 0x52, 0x76, 0x34)

/** SHAKE-256 (FIPS 202) over the concatenation of `parts`: `length` bytes. */
export function shake256(parts: readonly Uint8Array[], length: number): Uint8Array {
  return getArithmetic().shake256(parts, length)
}

/**
 * KDF(usageId || values, size): a key of `length` bytes. The parts are concatenated as they are, without lengths between them.
 *
 * @param usageId - one byte, from `usage`; the further extra symmetric keys put their index here
 */
export function kdf(usageId: number, parts: readonly Uint8Array[], length: number): Secret {
  return asSecret(shake256(input(usageId, parts), length))
}

function input(usageId: number, parts: readonly Uint8Array[]): Uint8Array[] {
  return [OTRV4, (ids[usageId] ??= publicOf(usageId)), ...parts]
}

/** Each usage id as the byte that is hashed. */
const ids: Uint8Array[] = []

/** HWC(usageId || values, size), a hash: the same function as `kdf`, under the specification's other name. */
export const hwc: (usageId: number, parts: readonly Uint8Array[], length: number) => Uint8Array = kdf

/** HCMAC(usageId || key || values, size), a MAC: the same function as `kdf`, but its result is public. The key is the first of the parts. Compare with `equalBytes`. */
export function hcmac(usageId: number, parts: readonly Uint8Array[], length: number): Uint8Array {
  return getArithmetic().shake256(input(usageId, parts), length, publicBytes)
}

/**
 * Derives everything that a message needs from its chain key (64 bytes).
 *
 * @see [OTRv4, "Calculating Encryption and MAC Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#calculating-encryption-and-mac-keys)
 * @see [OTRv4, "Extra Symmetric Key"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#extra-symmetric-key)
 */
export function chainStep(chainKey: Uint8Array): ChainStep {
  if (chainKey.length !== 64) throw new OtrError('OTR_INTERNAL', 'a chain key has 64 bytes')
  return getArithmetic().chainStep(chainKey)
}
