// The group of Ed448: x^2 + y^2 = 1 + d x^2 y^2 with d = -39081, in extended coordinates (X : Y : Z : T), T = X Y / Z, four elements.
// The formulas are complete: they hold for all points, including the identity, so no case of a secret point needs to be distinguished.

import { BASE_TABLE, WORKSHOP } from './memory'
import * as field from './field'
import * as simd from './point-simd'
import * as scalar from './scalar'

const ELEMENT = field.ELEMENT
export const POINT: usize = 4 * ELEMENT
const Y: usize = ELEMENT
const Z: usize = 2 * ELEMENT
const T: usize = 3 * ELEMENT

const D: i64 = -39081

/** Scratch memory that the functions here need, partly secret. The caller provides it once. */
let room: usize = 0
export const ROOM: usize = 16 * ELEMENT
export function useRoom(at: usize): void {
  room = at
  if (ASC_FEATURE_SIMD) simd.useRoom(at)
}

export function setIdentity(to: usize): void {
  memory.fill(to, 0, POINT)
  store<i32>(to + Y, 1)
  store<i32>(to + Z, 1)
}

/** to = 2 a; T is computed only if `withT`. `to` may be a. */
export function double(to: usize, a: usize, withT: bool): void {
  const xx = room, yy = room + ELEMENT, zz = room + 2 * ELEMENT, e = room + 3 * ELEMENT, g = room + 4 * ELEMENT
  field.add(e, a, a + Y)
  field.square(xx, a)
  field.square(yy, a + Y)
  field.square(zz, a + Z)
  field.square(e, e)
  field.add(g, xx, yy)
  field.subtract(e, e, g)
  field.add(zz, zz, zz)
  field.subtract(zz, g, zz)
  field.subtract(xx, xx, yy)
  field.multiply(to, e, zz)
  field.multiply(to + Y, g, xx)
  field.multiply(to + Z, zz, g)
  if (withT) field.multiply(to + T, e, xx)
}

// to = a + b, where b is given as X, Y and d T, and Z of b times Z of a as `zz`. `to` may be a.
function addPrepared(to: usize, a: usize, bx: usize, by: usize, bt: usize, zz: usize): void {
  const xx = room, yy = room + ELEMENT, tt = room + 3 * ELEMENT, e = room + 4 * ELEMENT, f = room + 5 * ELEMENT
  field.add(e, a, a + Y)
  field.add(f, bx, by)
  field.multiply(e, e, f)
  field.multiply(xx, a, bx)
  field.multiply(yy, a + Y, by)
  field.multiply(tt, a + T, bt)
  field.subtract(e, e, xx)
  field.subtract(e, e, yy)
  field.subtract(f, zz, tt)
  field.add(tt, zz, tt)
  field.subtract(yy, yy, xx)
  field.multiply(to, e, f)
  field.multiply(to + Y, tt, yy)
  field.multiply(to + Z, f, tt)
  field.multiply(to + T, e, yy)
}

/** to = a + b, b cached: X, Y, Z, d T. */
export function addCached(to: usize, a: usize, b: usize): void {
  const zz = room + 2 * ELEMENT
  field.multiply(zz, a + Z, b + Z)
  addPrepared(to, a, b, b + Y, b + T, zz)
}

/** to = a + b, b affine: x, y, d x y. */
export function addAffine(to: usize, a: usize, b: usize): void {
  addPrepared(to, a, b, b + Y, b + Z, a + Z)
}

/** Replaces a point's T by d T, as `addCached` needs it. */
export function cache(a: usize): void { field.scale(a + T, a + T, D) }

// -- encodings ----------------------------------------------------------------------------------------------------------------------

/** Writes the 57 bytes of a point. Overwrites the point. */
export function encode(at: usize, a: usize): void {
  const inverse = room, scratch = room + ELEMENT, bytes = scratch
  field.invert(inverse, a + Z, scratch)
  field.multiply(a, a, inverse)
  field.multiply(a + Y, a + Y, inverse)
  field.toBytes(bytes, a)
  field.toBytes(at, a + Y)
  store<u8>(at, load<u8>(bytes) << 7, 56)
}

/** Decodes strictly, RFC 8032, section 5.2.3; returns whether the bytes encode a point, of any order. */
export function decode(to: usize, at: usize): bool {
  const u = room, v = room + ELEMENT, w = room + 2 * ELEMENT, z = room + 3 * ELEMENT, scratch = room + 4 * ELEMENT
  const bytes = room + 7 * ELEMENT
  const sign = load<u8>(at, 56)
  if ((sign & 0x7f) != 0 || !field.isCanonical(at)) return false
  const x = to, y = to + Y
  field.fromBytes(y, at)
  // x^2 = u / v with u = y^2 - 1, v = d y^2 - 1; the candidate is u^3 v (u^5 v^3)^((p - 3) / 4).
  field.square(u, y)
  field.scale(v, u, D)
  store<i32>(u, load<i32>(u) - 1)
  store<i32>(v, load<i32>(v) - 1)
  field.multiply(w, u, v) // u v
  field.square(x, u)
  field.multiply(x, x, w) // u^3 v
  field.square(w, w)
  field.multiply(w, w, x) // u^5 v^3
  field.rootPower(z, w, scratch)
  field.multiply(x, x, z)
  field.square(w, x)
  field.multiply(w, w, v)
  field.subtract(w, w, u)
  if (!field.isZero(w, bytes)) return false
  field.copy(w, x)
  field.toBytes(bytes, w)
  let any: u64 = 0
  for (let i: usize = 0; i < 56; i += 8) any |= load<u64>(bytes + i)
  if (any == 0 && sign != 0) return false
  field.negateIf(x, -<i32>((load<u8>(bytes) & 1) ^ (sign >> 7)))
  field.setSmall(to + Z, 1)
  field.multiply(to + T, x, y)
  return true
}

/**
 * Whether 57 bytes are a valid public value: canonical, on the curve, of order q (not the identity). Public, variable time.
 *
 * The group's 2-part is cyclic of order 4, so a point has order dividing q exactly when it can be halved, and its half again (Pornin,
 * eprint 2022/1164). x is not needed: both signs of x belong to points of equal order.
 * - 1 - y^2 = x^2 (1 - d y^2) on the curve, so the symbols of both sides agree there; 1 - d y^2 is never 0.
 * - With e = 1 - d y^2: the point can be halved exactly when e (1 - d) is a square. (1 - d is none: points of order 4 fail here.)
 * - With r a root of it, N = e + r + d y (1 + y), M = d (1 + y), a half has y1^2 = N / M; it can be halved when (1 - d y1^2)(1 - d) is a
 *   square, that is when N (M - d N) is none. The other root stands for halves that are not rational, and gives the same verdict,
 *   since N / M is then no square and that factor is in the symbol too.
 */
export function isValid(at: usize): bool {
  const y = room, e = room + ELEMENT, root = room + 2 * ELEMENT, t = room + 3 * ELEMENT, m = room + 4 * ELEMENT
  const scratch = room + 5 * ELEMENT
  if ((load<u8>(at, 56) & 0x7f) != 0 || !field.isCanonical(at)) return false
  field.fromBytes(y, at)
  field.square(t, y)
  field.scale(e, t, -D)
  store<i32>(e, load<i32>(e) + 1)
  // 1 - y^2 = 0: the identity and the point of order 2, which have symbol 0.
  field.negateIf(t, -1)
  store<i32>(t, load<i32>(t) + 1)
  field.multiply(t, t, e)
  if (field.legendre(t, scratch) != 1) return false
  field.scale(t, e, 1 - D)
  field.rootPower(root, t, scratch)
  field.multiply(root, root, t)
  field.square(m, root)
  field.subtract(m, m, t)
  if (!field.isZero(m, scratch)) return false
  // m = d (1 + y), t = N.
  field.copy(m, y)
  store<i32>(m, load<i32>(m) + 1)
  field.scale(m, m, D)
  field.multiply(t, m, y)
  field.add(t, t, e)
  field.add(t, t, root)
  field.scale(t, t, 1)
  field.scale(e, t, -D)
  field.add(m, m, e)
  field.multiply(t, t, m)
  return field.legendre(t, scratch) == -1
}

// -- multiplication by secret scalars -----------------------------------------------------------------------------------------------

// Copies entry `index` of a table of `count` entries to `to`; zeros if there is none. Reads all entries.
function scan(to: usize, table: usize, size: usize, count: i32, index: i32): void {
  for (let i: usize = 0; i < size; i += 32) {
    let a: u64 = 0, b: u64 = 0, c: u64 = 0, d: u64 = 0
    let at = table + i
    for (let entry = 0; entry < count; entry++) {
      // The exclusive or is 0 if they are equal, else positive. Minus 1 and shifted down, that is all ones or all zeros.
      const mask = <u64>((<i64><u32>(entry ^ index) - 1) >> 63)
      a |= load<u64>(at) & mask
      b |= load<u64>(at, 8) & mask
      c |= load<u64>(at, 16) & mask
      d |= load<u64>(at, 24) & mask
      at += size
    }
    store<u64>(to + i, a)
    store<u64>(to + i, b, 8)
    store<u64>(to + i, c, 16)
    store<u64>(to + i, d, 24)
  }
}

/** The length of a point's table in bytes: 17 cached points. */
export const TABLE: usize = 17 * POINT
/** Distance of the digits of two scalars. */
export const DIGITS: usize = 512

// Fills a table with a, a + step, a + 2 step ... from entry `first` to `last`, without SIMD: the table is a small part of the work.
function prepareMultiples(table: usize, a: usize, first: usize, last: usize, step: usize, entry: usize): void {
  memory.copy(entry, a, POINT)
  for (let i = first; i <= last; i++) {
    const multiple = table + i * POINT
    memory.copy(multiple, entry, POINT)
    cache(multiple)
    if (i < last) addCached(entry, entry, step)
  }
}

/**
 * Fills the table of a point that a secret scalar will multiply: a comb, or without SIMD its multiples 0 to 16. `entry` is room for two
 * points, `spare` for six.
 */
export function prepare(table: usize, a: usize, entry: usize, spare: usize): void {
  if (ASC_FEATURE_SIMD) {
    simd.prepareComb(table, a, spare)
  } else {
    const step = entry + POINT
    memory.copy(step, a, POINT)
    cache(step)
    setIdentity(table)
    prepareMultiples(table, a, 1, 16, step, entry)
  }
}

/** Computes the digits of a scalar for `multiplySecret`. Overwrites the scalar. */
export function recode(digits: usize, a: usize, wide: usize): void {
  if (ASC_FEATURE_SIMD) scalar.recodeComb(digits, a, wide)
  else scalar.recode(digits, a, 5, 90)
}

/** to = the scalar times the point of the table. `entry` is room for two points. */
export function multiplySecret(to: usize, digits: usize, table: usize, entry: usize): void {
  if (ASC_FEATURE_SIMD) {
    simd.multiplyComb(entry + POINT, digits, table, entry)
    simd.separate(to, entry + POINT)
  } else {
    multiplyWindows(to, 1, digits, table, entry)
  }
}

/** Like `prepare`, for public scalars: the odd multiples 1 to 31, or without SIMD the same as `prepare`. */
export function prepareOpen(table: usize, a: usize, entry: usize, spare: usize): void {
  if (ASC_FEATURE_SIMD) {
    const step = entry + POINT
    double(step, a, true)
    cache(step)
    prepareMultiples(table, a, 0, 15, step, entry)
    for (let i: usize = 0; i < 16; i++) {
      memory.copy(entry, table + i * POINT, POINT)
      simd.interleave(table + i * POINT, entry)
    }
  } else {
    prepare(table, a, entry, spare)
  }
}

/** Computes the digits of a public scalar for `multiplyOpen`. */
export function recodeOpen(digits: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) scalar.recodeOpen(digits, a)
  else scalar.recode(digits, a, 5, 90)
}

/** to = the sum of `terms` products of public scalars and points; their tables follow one another. Variable time with SIMD. */
export function multiplyOpen(to: usize, terms: usize, digits: usize, tables: usize, entry: usize): void {
  if (ASC_FEATURE_SIMD) {
    simd.multiplyOpen(entry + POINT, terms, digits, DIGITS, tables, TABLE, entry)
    simd.separate(to, entry + POINT)
  } else {
    multiplyWindows(to, terms, digits, tables, entry)
  }
}

// The sum of products of scalars with 90 signed digits of 5 bits. All products share the doublings.
function multiplyWindows(to: usize, terms: usize, digits: usize, tables: usize, entry: usize): void {
  setIdentity(to)
  for (let i: usize = 90; i > 0;) {
    i--
    if (i != 89) {
      for (let j = 0; j < 4; j++) double(to, to, false)
      double(to, to, true)
    }
    for (let term: usize = 0; term < terms; term++) {
      const digit = <i32>load<i8>(digits + term * DIGITS + i), sign = digit >> 31
      scan(entry, tables + term * TABLE, POINT, 17, (digit ^ sign) - sign)
      field.negateIf(entry, sign)
      field.negateIf(entry + T, sign)
      addCached(to, to, entry)
    }
  }
}

const AFFINE: usize = 3 * ELEMENT
const BASE_X = memory.data<u32>([
  0x70cc05e, 0x26a82bc, 0x938e26, 0x80e18b0, 0x511433b, 0xf72ab66, 0x412ae1a, 0xa3d3a46,
  0xa6de324, 0xf1767e, 0x4657047, 0x36da9e1, 0x5a622bf, 0xed221d1, 0x66bed0d, 0x4f1970c,
])
const BASE_Y = memory.data<u32>([
  0x230fa14, 0x8795bf, 0x7c8ad98, 0x132c4ed, 0x9c4fdbd, 0x1ce67c3, 0x73ad3ff, 0x5a0c2d,
  0x7789c1e, 0xa398408, 0xa73736c, 0xc7624be, 0x3756c9, 0x2488762, 0x16eb6bc, 0x693f467,
])

let baseReady = false

/** Builds the table of the base point: entry j of table i is (j + 1) 256^i G, affine, as x, y, d x y. Public. */
export function buildBase(): void {
  if (baseReady) return
  const points = WORKSHOP, products = WORKSHOP + 448 * POINT
  const step = room + 6 * ELEMENT, multiple = room + 10 * ELEMENT
  field.copy(step, BASE_X)
  field.copy(step + Y, BASE_Y)
  field.scale(step, step, 1)
  field.scale(step + Y, step + Y, 1)
  field.setSmall(step + Z, 1)
  field.multiply(step + T, step, step + Y)
  let at = points
  for (let i = 0; i < 56; i++) {
    memory.copy(multiple, step, POINT)
    cache(step)
    for (let j = 0; j < 8; j++) {
      memory.copy(at, multiple, POINT)
      at += POINT
      if (j < 7) addCached(multiple, multiple, step)
    }
    // 8 * 32 = 256.
    for (let j = 0; j < 5; j++) double(multiple, multiple, j == 4)
    memory.copy(step, multiple, POINT)
  }
  // One inversion serves all points: it takes the products of the Z up to each point, then goes backwards.
  const inverse = room, scratch = room + ELEMENT
  field.copy(products, points + Z)
  for (let i: usize = 1; i < 448; i++) {
    field.multiply(products + i * ELEMENT, products + (i - 1) * ELEMENT, points + i * POINT + Z)
  }
  field.invert(inverse, products + 447 * ELEMENT, scratch)
  for (let i: usize = 448; i > 0;) {
    i--
    const from = points + i * POINT
    if (i > 0) field.multiply(scratch, inverse, products + (i - 1) * ELEMENT)
    else field.copy(scratch, inverse)
    field.multiply(inverse, inverse, from + Z)
    field.multiply(from, from, scratch)
    field.multiply(from + Y, from + Y, scratch)
    field.multiply(from + T, from, from + Y)
    cache(from)
    if (ASC_FEATURE_SIMD) {
      simd.interleave(BASE_TABLE + i * POINT, from)
    } else {
      const to = BASE_TABLE + i * AFFINE
      memory.copy(to, from, 2 * ELEMENT)
      field.copy(to + 2 * ELEMENT, from + T)
    }
  }
  baseReady = true
}

// |digit| 256^i G from the table, negated if the digit is negative. The identity is not an entry; it results if no entry matches.
function selectBase(to: usize, i: usize, digit: i32): void {
  const sign = digit >> 31
  // Entry j is for j + 1.
  scan(to, BASE_TABLE + i * 8 * AFFINE, AFFINE, 8, ((digit ^ sign) - sign) - 1)
  store<i32>(to + Y, load<i32>(to + Y) | <i32>(<u32>((digit | -digit) >> 31) + 1))
  field.negateIf(to, sign)
  field.negateIf(to + 2 * ELEMENT, sign)
}

/** to = the scalar with these 112 signed digits of 4 bits, times G. `variableTime`: the scalar is public, and the time depends on it. `entry` is room for two points. */
export function multiplyBase(to: usize, digits: usize, entry: usize, variableTime: bool): void {
  buildBase()
  if (ASC_FEATURE_SIMD) {
    simd.multiplyBase(entry + POINT, BASE_TABLE, digits, entry, variableTime)
    simd.separate(to, entry + POINT)
  } else {
    setIdentity(to)
    for (let i: usize = 1; i < 112; i += 2) {
      selectBase(entry, i >> 1, load<i8>(digits + i))
      addAffine(to, to, entry)
    }
    for (let j = 0; j < 3; j++) double(to, to, false)
    double(to, to, true)
    for (let i: usize = 0; i < 112; i += 2) {
      selectBase(entry, i >> 1, load<i8>(digits + i))
      addAffine(to, to, entry)
    }
  }
}

/** a = -a where mask is -1. */
export function negateIf(a: usize, mask: i32): void {
  field.negateIf(a, mask)
  field.negateIf(a + T, mask)
}
