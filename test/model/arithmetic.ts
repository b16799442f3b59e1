import { deriveDsaPublicKey, getArithmetic, type DsaPrivateKey } from '../../src/crypto/index.js'
import type { Arithmetic, Ed448 } from '../../src/crypto/arithmetic.js'
import { padTo, toBytes, toInteger } from '../../src/crypto/integer.js'
import { inverse } from '../../src/crypto/noble/modp.js'
import { rfc6979Key } from '../support/dsa.js'
import { toyArithmetic } from '../support/toy-arithmetic.js'

/*
 * The arithmetic of the model check: the toy groups, which are fast and in which every equation of the protocols holds, and DSA in the
 * real group with powers from a table: every base that the check raises is a power of g that it made itself. Hashes and ciphers are
 * the real ones, in WebAssembly if the engine has it.
 */

const p = toInteger(rfc6979Key.p)
const q = toInteger(rfc6979Key.q)
const g = toInteger(rfc6979Key.g)
const lengthP = rfc6979Key.p.length
const lengthQ = rfc6979Key.q.length

/** g^(256^row * digit) for every byte of an exponent. */
const rows: bigint[][] = []

function powersOfG(): bigint[][] {
  if (rows.length > 0) return rows
  let base = g
  for (let at = 0; at < lengthQ; at++) {
    const row = [1n]
    for (let digit = 1; digit < 256; digit++) row.push((row[digit - 1]! * base) % p)
    rows.push(row)
    base = (row[255]! * base) % p
  }
  return rows
}

function powerOfG(exponent: bigint): Uint8Array {
  const bytes = toBytes(exponent, lengthQ)
  let result = 1n
  for (const [row, powers] of powersOfG().entries()) result = (result * powers[bytes[lengthQ - 1 - row]!]!) % p
  return toBytes(result, lengthP)
}

/** The logarithms to the base g of all numbers that are ever raised to a power. */
const logarithms = new Map<string, bigint>([[keyOf(rfc6979Key.g), 1n]])

function keyOf(base: Uint8Array): string {
  return Buffer.from(padTo(base, lengthP)).toString('latin1')
}

/** A DSA key in the group of RFC 6979 whose number is small. From now on the arithmetic knows it. */
export function numberedDsaKey(number: number): DsaPrivateKey {
  const x = Uint8Array.of(9, number)
  const key = { ...deriveDsaPublicKey(rfc6979Key, x), x }
  logarithms.set(keyOf(key.y), toInteger(x))
  return key
}

function powerModulo(base: Uint8Array, exponent: Uint8Array, modulus: Uint8Array): Uint8Array {
  if (modulus.length === lengthQ && toInteger(exponent) === q - 2n) return toBytes(inverse(toInteger(base), q), lengthQ)
  const log = modulus.length === lengthP ? logarithms.get(keyOf(base)) : undefined
  return log === undefined ? toyArithmetic.powerModulo(base, exponent, modulus) : powerOfG((log * toInteger(exponent)) % q)
}

const scalars = toyArithmetic.ed448

/** Not 1: as in the real group, a public key must not have the same bytes as its private key. */
const generator = Uint8Array.of(5, ...new Uint8Array(56))

const ed448: Ed448 = {
  ...scalars,
  generator,
  multiplyBase: (scalar) => scalars.multiplyScalars(scalar, generator),
  multiplyAdd: (a, point, b) => scalars.addScalars(scalars.multiplyScalars(a, point), scalars.multiplyScalars(b, generator)),
  multiplyAddPublic: (a, point, b) => scalars.addScalars(scalars.multiplyScalars(a, point), scalars.multiplyScalars(b, generator)),
  multiplyPair: (a, b, point, c, d) => [plusBase(scalars.multiplyScalars(a, point), c), plusBase(scalars.multiplyScalars(b, point), d)],
  multiplyTwoPublic: (a, one, b, other, c) =>
    plusBase(scalars.addScalars(scalars.multiplyScalars(a, one), scalars.multiplyScalars(b, other)), c),
}

function plusBase(point: Uint8Array, scalar: Uint8Array | undefined): Uint8Array {
  return scalar === undefined ? point : scalars.addScalars(point, scalars.multiplyScalars(scalar, generator))
}

/** See above. `real`: the arithmetic whose hashes and ciphers it uses. */
export function modelArithmetic(real: Arithmetic = getArithmetic()): Arithmetic {
  return {
    ...toyArithmetic,
    // Says which ciphers version 3 takes.
    name: real.name,
    ed448,
    powerModulo,
    shake256: (parts, length) => real.shake256(parts, length),
    chacha20: (key, data) => real.chacha20(key, data),
    chainStep: (chainKey) => real.chainStep(chainKey),
  }
}
