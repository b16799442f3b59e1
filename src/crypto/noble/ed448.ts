import { edwards, type EdwardsPoint } from '@noble/curves/abstract/edwards.js'
import { Field } from '@noble/curves/abstract/modular.js'
import { bytesToNumberLE, numberToBytesLE } from '@noble/curves/utils.js'
import { OtrError } from '../../errors.js'
import { equalBytes } from '../compare.js'
import type { Ed448 } from '../arithmetic.js'
import { jacobi } from './modp.js'
import { publicBytes } from '../../wire/public-bytes.js'
import { hexEncode } from '../../wire/bytes.js'

/** The curve of RFC 8032, section 5.2. We do not use noble's own `ed448`: it contains EdDSA and hashes that are not needed here, 2 KiB of a page. */
const p = 2n ** 448n - 2n ** 224n - 1n
const q = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n
const d = p - 39081n
const Gx = 224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710n
const Gy = 298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660n
/** Fields with elements of 57 bytes. */
const wide = { BITS: 456, isLE: true } as const
const Fp = /* @__PURE__ */ Field(p, wide)
const Point = /* @__PURE__ */ edwards({ p, n: q, h: 4n, a: 1n, d, Gx, Gy }, {
  Fp, Fn: Field(q, wide),
  uvRatio: (u, v) => {
    const square = Fp.mul(u, Fp.inv(v))
    const value = squareRoot(square)
    return { isValid: (value * value) % p === square, value }
  },
})
/** The length of a point and of a scalar: 448 bits, and one byte that contains the sign of x in a point, and zero in a scalar. */
const LENGTH = 57
const IDENTITY = publicBytes(LENGTH).fill(1, 0, 1)

/** Any little-endian number, reduced mod q. */
function toScalar(bytes: Uint8Array): bigint {
  if (bytes.length > 2 * LENGTH) throw new OtrError('OTR_INTERNAL', `a scalar of more than ${2 * LENGTH} bytes`)
  return bytes.length === 0 ? 0n : bytesToNumberLE(bytes) % q
}

function fromScalar(value: bigint): Uint8Array {
  const reduced = value % q
  return numberToBytesLE(reduced < 0n ? reduced + q : reduced, LENGTH)
}

/** Strict decoding (RFC 8032, section 5.2.3). Accepts the identity and points of any order: see `isValidPoint`. */
function toPoint(bytes: Uint8Array): EdwardsPoint {
  try {
    return Point.fromBytes(bytes)
  } catch {
    throw new OtrError('OTR_POINT', 'these bytes do not encode a point of Ed448')
  }
}

/** scalar * G for a secret scalar. noble refuses a zero scalar, and blinds multiples of G with the platform's randomness. */
function timesBase(scalar: bigint): EdwardsPoint {
  return scalar === 0n ? Point.ZERO : Point.BASE.multiply(scalar)
}

/** How many points have cached doublings. */
const KEPT = 6
const kept = new Map<string, readonly EdwardsPoint[]>()

/** Returns 16^n * point for each four bits of a scalar. A key exchange multiplies most points several times, so the doublings are cached. */
function windowsOf(point: Uint8Array): readonly EdwardsPoint[] {
  const key = hexEncode(point)
  const known = kept.get(key)
  kept.delete(key)
  const windows: EdwardsPoint[] = []
  if (known === undefined) {
    for (let power = toPoint(point); windows.length < 112; power = power.double().double().double().double()) windows.push(power)
  }
  kept.set(key, known ?? windows)
  const [oldest] = kept.keys()
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest)
  return known ?? windows
}

/** scalar * point, with the same additions for every scalar: each window is added to the sum for its four bits. */
function times(point: Uint8Array, scalar: bigint): EdwardsPoint {
  const bits = numberToBytesLE(scalar, LENGTH)
  const sums = new Array<EdwardsPoint>(16).fill(Point.ZERO)
  windowsOf(point).forEach((window, n) => {
    const digit = ((bits[n >> 1] ?? 0) >> (n % 2 * 4)) & 15
    sums[digit] = (sums[digit] ?? Point.ZERO).add(window)
  })
  let from = Point.ZERO
  let result = Point.ZERO
  for (const sum of sums.slice(1).reverse()) {
    from = from.add(sum)
    result = result.add(from)
  }
  return result
}

/** value^((p + 1) / 4) mod p: a square root of `value` or of `-value`, whichever is a square. */
function squareRoot(value: bigint): bigint {
  // (p + 1) / 4 = 2^446 - 2^222 = (2^224 - 1) * 2^222.
  const squared = (base: bigint, times: number): bigint => {
    let result = base
    for (let i = 0; i < times; i++) result = (result * result) % p
    return result
  }
  let ones = value
  let bits = 1
  // 224 = 0b11100000: doubling the run of ones, and adding one where the bit is set.
  for (const bit of [1, 1, 0, 0, 0, 0, 0]) {
    ones = (squared(ones, bits) * ones) % p
    bits *= 2
    if (bit === 1) {
      ones = (squared(ones, 1) * value) % p
      bits += 1
    }
  }
  return squared(ones, 222)
}

/**
 * Whether the point with this y is on the curve, in the subgroup of prime order q, and not the identity. x is not needed: both
 * signs of x give points of equal order.
 *
 * The curve's group is cyclic of order 4q in its 2-part, so a point P has order dividing q exactly when P = 4R for some point R:
 * when P can be halved, and its half can be halved again (Pornin, eprint 2022/1164, gives the method for many curves).
 *
 * - 1 - y^2 = x^2 (1 - d y^2) on the curve, so both sides' Legendre symbols agree there, and 1 - d y^2 is never 0.
 * - For P = 2 (x1, y1): (1 - y)(1 + y) = (1 - d)(x1 y1)^2 times a square. P can be halved exactly when e = 1 - d y^2 times
 *   (1 - d) is a square; 1 - d itself is none, so the points of order 4 (y = 0) fail here, as they must.
 * - With r = sqrt(e (1 - d)), y1^2 = N / D with N = e + r + d y (1 + y) and D = d (1 + y). The half can be halved exactly when
 *   (1 - d y1^2)(1 - d) is a square. The other root -r belongs to halves that are not rational, where y1^2 becomes
 *   1 / (d y1^2), no square; multiplying the symbol with that of y1^2 makes the verdict the same for both roots.
 */
function inSubgroup(y: bigint): boolean {
  // The identity and the point of order 2, which would make a symbol 0.
  if (y === 1n || y === p - 1n) return false
  const e = (1n + (p - d) * (y * y % p)) % p
  const onCurve = jacobi((((1n + p - y) * (1n + y)) % p) * e, p) === 1
  if (!onCurve) return false
  const square = (e * (1n + p - d)) % p
  const root = squareRoot(square)
  if ((root * root) % p !== square) return false
  const dy1 = (d * (1n + y)) % p
  const n = (e + root + dy1 * y) % p
  // y1^2 (1 - d y1^2) = N (D - d N) / D^2, to be compared with the symbol of 1 - d, which is -1.
  return jacobi((n * ((dy1 + (p - d) * n) % p)) % p, p) === -1
}

/** `Ed448` by `@noble/curves`. Variable-time: BigInt's speed depends on the values. See the interface for the contract. */
export const nobleEd448: Ed448 = {
  generator: Point.BASE.toBytes(),
  order: numberToBytesLE(q, LENGTH),
  isValidPoint: (point) => {
    if (point.length !== LENGTH || ((point[LENGTH - 1] ?? 0) & 0x7f) !== 0) return false
    const y = bytesToNumberLE(point.subarray(0, LENGTH - 1))
    return y < p && inSubgroup(y)
  },
  multiplyBase: (scalar) => timesBase(toScalar(scalar)).toBytes(),
  multiply: (scalar, point) => times(point, toScalar(scalar)).toBytes(),
  multiplyAdd: (a, point, b) => times(point, toScalar(a)).add(timesBase(toScalar(b))).toBytes(),
  multiplyPair: (a, b, point, c, d) => {
    const sum = (x: Uint8Array, y: Uint8Array | undefined): Uint8Array => {
      const product = times(point, toScalar(x))
      return (y === undefined ? product : product.add(timesBase(toScalar(y)))).toBytes()
    }
    return [sum(a, c), sum(b, d)]
  },
  multiplyAddPublic: (a, point, b) => times(point, toScalar(a)).add(Point.BASE.multiplyUnsafe(toScalar(b))).toBytes(),
  multiplyTwoPublic: (a, p, b, q, c) => {
    const sum = times(p, toScalar(a)).add(times(q, toScalar(b)))
    return (c === undefined ? sum : sum.add(timesBase(toScalar(c)))).toBytes()
  },
  add: (a, b) => toPoint(a).add(toPoint(b)).toBytes(),
  subtract: (a, b) => toPoint(a).subtract(toPoint(b)).toBytes(),
  isIdentity: (point) => equalBytes(point, IDENTITY),
  reduceScalar: (bytes) => fromScalar(toScalar(bytes)),
  addScalars: (a, b) => fromScalar(toScalar(a) + toScalar(b)),
  subtractScalars: (a, b) => fromScalar(toScalar(a) - toScalar(b)),
  multiplyScalars: (a, b) => fromScalar(toScalar(a) * toScalar(b)),
}
