import { OtrError } from '../errors.js'
import { hmacSha256 } from './hash.js'
import { bitLength, compareIntegers, minimal, padTo, toBytes, toInteger } from './integer.js'
import { getArithmetic } from './provider.js'
import { randomCopy, type RandomSource } from './random.js'
import { compareBytes, isZero, wipe } from './compare.js'
import { secretBytes } from './secret.js'
import { publicBytes, publicOf } from '../wire/public-bytes.js'

/** DSA domain parameters (FIPS 186-4, 4.1): a prime p, a prime q that divides p - 1, and g of order q. Big-endian, minimal. */
export interface DsaParameters {
  /** The modulus: 128 bytes in a key of 1024 bits. */
  readonly p: Uint8Array
  /** The order of g: 20 bytes in a key of 1024 bits. */
  readonly q: Uint8Array
  /** The generator: as many bytes as p, or fewer. */
  readonly g: Uint8Array
}

/** A DSA public key: y = g^x mod p, big-endian, minimal. Check one from outside with `validateDsaPublicKey`. */
export interface DsaPublicKey extends DsaParameters {
  /** g^x mod p: as many bytes as p, or fewer. */
  readonly y: Uint8Array
}

/** A DSA private key with its public part: x is from 1 to q - 1, big-endian, minimal. */
export interface DsaPrivateKey extends DsaPublicKey {
  /** The private exponent, big-endian without leading zeros: at most 20 bytes in a key of 1024 bits. Secret. */
  readonly x: Uint8Array
}

/** Whether `1 <= x < q`, in time that depends on their lengths only. */
function isSecretScalar(x: Uint8Array, q: Uint8Array): boolean {
  const length = Math.max(x.length, q.length)
  const [number, limit] = [secretBytes(length), secretBytes(length)]
  number.set(x, length - x.length)
  limit.set(q, length - q.length)
  const inRange = !isZero(number) && compareBytes(number, limit) < 0
  wipe(number)
  return inRange
}

/** The length of r and of s in a signature: that of q, 20 bytes for every key that libotr makes. */
export function dsaScalarLength(key: DsaParameters): number {
  return minimal(key.q).length
}

/**
 * Makes a nonce in [1, q - 1] from a hash of the random bytes, the key and the message. So even a source that repeats itself never signs two
 * messages with one nonce, which would reveal the private key. Numbers out of range are drawn again, so the nonce is uniform. It is never a
 * BigInt, which cannot be wiped.
 */
function hedgedNonce(x: Uint8Array, message: Uint8Array, seed: Uint8Array, attempt: number, q: Uint8Array): Uint8Array {
  const unusedBits = 8 * q.length - bitLength(q)
  const nonce = secretBytes(q.length)
  // Each draw is in range with a probability of one half at least.
  for (let draw = 0; draw < 128; draw++) {
    for (let at = 0; at < nonce.length; at += 32) {
      const block = hmacSha256(x, publicOf(attempt, draw, at), seed, message)
      nonce.set(block.subarray(0, nonce.length - at), at)
      wipe(block)
    }
    nonce[0] = (nonce[0] ?? 0) & (0xff >> unusedBits)
    if (isSecretScalar(nonce, q)) return nonce
  }
  throw new OtrError('OTR_INTERNAL', 'the DSA key gives no nonce')
}

/**
 * Signs `bytes` as one big-endian integer mod q, neither hashed nor truncated, as libotr does with the 32-byte MAC of the AKE and as
 * OTRv4's transitional signature needs. (FIPS 186 would take the leftmost bits.)
 *
 * @param random - supplies 32 bytes for the nonce, and 32 more for blinding
 * @returns r || s, each as long as q: 40 bytes for a 160-bit q
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function dsaSign(key: DsaPrivateKey, bytes: Uint8Array, random: RandomSource): Uint8Array {
  const length = dsaScalarLength(key)
  if (((key.q.at(-1) ?? 0) & 1) === 0 || !isSecretScalar(key.x, key.q)) throw new OtrError('OTR_INTERNAL', 'not a DSA private key')
  const x = padTo(key.x, length)
  try {
    return sign(key, x, bytes, random)
  } finally {
    wipe(x)
  }
}

function sign(key: DsaPrivateKey, x: Uint8Array, bytes: Uint8Array, random: RandomSource): Uint8Array {
  const arithmetic = getArithmetic()
  const [modulus, order] = [minimal(key.p), minimal(key.q)]
  const { length } = order
  const q = toInteger(order)
  const zero = publicBytes(length)
  const minusHash = toBytes((q - toInteger(bytes) % q) % q, length)
  const exponentOfInverse = toBytes(q - 2n, length)
  /** -a * b mod q */
  const minusProduct = (a: Uint8Array, b: Uint8Array): Uint8Array => arithmetic.respondModulo(zero, a, b, order)
  // r or s is 0 once in 2^159.
  for (let attempt = 0; attempt < 8; attempt++) {
    const seed = randomCopy(random, 32)
    const nonce = hedgedNonce(x, bytes, seed, attempt, order)
    // The blind is no nonce, but a source that repeats itself must not produce the same blind twice either.
    const blindSeed = randomCopy(random, 32)
    const blind = hedgedNonce(nonce, bytes, blindSeed, attempt, order)
    const commitment = arithmetic.powerModulo(padTo(key.g, modulus.length), nonce, modulus)
    const r = toInteger(commitment) % q
    // s = k^-1 (h + x r). Where the arithmetic is variable-time, it inverts and multiplies secrets only with the blind b:
    // (-k b)^-1 = -1 / (k b), and h b - (-x b) r = b (h + x r).
    const blindedNonce = minusProduct(nonce, blind)
    const inverse = arithmetic.powerModulo(blindedNonce, exponentOfInverse, order)
    const [blindedHash, blindedKey] = [minusProduct(minusHash, blind), minusProduct(x, blind)]
    const sum = arithmetic.respondModulo(blindedHash, blindedKey, toBytes(r, length), order)
    const s = toInteger(minusProduct(inverse, sum))
    wipe(seed, blindSeed, nonce, blind, blindedNonce, inverse, blindedHash, blindedKey, sum)
    if (r !== 0n && s !== 0n) {
      const signature = publicBytes(2 * length)
      signature.set(toBytes(r, length), 0)
      signature.set(toBytes(s, length), length)
      return signature
    }
  }
  throw new OtrError('OTR_INTERNAL', 'the DSA key gives no signature')
}

/**
 * Whether `signature` (r || s, each as long as q) is the key's over `bytes` as one big-endian integer mod q. Never throws,
 * whatever the signature or message. The caller has checked the key with `validateDsaPublicKey`.
 */
export function dsaVerify(key: DsaPublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const arithmetic = getArithmetic()
  const length = dsaScalarLength(key)
  if (length === 0 || signature.length !== 2 * length) return false
  const p = toInteger(key.p)
  const q = toInteger(key.q)
  const r = toInteger(signature.subarray(0, length))
  const s = toInteger(signature.subarray(length))
  if (r === 0n || r >= q || s === 0n || s >= q) return false
  const modulusOfScalars = minimal(key.q)
  const w = toInteger(arithmetic.powerModulo(toBytes(s, length), toBytes(q - 2n, length), modulusOfScalars))
  const u1 = toBytes((toInteger(bytes) * w) % q, length)
  const u2 = toBytes((r * w) % q, length)
  const modulus = minimal(key.p)
  const a = arithmetic.powerModulo(padTo(key.g, modulus.length), u1, modulus)
  const b = arithmetic.powerModulo(padTo(key.y, modulus.length), u2, modulus)
  return ((toInteger(a) * toInteger(b)) % p) % q === r
}

/** The sizes that are accepted, in bits. libotr makes 1024 and 160; FIPS 186-4 allows 224 and 256 for q, and up to 3072 for p. */
export const DSA_LIMITS = { minP: 1024, maxP: 3072, minQ: 160, maxQ: 256 } as const

/**
 * Checks parameters and public key from outside: the sizes (`DSA_LIMITS`), q | p - 1, g and y of order q and neither 0 nor 1.
 * It does not test whether p and q are prime: if they are not, their owner has only weakened their own key.
 *
 * @returns nothing when the key may be used
 * @throws OtrError `OTR_DSA_KEY`, with what is wrong. From a peer: refuse the handshake message
 */
export function validateDsaPublicKey(key: DsaPublicKey): void {
  const wrong = (what: string): OtrError => new OtrError('OTR_DSA_KEY', `bad DSA key: ${what}`)
  const bitsP = bitLength(key.p)
  const bitsQ = bitLength(key.q)
  if (bitsP < DSA_LIMITS.minP || bitsP > DSA_LIMITS.maxP) throw wrong(`p has ${bitsP} bits`)
  if (bitsQ < DSA_LIMITS.minQ || bitsQ > DSA_LIMITS.maxQ) throw wrong(`q has ${bitsQ} bits`)
  const p = toInteger(key.p)
  const q = toInteger(key.q)
  if ((p & 1n) === 0n || (q & 1n) === 0n) throw wrong('p or q is even')
  if ((p - 1n) % q !== 0n) throw wrong('q does not divide p - 1')
  const modulus = minimal(key.p)
  const order = minimal(key.q)
  for (const [name, value] of [['g', key.g], ['y', key.y]] as const) {
    const element = toInteger(value)
    if (element <= 1n || element >= p - 1n) throw wrong(`${name} is out of range`)
    if (toInteger(getArithmetic().powerModulo(padTo(value, modulus.length), order, modulus)) !== 1n) throw wrong(`${name} is not of order q`)
  }
}

/**
 * Checks a private key from a file: its public part as `validateDsaPublicKey`, `1 <= x < q`, and `y = g^x mod p`.
 *
 * @throws OtrError `OTR_DSA_KEY`, with what is wrong, never the key
 */
export function validateDsaPrivateKey(key: DsaPrivateKey): void {
  validateDsaPublicKey(key)
  if (!isSecretScalar(key.x, key.q)) throw new OtrError('OTR_DSA_KEY', 'bad DSA key: x is out of range')
  const { y } = deriveDsaPublicKey(key, key.x)
  if (compareIntegers(y, key.y) !== 0) throw new OtrError('OTR_DSA_KEY', 'bad DSA key: x and y do not belong together')
}

/** The public key of the private number x (`1 <= x < q`): y = g^x mod p. */
export function deriveDsaPublicKey(parameters: DsaParameters, x: Uint8Array): DsaPublicKey {
  const modulus = minimal(parameters.p)
  const exponent = padTo(x, dsaScalarLength(parameters))
  const y = minimal(getArithmetic().powerModulo(padTo(parameters.g, modulus.length), exponent, modulus))
  wipe(exponent)
  return { p: modulus, q: minimal(parameters.q), g: minimal(parameters.g), y }
}
