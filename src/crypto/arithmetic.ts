import type { Secret } from './secret.js'

/**
 * The arithmetic that the protocols need, behind one interface, so that implementations can be exchanged without changes elsewhere. All
 * values are byte strings: a secret in a `Uint8Array` can be wiped, one in a BigInt cannot.
 *
 * There are two: `noble` (`@noble/curves` and BigInt; variable-time) and `wasm` (constant-time). `getArithmetic()` in `provider.ts`
 * returns the one in use.
 */
export interface Arithmetic {
  readonly name: 'noble' | 'wasm'
  /** Whether the time of operations on secrets is independent of the secrets. */
  readonly constantTime: boolean
  /** OTRv3's group: RFC 3526 group 5, 1536 bits, generator 2. */
  readonly modp1536: ModpGroup
  /** OTRv4's group: RFC 3526 group 15, 3072 bits, generator 2. */
  readonly modp3072: ModpGroup
  readonly ed448: Ed448
  /**
   * base^exponent mod modulus for DSA. The modulus is odd, at most 384 bytes, public; base and exponent may be secret. All three are
   * big-endian; `base < modulus`. The result has the modulus' length. Time depends on the lengths of exponent and modulus only.
   */
  powerModulo(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array
  /**
   * r - a * c mod modulus for DSA, where all but the modulus may be secret. The modulus is as for `powerModulo`. The other numbers are less than
   * it. They have its length, and so has the result.
   */
  respondModulo(r: Uint8Array, a: Uint8Array, c: Uint8Array, modulus: Uint8Array): Uint8Array
  /** SHAKE-256 (FIPS 202) over the concatenation of `parts`: `length` bytes, in an array that `allocate` makes, by default one for a secret. */
  shake256(parts: readonly Uint8Array[], length: number, allocate?: (length: number) => Uint8Array): Uint8Array
  /** ChaCha20 (RFC 7539) with a key of 32 bytes, nonce 0, from block 0 on. Returns a new array; `allocate` as for `shake256`. */
  chacha20(key: Uint8Array, data: Uint8Array, allocate?: (length: number) => Uint8Array): Uint8Array
  /** The four SHAKE-256 outputs that every message of version 4 derives from its chain key of 64 bytes, in one call. Use `chainStep` of `kdf.ts`. */
  chainStep(chainKey: Uint8Array): ChainStep
}

/** The keys of one message, and the chain key after it: 64 bytes each. */
export interface ChainStep {
  /** MKenc. */
  readonly mkEnc: Secret
  /** The base of the extra symmetric keys. */
  readonly extraBase: Secret
  /** MKmac. */
  readonly mkMac: Secret
  readonly nextChainKey: Secret
}

/**
 * The hash and the cipher for the messages of version 3. They are separate from the rest, so that a program with version 4 alone need not load
 * them. Use `hash.ts` and `aes.ts`, which check lengths.
 */
export interface V3Ciphers {
  /** Whether time is independent of secrets. */
  readonly constantTime: boolean
  /** SHA-1 (FIPS 180-4) over the concatenation of `parts`: 20 bytes. */
  sha1(parts: readonly Uint8Array[]): Uint8Array
  /** HMAC-SHA-1 (RFC 2104) under a key of any length. */
  hmacSha1(key: Uint8Array): KeyedMac
  /** AES-128 (FIPS 197) under a key of 16 bytes. */
  aes128(key: Uint8Array): KeyedCipher
}

/** A MAC with its key absorbed: as secret as the key. */
export interface KeyedMac {
  /** The MAC of the concatenation of `parts`: 20 bytes. */
  of(parts: readonly Uint8Array[]): Uint8Array
  /** Overwrites what was derived from the key. Do not use it again. */
  wipe(): void
}

/** A block cipher with its key expanded: as secret as the key. */
export interface KeyedCipher {
  /** Counter mode: `counter` is the first block of 16 bytes, counted up as one big-endian number. Returns an array that `allocate` makes, by default one for a secret. */
  counterMode(counter: Uint8Array, data: Uint8Array, allocate?: (length: number) => Uint8Array): Uint8Array
  /** Overwrites the round keys. Do not use it again. */
  wipe(): void
}

/**
 * A safe-prime group: p = 2q + 1, generator of the subgroup of prime order q. Group elements are big-endian, exactly `byteLength`
 * bytes, and must be less than p (else `OTR_INTERNAL`: callers check what came from the network first). Exponents are big-endian, of any
 * length up to `byteLength`; their length is public, their value is not.
 */
export interface ModpGroup {
  readonly byteLength: number
  /** The prime p, big-endian. Not a copy: do not write to it. */
  readonly prime: Uint8Array
  /** q = (p - 1) / 2, big-endian, `byteLength` bytes. */
  readonly order: Uint8Array
  /** base^exponent mod p, secret exponent. */
  power(base: Uint8Array, exponent: Uint8Array): Uint8Array
  /** 2^exponent mod p, secret exponent, usually faster than `power`. */
  powerOfGenerator(exponent: Uint8Array): Uint8Array
  /** a^x * b^y mod p for public values only (verification of proofs); variable-time. */
  doublePower(a: Uint8Array, x: Uint8Array, b: Uint8Array, y: Uint8Array): Uint8Array
  /** a * b mod p. */
  multiply(a: Uint8Array, b: Uint8Array): Uint8Array
  /** a^-1 mod p, a != 0. Public a; variable-time. */
  invert(a: Uint8Array): Uint8Array
  /** Whether a is a member of the subgroup of order q: the Jacobi symbol (a | p) is 1. Public a; variable-time. */
  inSubgroup(a: Uint8Array): boolean
  /** r - a * c mod q: the response of a Schnorr proof. Inputs big-endian, any length up to `byteLength`; result `byteLength` bytes. */
  respond(r: Uint8Array, a: Uint8Array, c: Uint8Array): Uint8Array
}

/**
 * The prime-order subgroup of Ed448-Goldilocks (RFC 8032 encodings). Points are 57 bytes, scalars 57 bytes little-endian.
 * For points that do not decode (non-canonical, off the curve), operations fail with the code `OTR_POINT`. Callers must check every point from
 * the network with `isValidPoint` before they use it as a public key.
 */
export interface Ed448 {
  /** The base point G. */
  readonly generator: Uint8Array
  /** The group order q, 57 bytes little-endian. */
  readonly order: Uint8Array
  /** Canonical, on the curve, not the identity, and in the prime-order subgroup. Public input; never throws, whatever the length. */
  isValidPoint(point: Uint8Array): boolean
  /** scalar * G, secret scalar; scalar is reduced mod q. */
  multiplyBase(scalar: Uint8Array): Uint8Array
  /** scalar * point, secret scalar; scalar is reduced mod q. `point` must be torsion-free. A zero scalar gives the identity. */
  multiply(scalar: Uint8Array, point: Uint8Array): Uint8Array
  /** a * P + b * G, secret scalars. */
  multiplyAdd(a: Uint8Array, point: Uint8Array, b: Uint8Array): Uint8Array
  /** a * P + b * G for public scalars (verification); variable-time. */
  multiplyAddPublic(a: Uint8Array, point: Uint8Array, b: Uint8Array): Uint8Array
  /** a * P + c * G and b * P + d * G; without c and d, a * P and b * P. Faster than two separate calls. Secret scalars. */
  multiplyPair(a: Uint8Array, b: Uint8Array, point: Uint8Array, c?: Uint8Array, d?: Uint8Array): readonly [Uint8Array, Uint8Array]
  /** a * P + b * Q + c * G, or a * P + b * Q without c, for public scalars (verification); variable-time. */
  multiplyTwoPublic(a: Uint8Array, p: Uint8Array, b: Uint8Array, q: Uint8Array, c?: Uint8Array): Uint8Array
  /** P + Q. */
  add(p: Uint8Array, q: Uint8Array): Uint8Array
  /** P - Q. */
  subtract(p: Uint8Array, q: Uint8Array): Uint8Array
  /** Whether the bytes are the identity point's encoding. */
  isIdentity(point: Uint8Array): boolean
  /** A little-endian number of up to 114 bytes, reduced mod q: 57 bytes. */
  reduceScalar(bytes: Uint8Array): Uint8Array
  /** a + b mod q. */
  addScalars(a: Uint8Array, b: Uint8Array): Uint8Array
  /** a - b mod q. */
  subtractScalars(a: Uint8Array, b: Uint8Array): Uint8Array
  /** a * b mod q. */
  multiplyScalars(a: Uint8Array, b: Uint8Array): Uint8Array
}
