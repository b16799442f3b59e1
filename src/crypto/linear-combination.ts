import { padTo } from './integer.js'
import { getArithmetic } from './provider.js'
import { publicBytes } from '../wire/public-bytes.js'

/**
 * Sums of multiples and products of powers of public values, for proofs about many keys at once. Variable-time: never for secrets.
 */

/** sum of scalars[n] * points[n] on Ed448: 57 bytes. Points must have passed `isValidEcdh`. */
export function sumOfMultiples(scalars: readonly Uint8Array[], points: readonly Uint8Array[]): Uint8Array {
  const { ed448 } = getArithmetic()
  let sum: Uint8Array = IDENTITY
  for (let n = 0; n < points.length; n += 2) {
    const [p = IDENTITY, q] = points.slice(n, n + 2)
    const [a = ZERO, b = ZERO] = scalars.slice(n, n + 2)
    sum = ed448.add(sum, q === undefined ? ed448.multiply(a, p) : ed448.multiplyTwoPublic(a, p, b, q))
  }
  return sum
}

/** product of bases[n]^exponents[n] in the 3072-bit group: 384 bytes. Bases must have passed `isValidDh3072`; all big-endian. */
export function productOfPowers(exponents: readonly Uint8Array[], bases: readonly Uint8Array[]): Uint8Array {
  const group = getArithmetic().modp3072
  return bases.map((base, n) => group.power(padTo(base, group.byteLength), exponents[n] ?? ZERO))
    .reduce((product, power) => group.multiply(product, power), padTo(Uint8Array.of(1), group.byteLength))
}

/** 2^v / divisor in the 3072-bit group: 384 bytes. */
export function powerOfGeneratorOver(v: Uint8Array, divisor: Uint8Array): Uint8Array {
  const group = getArithmetic().modp3072
  return group.multiply(group.power(padTo(Uint8Array.of(2), group.byteLength), v), group.invert(divisor))
}

const ZERO = Uint8Array.of(0)
const IDENTITY = publicBytes(57).fill(1, 0, 1)
