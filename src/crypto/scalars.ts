import { hwc, shake256 } from './kdf.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { wipe } from './compare.js'
import { copySecret, type Secret, asSecret } from './secret.js'

/** Bytes of a scalar on the wire and in memory: SCALAR, little-endian. */
export const SCALAR_LENGTH = 57

/** Twice the length of a scalar: that many random bytes, reduced mod q, are uniform up to a bias of 2^-466. */
export const WIDE_LENGTH = 114

/**
 * Draws a scalar uniformly from [0, q) for ring signatures, SMP and proofs: 57 bytes. The specification hashes and prunes such values; then
 * they would differ visibly from the computed values, which reveals the signer of a ring signature. It always consumes 114 bytes of `random`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function randomScalar(random: RandomSource): Secret {
  const wide = randomBytes(random, WIDE_LENGTH)
  const scalar = asSecret(getArithmetic().ed448.reduceScalar(wide))
  wipe(wide)
  return scalar
}

/**
 * HashToScalar(usageId || values): HWC to 57 bytes, little-endian, mod q. One function for those who sign and those who verify.
 *
 * @see [OTRv4, "HashToScalar"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#hashtoscalar)
 */
export function hashToScalar(usageId: number, parts: readonly Uint8Array[]): Uint8Array {
  return getArithmetic().ed448.reduceScalar(hwc(usageId, parts, SCALAR_LENGTH))
}

/**
 * The secret scalar and the second half of the digest that belong to 57 random bytes: SHAKE-256(bytes, 114), the lower half pruned
 * (RFC 8032, section 5.2.5). The scalar is the pruned number as it is, not reduced mod q.
 */
export function expandSecret(bytes: Uint8Array): { scalar: Secret, prefix: Secret } {
  const digest = shake256([bytes], WIDE_LENGTH)
  const scalar = copySecret(digest, 0, SCALAR_LENGTH)
  const prefix = copySecret(digest, SCALAR_LENGTH)
  wipe(digest)
  prune(scalar)
  return { scalar, prefix }
}

/** Clears the two lowest bits, sets bit 447, clears the last byte. */
export function prune(scalar: Uint8Array): void {
  scalar[0] = (scalar[0] ?? 0) & 0xfc
  scalar[55] = (scalar[55] ?? 0) | 0x80
  scalar[56] = 0
}
