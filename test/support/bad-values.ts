import { ed448 as noble } from '@noble/curves/ed448.js'
import { generateEcdh } from '../../src/crypto/ecdh.js'
import { minimal, toBytes, toInteger } from '../../src/crypto/integer.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { seededRandom } from './seeded.js'

const { Point } = noble
const p = Point.Fp.ORDER
/** The order of Ed448's subgroup. */
export const ed448Order = Point.Fn.ORDER

export const little = (value: bigint): Uint8Array => toBytes(value, 57).reverse()
export const fromLittle = (bytes: Uint8Array): bigint => toInteger(Uint8Array.from(bytes).reverse())
export const withSign = (point: Uint8Array): Uint8Array => point.map((byte, i) => i === 56 ? byte ^ 0x80 : byte)
const valid = generateEcdh(seededRandom('bad values')).publicKey
const order4 = Point.fromAffine({ x: 1n, y: 0n })

/** 57 bytes that encode no point. */
export function offTheCurve(): Uint8Array {
  for (let y = 2n; ; y++) {
    try {
      Point.fromBytes(little(y))
    } catch {
      return little(y)
    }
  }
}

type Named = readonly [name: string, bytes: Uint8Array]

/** The points of order 1, 2 and 4, with either sign. */
export const smallOrderPoints: readonly Named[] = [
  ['zeros: a point of order 4', new Uint8Array(57)],
  ['the identity', little(1n)],
  ['the identity with a sign', withSign(little(1n))],
  ['the point of order 2', little(p - 1n)],
  ['the point of order 2 with a sign', withSign(little(p - 1n))],
  ['a point of order 4', order4.toBytes()],
  ['the other point of order 4', order4.negate().toBytes()],
]

/** 57 bytes each that no peer may accept as a public key. */
export const badPoints: readonly Named[] = [
  ...smallOrderPoints,
  ['y = p', little(p)],
  ['y = p + 1, the identity again', little(p + 1n)],
  ['y = 2^448 - 1', little((1n << 448n) - 1n)],
  ['all ones', new Uint8Array(57).fill(255)],
  ['bits between y and the sign', valid.map((byte, i) => i === 56 ? byte | 0x01 : byte)],
  ['off the curve', offTheCurve()],
  ['a valid point plus one of order 2', Point.fromBytes(valid).add(order4.double()).toBytes()],
  ['a valid point plus one of order 4', Point.fromBytes(valid).add(order4).toBytes()],
]

const group = nobleArithmetic.modp3072
const dhPrime = toInteger(group.prime)
const number = (value: bigint): Uint8Array => minimal(toBytes(value, 385))

function nonResidue(): bigint {
  for (let x = 3n; ; x++) if (!group.inSubgroup(toBytes(x, 384))) return x
}

/** Numbers that no peer may accept as a DH public key. */
export const badNumbers: readonly Named[] = [
  ['0', new Uint8Array(0)],
  ['1', number(1n)],
  ['p - 1', number(dhPrime - 1n)],
  ['p', number(dhPrime)],
  ['p + 1', number(dhPrime + 1n)],
  ['p + 4', number(dhPrime + 4n)],
  ['a non-residue', number(nonResidue())],
  ['-4 mod p, not of order q', number(dhPrime - 4n)],
]

/** a^-1 mod q, 57 bytes little-endian, for a != 0 mod q. */
export const inverseScalar = (a: Uint8Array): Uint8Array => little(Point.Fn.inv(Point.Fn.create(fromLittle(a))))
