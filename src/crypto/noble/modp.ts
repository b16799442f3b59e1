import { OtrError } from '../../errors.js'
import type { ModpGroup } from '../arithmetic.js'
import { toBytes, toInteger } from '../integer.js'
import { secretBytes } from '../secret.js'

const WINDOW = 5

/** The exponent as digits of WINDOW bits, highest first; their number depends on the exponent's length in bytes only. */
function windows(exponent: Uint8Array): Uint8Array {
  const digits = secretBytes(Math.ceil((exponent.length * 8) / WINDOW))
  let carry = 0
  let bits = 0
  let at = exponent.length - 1
  for (let i = digits.length - 1; i >= 0; i--) {
    if (bits < WINDOW && at >= 0) {
      carry |= (exponent[at--] ?? 0) << bits
      bits += 8
    }
    digits[i] = carry & ((1 << WINDOW) - 1)
    carry >>= WINDOW
    bits -= WINDOW
  }
  return digits
}

/** base^0 .. base^(2^WINDOW - 1) mod modulus. */
function smallPowers(base: bigint, modulus: bigint): bigint[] {
  const powers = [1n]
  for (let i = 1; i < 1 << WINDOW; i++) powers.push(((powers[i - 1] ?? 0n) * base) % modulus)
  return powers
}

/** base^exponent mod modulus by fixed windows: as many multiplications for every exponent of this length. */
function power(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  const powers = smallPowers(base, modulus)
  let result = 1n
  for (const digit of windows(exponent)) {
    for (let i = 0; i < WINDOW; i++) result = (result * result) % modulus
    result = (result * (powers[digit] ?? 0n)) % modulus
  }
  return result % modulus
}

/** a^x * b^y mod modulus, squaring once for both (Straus). */
function doublePower(a: bigint, x: Uint8Array, b: bigint, y: Uint8Array, modulus: bigint): bigint {
  const powersA = smallPowers(a, modulus)
  const powersB = smallPowers(b, modulus)
  const digitsX = windows(x)
  const digitsY = windows(y)
  const length = Math.max(digitsX.length, digitsY.length)
  let result = 1n
  for (let at = -length; at < 0; at++) {
    for (let i = 0; i < WINDOW && result !== 1n; i++) result = (result * result) % modulus
    const digitX = digitsX.at(at) ?? 0
    const digitY = digitsY.at(at) ?? 0
    if (digitX !== 0) result = (result * (powersA[digitX] ?? 0n)) % modulus
    if (digitY !== 0) result = (result * (powersB[digitY] ?? 0n)) % modulus
  }
  return result
}

/** a^-1 mod modulus by Euclid, variable-time; `OTR_INTERNAL` when there is none. */
export function inverse(a: bigint, modulus: bigint): bigint {
  let [r, nextR] = [modulus, a % modulus]
  let [t, nextT] = [0n, 1n]
  while (nextR !== 0n) {
    const quotient = r / nextR
    ;[r, nextR] = [nextR, r - quotient * nextR]
    ;[t, nextT] = [nextT, t - quotient * nextT]
  }
  if (r !== 1n) throw new OtrError('OTR_INTERNAL', 'the number has no inverse')
  return t < 0n ? t + modulus : t
}

/** The Jacobi symbol (a | n) for odd n: 1, -1, or 0 where they share a factor. */
export function jacobi(a: bigint, n: bigint): number {
  let result = 1
  let [top, bottom] = [a % n, n]
  while (top !== 0n) {
    let twos = 0
    for (;;) {
      const low = Number(top & 0xffff_ffffn)
      if (low !== 0) {
        const zeros = 31 - Math.clz32(low & -low)
        top >>= BigInt(zeros)
        twos += zeros
        break
      }
      top >>= 32n
      twos += 32
    }
    const bottom8 = Number(bottom & 7n)
    if ((twos & 1) === 1 && (bottom8 === 3 || bottom8 === 5)) result = -result
    if ((bottom8 & 3) === 3 && Number(top & 3n) === 3) result = -result
    ;[top, bottom] = [bottom % top, top]
  }
  return bottom === 1n ? result : 0
}

const TEETH = 8

/** Powers of the generator prepared for exponents of up to `bits` bits: two combs of TEETH teeth (Lim and Lee). */
class Comb {
  readonly #modulus: bigint
  readonly #columns: number
  readonly #low: bigint[]
  readonly #high: bigint[]

  constructor(generator: bigint, modulus: bigint, bits: number) {
    this.#modulus = modulus
    // An even number of columns, half of them for each of the two tables.
    this.#columns = 2 * Math.ceil(bits / TEETH / 2)
    const half = this.#columns / 2
    this.#low = [1n]
    this.#high = [1n]
    let tooth = generator
    for (let i = 0; i < TEETH; i++) {
      const raised = this.#raise(tooth, half)
      const size = 1 << i
      for (let j = 0; j < size; j++) {
        this.#low.push(((this.#low[j] ?? 0n) * tooth) % modulus)
        this.#high.push(((this.#high[j] ?? 0n) * raised) % modulus)
      }
      tooth = this.#raise(raised, half)
    }
  }

  #raise(value: bigint, squarings: number): bigint {
    let result = value
    for (let i = 0; i < squarings; i++) result = (result * result) % this.#modulus
    return result
  }

  #column(exponent: Uint8Array, column: number): number {
    let digit = 0
    for (let tooth = 0; tooth < TEETH; tooth++) {
      const bit = tooth * this.#columns + column
      const byte = exponent[exponent.length - 1 - (bit >> 3)] ?? 0
      digit |= ((byte >> (bit & 7)) & 1) << tooth
    }
    return digit
  }

  power(exponent: Uint8Array): bigint {
    const half = this.#columns / 2
    let result = 1n
    for (let column = half - 1; column >= 0; column--) {
      result = (result * result) % this.#modulus
      result = (result * (this.#high[this.#column(exponent, column + half)] ?? 0n)) % this.#modulus
      result = (result * (this.#low[this.#column(exponent, column)] ?? 0n)) % this.#modulus
    }
    return result
  }
}

/**
 * A safe-prime group with generator 2 by BigInt. Variable-time: every operation does the same number of multiplications
 * for every exponent of a length, but BigInt's own speed depends on the values. See `ModpGroup` for the contract.
 *
 * @param prime - the safe prime p in hexadecimal
 * @param shortBits - the length of the usual secret exponents in bits (320 in OTRv3, 640 in OTRv4): a table is kept for these,
 *   another for exponents of full length; each is built at its first use
 */
export function nobleModp(prime: string, shortBits: number): ModpGroup {
  const p = BigInt(`0x${prime}`)
  const q = (p - 1n) / 2n
  const byteLength = prime.length / 2
  let shortComb: Comb | undefined
  let longComb: Comb | undefined

  const element = (bytes: Uint8Array): bigint => {
    const value = toInteger(bytes)
    if (bytes.length !== byteLength || value >= p) throw new OtrError('OTR_INTERNAL', 'not an element of the group')
    return value
  }
  const scalar = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length > byteLength) throw new OtrError('OTR_INTERNAL', `an exponent of more than ${byteLength} bytes`)
    return bytes
  }

  return {
    byteLength,
    prime: toBytes(p, byteLength),
    order: toBytes(q, byteLength),
    power: (base, exponent) => toBytes(power(element(base), scalar(exponent), p), byteLength),
    powerOfGenerator: (exponent) => {
      const comb = exponent.length * 8 <= shortBits
        ? (shortComb ??= new Comb(2n, p, shortBits))
        : (longComb ??= new Comb(2n, p, byteLength * 8))
      return toBytes(comb.power(scalar(exponent)), byteLength)
    },
    doublePower: (a, x, b, y) => toBytes(doublePower(element(a), scalar(x), element(b), scalar(y), p), byteLength),
    multiply: (a, b) => toBytes((element(a) * element(b)) % p, byteLength),
    invert: (a) => toBytes(inverse(element(a), p), byteLength),
    inSubgroup: (a) => jacobi(element(a), p) === 1,
    respond: (r, a, c) => {
      const value = (toInteger(scalar(r)) - toInteger(scalar(a)) * toInteger(scalar(c))) % q
      return toBytes(value < 0n ? value + q : value, byteLength)
    },
  }
}

/** `Arithmetic.powerModulo` by BigInt; see there. */
export function noblePowerModulo(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  const m = toInteger(modulus)
  const b = toInteger(base)
  checkModulus(m, modulus)
  if (b >= m) throw new OtrError('OTR_INTERNAL', 'the base must be smaller than the modulus')
  return toBytes(power(b, exponent, m), modulus.length)
}

/** `Arithmetic.respondModulo` by BigInt; see there. */
export function nobleRespondModulo(r: Uint8Array, a: Uint8Array, c: Uint8Array, modulus: Uint8Array): Uint8Array {
  const m = toInteger(modulus)
  checkModulus(m, modulus)
  checkAsLong([r, a, c], modulus)
  const value = (toInteger(r) - toInteger(a) * toInteger(c)) % m
  return toBytes(value < 0n ? value + m : value, modulus.length)
}

/** @throws OtrError `OTR_INTERNAL` for numbers that are not as long as the modulus */
export function checkAsLong(numbers: readonly Uint8Array[], modulus: Uint8Array): void {
  if (numbers.some(({ length }) => length !== modulus.length)) throw new OtrError('OTR_INTERNAL', 'a number that is not as long as the modulus')
}

function checkModulus(m: bigint, { length }: Uint8Array): void {
  if ((m & 1n) === 0n || length > 384) throw new OtrError('OTR_INTERNAL', 'the modulus must be odd and at most 384 bytes')
}

// RFC 3526, sections 2 and 4.
const RFC3526_COMMON =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd' +
  'ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed' +
  'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f' +
  '83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca'

/** The prime of RFC 3526 group 5, 1536 bits, in hexadecimal. */
export const PRIME_1536 = `${RFC3526_COMMON}237327ffffffffffffffff`

/** The prime of RFC 3526 group 15, 3072 bits, in hexadecimal. */
export const PRIME_3072 =
  `${RFC3526_COMMON}18217c32905e462e36ce3be39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695` +
  '5817183995497cea956ae515d2261898fa051015728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458' +
  'dbef0a8aea71575d060c7db3970f85a6e1e4c7abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d9' +
  '8a0864d87602733ec86a64521f2b18177b200cbbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0' +
  'fd108e4b82d120a93ad2caffffffffffffffff'
