import { OtrError } from '../errors.js'
import { compareIntegers, minimal, padTo } from './integer.js'
import { compareBytes, isZero, wipe } from './compare.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { copySecret, asSecret, type Secret, type SecretPair } from './secret.js'
import { copyPublic } from '../wire/public-bytes.js'

/** A Diffie-Hellman key pair in OTRv4's group (RFC 3526 group 15, 3072 bits, generator 2): the brace keys come from these. */
export interface Dh3072KeyPair {
  /** The secret exponent: 80 bytes big-endian. Wipe it when it is no longer needed. */
  readonly privateKey: Uint8Array
  /** 2^privateKey mod p, big-endian without leading zeros, at most 384 bytes: the body of an MPI. */
  readonly publicKey: Uint8Array
}

/**
 * Generates a key pair from 80 random bytes: the specification's generateDH().
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Generating ECDH and DH keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#generating-ecdh-and-dh-keys)
 */
export function generateDh3072(random: RandomSource): SecretPair<Dh3072KeyPair> {
  const r = randomBytes(random, 80)
  const privateKey = copySecret(r)
  wipe(r)
  return { privateKey, publicKey: dh3072PublicKey(privateKey) }
}

/** The public key of a private key: 2^privateKey mod p, big-endian without leading zeros. */
export function dh3072PublicKey(privateKey: Uint8Array): Uint8Array {
  return minimal(getArithmetic().modp3072.powerOfGenerator(privateKey))
}

/**
 * DH(a, B) = k_dh = publicKey^privateKey mod p, big-endian without leading zeros: this is how it is hashed, with no length before it.
 * The caller checks a key from the network with `isValidDh3072` first, and wipes the secret.
 */
export function dh3072SharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Secret {
  const group = getArithmetic().modp3072
  const full = group.power(padTo(publicKey, group.byteLength), privateKey)
  const secret = asSecret(minimal(full))
  wipe(full)
  return secret
}

/**
 * Whether a big-endian number from the network may be used as a public key: `2 <= x <= p - 2`, and x in the subgroup of order q. Any length;
 * never throws.
 *
 * @see [OTRv4, "Verifying that an integer is in the DH group"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#verifying-that-an-integer-is-in-the-dh-group)
 */
export function isValidDh3072(publicKey: Uint8Array): boolean {
  const group = getArithmetic().modp3072
  const largest = copyPublic(group.prime)
  // p ends in ff, so p - 2 differs in its last byte only.
  largest[largest.length - 1] = 0xfd
  if (compareIntegers(publicKey, Uint8Array.of(2)) < 0 || compareIntegers(publicKey, largest) > 0) return false
  return group.inSubgroup(padTo(publicKey, group.byteLength))
}

/**
 * Draws an exponent uniformly from [1, q) for proofs: 384 bytes, big-endian. Unlike private keys it has the full length, because it must hide
 * what is added to it. It consumes 384 bytes of `random`, or more with a probability of 2^-64.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function randomDhExponent(random: RandomSource): Secret {
  const { byteLength, order } = getArithmetic().modp3072
  for (let tries = 0; tries < 8; tries++) {
    const drawn = randomBytes(random, byteLength)
    const exponent = copySecret(drawn)
    wipe(drawn)
    // q has 3071 bits.
    exponent[0] = (exponent[0] ?? 0) & 0x7f
    if (compareBytes(exponent, order) < 0 && !isZero(exponent)) return exponent
  }
  throw new OtrError('OTR_RANDOM_FAILED', 'the random source returns nothing below the order of the group')
}
