import { getArithmetic } from '../../crypto/index.js'
import { minimalBigEndian } from '../../wire/index.js'

/** A public value that nobody may accept, and what is wrong with it. */
export interface BadValue {
  /** In lower case with hyphens, for an id. */
  readonly id: string
  /** As in "a first ECDH key that is ...". */
  readonly what: string
  readonly value: Uint8Array
}

const point = (first: number, ...others: readonly (readonly [at: number, byte: number])[]): Uint8Array => {
  const bytes = new Uint8Array(57)
  bytes[0] = first
  for (const [at, byte] of others) bytes[at] = byte
  return bytes
}

/** y = -1, order 2: p - 1, little-endian. */
function minusOne(): Uint8Array {
  const bytes = new Uint8Array(57).fill(0xff, 0, 56)
  bytes[0] = 0xfe
  bytes[28] = 0xfe
  return bytes
}

/** Points that are no public keys. */
export function badPoints(): readonly BadValue[] {
  return [
    { id: 'identity', what: 'the identity', value: point(1) },
    { id: 'order-2', what: 'a point of order 2', value: minusOne() },
    { id: 'order-4', what: 'a point of order 4', value: point(0) },
    { id: 'not-on-curve', what: 'not on the curve', value: offCurve() },
    { id: 'not-canonical', what: 'not encoded canonically', value: new Uint8Array(57).fill(0xff, 0, 56) },
  ]
}

/** A small y that no point has. */
function offCurve(): Uint8Array {
  const { ed448 } = getArithmetic()
  for (let y = 2; y < 256; y++) {
    // Either of two neighbours in a row is a point of full order, or none: small orders have other values of y.
    if (!ed448.isValidPoint(point(y)) && !ed448.isValidPoint(cleared(point(y)))) return point(y)
  }
  throw new Error('every small y has a point')
}

/** With the sign of the other x. */
function cleared(bytes: Uint8Array): Uint8Array {
  const other = bytes.slice()
  other[56] = 0x80
  return other
}

/** Numbers that are no DH keys of the group of 3072 bits, big-endian. */
export function badDhKeys(): readonly BadValue[] {
  const { prime } = getArithmetic().modp3072
  const below = (by: number): Uint8Array => {
    const value = prime.slice()
    value[value.length - 1] = (value.at(-1) ?? 0) - by
    return minimalBigEndian(value)
  }
  return [
    { id: 'zero', what: '0', value: new Uint8Array(0) },
    { id: 'one', what: '1', value: Uint8Array.of(1) },
    { id: 'minus-one', what: 'p - 1', value: below(1) },
    { id: 'prime', what: 'p', value: below(0) },
    // p = 7 mod 8: 2 is a square, and -1 is none.
    { id: 'outside', what: 'outside of the subgroup', value: below(2) },
  ]
}
