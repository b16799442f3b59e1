import { littleEndian, mod, power, toLittleEndian } from './bytes.js'
import { shake256 } from './kdf.js'

/*
 * Ed448-Goldilocks: x^2 + y^2 = 1 - 39081 x^2 y^2, in projective coordinates (X : Y : Z). "Elliptic Curve Parameters", "Encoding and
 * Decoding", "Verifying that a point is on the curve".
 */

const p = 2n ** 448n - 2n ** 224n - 1n
const d = -39081n
export const q = 2n ** 446n - 13818066809895115352007386748515426880336692474882178609894547503885n

export interface Point {
  readonly x: bigint
  readonly y: bigint
  readonly z: bigint
}

const identity: Point = { x: 0n, y: 1n, z: 1n }

export const G: Point = {
  x: 224580040295924300187604334099896036246789641632564134246125461686950415467406032909029192869357953282578032075146446173674602635247710n,
  y: 298819210078481492676017930443930673437544040154080242095928241372331506189835876003536878655418784733982303233503462500531545062832660n,
  z: 1n,
}

/** The complete addition law of a curve with a = 1. */
export function add(a: Point, b: Point): Point {
  const zz = mod(a.z * b.z, p)
  const zz2 = mod(zz * zz, p)
  const xx = mod(a.x * b.x, p)
  const yy = mod(a.y * b.y, p)
  const cross = mod(d * xx * yy, p)
  const minus = mod(zz2 - cross, p)
  const plus = mod(zz2 + cross, p)
  return {
    x: mod(zz * minus * ((a.x + a.y) * (b.x + b.y) - xx - yy), p),
    y: mod(zz * plus * (yy - xx), p),
    z: mod(minus * plus, p),
  }
}

const negate = (a: Point): Point => ({ x: mod(-a.x, p), y: a.y, z: a.z })
export const subtract = (a: Point, b: Point): Point => add(a, negate(b))

export function multiply(scalar: bigint, point: Point): Point {
  let result = identity
  for (let double = point, s = scalar; s > 0n; s >>= 1n, double = add(double, double)) if ((s & 1n) === 1n) result = add(result, double)
  return result
}

export const equal = (a: Point, b: Point): boolean => mod(a.x * b.z - b.x * a.z, p) === 0n && mod(a.y * b.z - b.y * a.z, p) === 0n

/** POINT: 57 bytes. */
export function encode(point: Point): Uint8Array {
  const inverse = power(point.z, p - 2n, p)
  const x = mod(point.x * inverse, p)
  const y = mod(point.y * inverse, p)
  return toLittleEndian(y + ((x & 1n) << 455n), 57)
}

/** Decodes a point of 57 bytes, and validates it, as the specification says. @throws Error if it is not valid */
export function decode(bytes: Uint8Array): Point {
  if (bytes.length !== 57) throw new Error('a POINT has 57 bytes')
  const all = littleEndian(bytes)
  const sign = (all >> 455n) & 1n
  const y = all & ((1n << 455n) - 1n)
  if (y >= p) throw new Error('y is not below p')
  const numerator = mod(y * y - 1n, p)
  const denominator = mod(d * y * y - 1n, p)
  const inside = mod(numerator ** 5n * denominator ** 3n, p)
  let x = mod(numerator ** 3n * denominator * power(inside, (p - 3n) / 4n, p), p)
  if (mod(denominator * x * x - numerator, p) !== 0n) throw new Error('no such point')
  if (x === 0n && sign === 1n) throw new Error('the sign of 0')
  if ((x & 1n) !== sign) x = p - x
  const point = { x, y, z: 1n }
  if (equal(point, identity)) throw new Error('the identity')
  if (!equal(multiply(q, point), identity)) throw new Error('not of order q')
  return point
}

/** A secret scalar of 57 random bytes: hashed, pruned. "generateECDH()", "Public keys, Shared Prekeys, Forging keys and Fingerprints". */
export function secretScalar(random: Uint8Array): bigint {
  const h = shake256(random, 114).slice(0, 57)
  h[0] = h[0]! & 0xfc
  h[56] = 0
  h[55] = h[55]! | 0x80
  return littleEndian(h)
}

/** EdDSA over Ed448, verified: RFC 8032, 5.2.7, with an empty context. */
export function eddsaVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const R = decode(signature.slice(0, 57))
  const S = littleEndian(signature.slice(57))
  if (S >= q) return false
  const prefix = Buffer.concat([Buffer.from('SigEd448'), Buffer.from([0, 0])])
  const k = littleEndian(shake256(Buffer.concat([prefix, signature.slice(0, 57), publicKey, message]), 114))
  return equal(multiply(S, G), add(R, multiply(mod(k, q), decode(publicKey))))
}
