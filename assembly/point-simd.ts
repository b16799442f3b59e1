// Points for engines with SIMD, with the four coordinates side by side: limb i of X, Y, Z and T are the four lanes of one v128. So a point is
// 16 of them, as large as without SIMD, and one call of `multiply4` multiplies all four coordinates. The formulas are those of point.ts.

import { ELEMENT } from './field'
import { multiply2, multiply4, square4 } from './field-products-simd'
import { COMB, OPEN_DIGITS } from './scalar'

const POINT: usize = 4 * ELEMENT
const D: i32 = -39081

let room: usize = 0
/** Room for four points, secret. */
export function useRoom(at: usize): void { room = at }

// Lane `n` in all lanes.
@inline function lane0(v: v128): v128 { return i8x16.shuffle(v, v, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3) }
@inline function lane1(v: v128): v128 { return i8x16.shuffle(v, v, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7) }
@inline function lane2(v: v128): v128 { return i8x16.shuffle(v, v, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11, 8, 9, 10, 11) }
@inline function lane3(v: v128): v128 { return i8x16.shuffle(v, v, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15) }
// v with one lane of w.
@inline function with0(v: v128, w: v128): v128 { return i8x16.shuffle(v, w, 16, 17, 18, 19, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
@inline function with1(v: v128, w: v128): v128 { return i8x16.shuffle(v, w, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 12, 13, 14, 15) }
@inline function with2(v: v128, w: v128): v128 { return i8x16.shuffle(v, w, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 12, 13, 14, 15) }
@inline function with3(v: v128, w: v128): v128 { return i8x16.shuffle(v, w, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 28, 29, 30, 31) }

/** Moves four consecutive elements into the lanes, and back. */
export function interleave(to: usize, from: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    for (let j: usize = 0; j < 4; j++) store<i32>(to + 4 * i + 4 * j, load<i32>(from + j * ELEMENT + i))
  }
}

export function separate(to: usize, from: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    for (let j: usize = 0; j < 4; j++) store<i32>(to + j * ELEMENT + i, load<i32>(from + 4 * i + 4 * j))
  }
}

// to = (E F, G H, F G, E H): the end of doubling and addition. This writes one limb of the factors.
@inline function factors(at: usize, e: v128, f: v128, g: v128, h: v128): void {
  v128.store(room + at, with2(with1(e, g), f))
  v128.store(room + at, with2(with0(h, f), g), POINT)
}

/** to = 2 a. The two may be the same. */
export function double(to: usize, a: usize): void {
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(a + i)
    v128.store(room + i, with3(v, i32x4.add(lane0(v), lane1(v))))
  }
  square4(room, room)
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(room + i) // X^2, Y^2, Z^2, (X + Y)^2
    const xx = lane0(v), yy = lane1(v), zz = lane2(v)
    const g = i32x4.add(xx, yy)
    factors(i, i32x4.sub(lane3(v), g), i32x4.sub(g, i32x4.add(zz, zz)), g, i32x4.sub(xx, yy))
  }
  multiply4(to, room, room + POINT)
}

/** to = a + b, b cached: its T times d. `to` may be a. */
export function addCached(to: usize, a: usize, b: usize): void {
  const swapped = room + 2 * POINT
  for (let i: usize = 0; i < POINT; i += 16) store<u64>(swapped + i, rotl<u64>(load<u64>(b + i), 32))
  multiply2(swapped, swapped, a) // X1 Y2, Y1 X2
  multiply4(room, a, b)
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(room + i), u = v128.load(swapped + i)
    const zz = lane2(v), tt = lane3(v)
    factors(i, i32x4.add(lane0(u), lane1(u)), i32x4.sub(zz, tt), i32x4.add(zz, tt), i32x4.sub(lane1(v), lane0(v)))
  }
  multiply4(to, room, room + POINT)
}

/** to = a + b, b affine: x, y, x + y, d x y. `to` may be a. */
function addAffine(to: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(a + i)
    v128.store(room + i, with2(v, i32x4.add(lane0(v), lane1(v))))
  }
  multiply4(room, room, b)
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(room + i)
    const zz = lane2(v128.load(a + i)), tt = lane3(v), xx = lane0(v), yy = lane1(v)
    factors(i, i32x4.sub(i32x4.sub(lane2(v), xx), yy), i32x4.sub(zz, tt), i32x4.add(zz, tt), i32x4.sub(yy, xx))
  }
  multiply4(to, room, room + POINT)
}

export function setIdentity(to: usize): void {
  memory.fill(to, 0, POINT)
  store<u64>(to, 1 << 32)
  store<u64>(to, 1, 8)
}

// Copies entry `index` of a table of `count` points, zeros if there is none, with X and T negated if `sign` is -1. Reads all entries.
function scan(to: usize, table: usize, count: i32, index: i32, sign: i32): void {
  const wanted = i32x4.splat(index), one = i32x4.splat(1)
  const signs = v128.and(i32x4.splat(sign), i32x4(-1, 0, 0, -1))
  for (let i: usize = 0; i < POINT; i += 64) {
    let a = i64x2.splat(0), b = i64x2.splat(0), c = i64x2.splat(0), d = i64x2.splat(0), entry = i64x2.splat(0)
    let at = table + i
    for (let left = count; left > 0; left--) {
      const mask = i32x4.eq(entry, wanted)
      a = v128.or(a, v128.and(v128.load(at), mask))
      b = v128.or(b, v128.and(v128.load(at, 16), mask))
      c = v128.or(c, v128.and(v128.load(at, 32), mask))
      d = v128.or(d, v128.and(v128.load(at, 48), mask))
      entry = i32x4.add(entry, one)
      at += POINT
    }
    v128.store(to + i, i32x4.sub(v128.xor(a, signs), signs))
    v128.store(to + i, i32x4.sub(v128.xor(b, signs), signs), 16)
    v128.store(to + i, i32x4.sub(v128.xor(c, signs), signs), 32)
    v128.store(to + i, i32x4.sub(v128.xor(d, signs), signs), 48)
  }
}

// to = a, or -a if `sign` is -1.
function take(to: usize, a: usize, sign: i32): void {
  const signs = v128.and(i32x4.splat(sign), i32x4(-1, 0, 0, -1))
  for (let i: usize = 0; i < POINT; i += 16) v128.store(to + i, i32x4.sub(v128.xor(v128.load(a + i), signs), signs))
}

/**
 * Fills a table with the comb of a point for `recodeComb`. Entry m + 1 is 2^360 a plus or minus 2^(90 i) a for each bit i of m: plus if it is
 * set, minus if not. The entries are cached points. Entry 0 stays the identity. `spare` is room for six points.
 */
export function prepareComb(table: usize, a: usize, spare: usize): void {
  const power = spare, factor = spare + POINT, steps = spare + 2 * POINT, first = table + POINT, sum = first + 15 * POINT
  setIdentity(table)
  memory.fill(factor, 0, POINT)
  v128.store(factor, i32x4(1, 1, 1, D))
  interleave(power, a)
  memory.copy(sum, power, POINT)
  for (let i: usize = 0; i < 4; i++) {
    double(power, power)
    multiply4(steps + i * POINT, power, factor)
    take(steps + i * POINT, steps + i * POINT, -1)
    for (let j: u32 = 1; j < COMB; j++) double(power, power)
    multiply4(first, power, factor)
    addCached(sum, sum, first)
  }
  for (let i: usize = 0; i < 4; i++) {
    for (let k: usize = 0; k < 1 << i; k++) addCached(sum - (k + (1 << i)) * POINT, sum - k * POINT, steps + i * POINT)
  }
  for (let i: usize = 0; i < 16; i++) multiply4(first + i * POINT, first + i * POINT, factor)
}

/** to = the scalar with these digits from `recodeComb` times the point whose comb is in the table. */
export function multiplyComb(to: usize, digits: usize, table: usize, entry: usize): void {
  setIdentity(to)
  for (let i: usize = COMB; i > 0;) {
    i--
    double(to, to)
    const digit = <i32>load<i8>(digits + i), sign = digit >> 31
    scan(entry, table, 17, (digit ^ sign) - sign, sign)
    addCached(to, to, entry)
  }
}


/** to = the sum of the products of public scalars: `digits` from `recodeOpen`, tables of the odd multiples 1 to 31. Variable time. */
export function multiplyOpen(to: usize, terms: usize, digits: usize, nextDigits: usize, tables: usize, nextTable: usize, entry: usize): void {
  setIdentity(to)
  let begun = false
  for (let i: usize = OPEN_DIGITS; i > 0;) {
    i--
    if (begun) double(to, to)
    for (let term: usize = 0; term < terms; term++) {
      const digit = <i32>load<i8>(digits + term * nextDigits + i), sign = digit >> 31
      if (digit == 0) continue
      take(entry, tables + term * nextTable + <usize>(((digit ^ sign) - sign) >> 1) * POINT, sign)
      addCached(to, to, entry)
      begun = true
    }
  }
}

// to += digit 256^i G, from a table of the multiples 1 to 8 as x, y, -, d x y.
function addBase(to: usize, table: usize, digit: i32, entry: usize, variableTime: bool): void {
  const sign = digit >> 31
  const index = ((digit ^ sign) - sign) - 1
  if (variableTime) {
    if (digit == 0) return
    take(entry, table + <usize>index * POINT, sign)
  } else {
    scan(entry, table, 8, index, sign)
  }
  // There is no entry for 0: set y = 1 for the identity.
  store<i32>(entry, load<i32>(entry, 4) | (((digit | -digit) >> 31) + 1), 4)
  for (let i: usize = 0; i < POINT; i += 16) {
    const v = v128.load(entry + i)
    v128.store(entry + i, with2(v, i32x4.add(lane0(v), lane1(v))))
  }
  addAffine(to, to, entry)
}

/** to = the scalar with these 112 signed digits of 4 bits, times G. `variableTime`: the scalar is public, and the time depends on it. */
export function multiplyBase(to: usize, table: usize, digits: usize, entry: usize, variableTime: bool): void {
  setIdentity(to)
  for (let i: usize = 1; i < 112; i += 2) addBase(to, table + (i >> 1) * 8 * POINT, load<i8>(digits + i), entry, variableTime)
  for (let j = 0; j < 4; j++) double(to, to)
  for (let i: usize = 0; i < 112; i += 2) addBase(to, table + (i >> 1) * 8 * POINT, load<i8>(digits + i), entry, variableTime)
}
