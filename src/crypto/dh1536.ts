import { OtrError } from '../errors.js'
import { wipe } from './compare.js'
import { compareIntegers, minimal, padTo, toInteger } from './integer.js'
import { getArithmetic } from './provider.js'
import { randomCopy, type RandomSource } from './random.js'
import { copyPublic } from '../wire/public-bytes.js'
import { asSecret, type Secret, type SecretPair } from './secret.js'

/** A Diffie-Hellman key pair in OTRv3's group (RFC 3526 group 5, 1536 bits, generator 2). */
export interface Dh1536KeyPair {
  /** The secret exponent: 40 bytes big-endian, 320 bits as the specification asks. Wipe it when it is no longer needed. */
  readonly privateKey: Uint8Array
  /** 2^privateKey mod p, big-endian without leading zeros, at most 192 bytes: the body of an MPI. */
  readonly publicKey: Uint8Array
}

/** The length of a private key in bytes: the specification asks for at least 320 bits. */
const PRIVATE_KEY_LENGTH = 40

/**
 * Generates a key pair from 40 random bytes. The public key passes `isValidDh1536`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`, also for the two exponents whose public key would not pass (a broken source; by chance once in 2^319)
 */
export function generateDh1536(random: RandomSource): SecretPair<Dh1536KeyPair> {
  const privateKey = randomCopy(random, PRIVATE_KEY_LENGTH)
  const publicKey = dh1536PublicKey(privateKey)
  if (isValidDh1536(publicKey)) return { privateKey, publicKey }
  wipe(privateKey)
  throw new OtrError('OTR_RANDOM_FAILED', 'the random source gave a degenerate private key')
}

/** The public key of a private key: 2^privateKey mod p, big-endian without leading zeros. */
export function dh1536PublicKey(privateKey: Uint8Array): Uint8Array {
  return minimal(getArithmetic().modp1536.powerOfGenerator(privateKey))
}

/**
 * The shared secret s = publicKey^privateKey mod p, big-endian without leading zeros (the specification hashes it as an MPI). The
 * caller checks a public key from the network with `isValidDh1536` first, and wipes the secret.
 */
export function dh1536SharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Secret {
  const group = getArithmetic().modp1536
  const full = group.power(padTo(publicKey, group.byteLength), privateKey)
  const secret = asSecret(minimal(full))
  wipe(full)
  return secret
}

/**
 * Whether a big-endian number is a public key that may be used: `2 <= publicKey <= p - 2`. The same range holds for the group elements of SMP. Any
 * length; never throws.
 *
 * @see [OTRv3, "D-H Key Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function isValidDh1536(publicKey: Uint8Array): boolean {
  // This runs with every message, so it makes no copies.
  const { prime } = getArithmetic().modp1536
  if (prime !== bounds.prime) bounds = boundsOf(prime)
  return compareIntegers(publicKey, bounds.smallest) >= 0 && compareIntegers(publicKey, bounds.largest) <= 0
}

/**
 * Whether two public keys in range give the same shared secrets: they are equal, or their sum is p. (The keys K and p - K give the same
 * secret with every even private key; no other two do.) Variable-time: for public values only.
 */
export function isSameDh1536(one: Uint8Array, other: Uint8Array): boolean {
  if (compareIntegers(one, other) === 0) return true
  // p ends in ff, so the last byte decides for most keys.
  if ((((one.at(-1) ?? 0) + (other.at(-1) ?? 0)) & 0xff) !== 0xff) return false
  return toInteger(one) + toInteger(other) === toInteger(getArithmetic().modp1536.prime)
}

/** The bounds 2 and p - 2, kept with the prime for which they were computed. */
let bounds = boundsOf(Uint8Array.of(0xff))

function boundsOf(prime: Uint8Array): { readonly prime: Uint8Array, readonly smallest: Uint8Array, readonly largest: Uint8Array } {
  const largest = copyPublic(prime)
  // p ends in ff, so p - 2 differs in its last byte only.
  largest[largest.length - 1] = 0xfd
  return { prime, smallest: Uint8Array.of(2), largest }
}
