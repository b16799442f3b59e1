// Arithmetic modulo an odd number of up to 3072 bits: Montgomery multiplication in limbs of 28 bits, exponentiation with masked
// windows, a comb for fixed bases. Compiled twice: with SIMD (two products per instruction) and, for engines without SIMD, in plain i64.
//
// Numbers. A number is `limbs` little-endian u32 limbs of 28 bits. `limbs` is a multiple of 8, so that a tile of eight columns never
// straddles the end. Before limb 0 and after the last limb lie eight zero limbs, because tiles read past both ends.
//
// Modulus. Instead of p we work modulo N = c * p with c < 2^28 chosen such that N = -1 (mod 2^28): then Montgomery's quotient digit is
// the column itself. We store N + 1, whose lowest limb is zero. For the RFC 3526 primes c is 1. R = 2^(28 * limbs) >= 2^24 * N,
// values stay in [0, 2N) without any final subtraction, and a column holds at most 2 * 112 products of 56 bits: below 2^64.
//
// No branch and no address depends on secrets: window tables are read completely, under a mask. The modulus and all lengths are public.

import { jacobi } from './jacobi'

// -- memory ----------------------------------------------------------------------------------------------------------------------
// Everything has a fixed place. [0, 512) stays unused, so that nothing important is at address 0.

/** Where the binding writes arguments and reads results: big-endian bytes, 512 apart. */
export const IO: usize = 512
const IN_A: usize = IO
const IN_B: usize = IO + 512
const IN_C: usize = IO + 1024
const IN_D: usize = IO + 1536
const OUT: usize = IO + 2048

/** A number with its padding: 8 + 112 + 8 limbs. Addresses of numbers point at limb 0, 32 bytes in. */
const NUMBER: usize = 512
const HEAD: usize = 32
@inline function number(at: usize, index: usize): usize { return at + index * NUMBER + HEAD }

// Scratch, wiped after each call.
const SCRATCH: usize = 4096
const DOUBLED: usize = SCRATCH + HEAD
const QUOTIENT: usize = SCRATCH + NUMBER + HEAD
const BASE: usize = SCRATCH + 2 * NUMBER + HEAD
const ACC: usize = SCRATCH + 3 * NUMBER + HEAD
const SWAP: usize = SCRATCH + 4 * NUMBER + HEAD
const SELECTED: usize = SCRATCH + 5 * NUMBER + HEAD
const FACTOR: usize = SCRATCH + 6 * NUMBER + HEAD
const UNIT: usize = SCRATCH + 7 * NUMBER + HEAD
const SPARE: usize = SCRATCH + 8 * NUMBER + HEAD
const TABLE: usize = SCRATCH + 16 * NUMBER
const TABLE_B: usize = TABLE + 32 * NUMBER
const SCRATCH_END: usize = TABLE_B + 32 * NUMBER

// Contexts, one for each modulus: public, kept.
const CONTEXTS: usize = SCRATCH_END
const CONTEXT: usize = 4096
/** Number of contexts: 0 and 1 are the two groups, 2 and 3 their orders; the others are for temporary moduli. */
export const CONTEXT_COUNT: i32 = 8
const MODULUS: usize = 0 // N + 1
const PRIME: usize = 1 // p itself
const R1: usize = 2 // R mod N
const R2: usize = 3 // R^2 mod N
const HEADER: usize = 4 * NUMBER // limbs, byte length, bits of c

// Fixed-base tables of the two groups, public, kept.
const COMBS: usize = CONTEXTS + 8 * CONTEXT
const TEETH: u32 = 6
const COMB_1536: usize = COMBS
const BLOCKS_1536: u32 = 8
const COMB_3072: usize = COMB_1536 + <usize>BLOCKS_1536 * 64 * 224
const BLOCKS_3072: u32 = 4
const END: usize = COMB_3072 + <usize>BLOCKS_3072 * 64 * 448

const MASK: u64 = 0xfffffff
const FILLED: u32 = 0xfffffff

// The context in use.
let limbs: usize = 0
let span: usize = 0 // limbs in bytes
let modulus: usize = 0
let context: usize = 0

// How many blocks of each comb are built.
let built1536: u32 = 0
let built3072: u32 = 0

function use(slot: usize): void {
  context = CONTEXTS + slot * CONTEXT
  limbs = load<u32>(context + HEADER)
  span = limbs << 2
  modulus = number(context, MODULUS)
}

@inline function byteLength(): usize { return load<u32>(context + HEADER, 4) }

// -- Montgomery multiplication ------------------------------------------------------------------------------------------------------

// Eight columns below R, one after another: each yields a quotient digit, which the columns after it need. Returns the carry.
@inline function digits(into: usize, n: usize, c0: v128, c1: v128, c2: v128, c3: v128, carry: u64): u64 {
  const q1 = <u64>load<u32>(n, 4), q2 = <u64>load<u32>(n, 8), q3 = <u64>load<u32>(n, 12), q4 = <u64>load<u32>(n, 16)
  const q5 = <u64>load<u32>(n, 20), q6 = <u64>load<u32>(n, 24), q7 = <u64>load<u32>(n, 28)
  const t0 = <u64>i64x2.extract_lane(c0, 0) + carry
  const m0 = t0 & MASK
  const t1 = <u64>i64x2.extract_lane(c0, 1) + (t0 >> 28) + m0 * q1
  const m1 = t1 & MASK
  const t2 = <u64>i64x2.extract_lane(c1, 0) + (t1 >> 28) + m0 * q2 + m1 * q1
  const m2 = t2 & MASK
  const t3 = <u64>i64x2.extract_lane(c1, 1) + (t2 >> 28) + m0 * q3 + m1 * q2 + m2 * q1
  const m3 = t3 & MASK
  const t4 = <u64>i64x2.extract_lane(c2, 0) + (t3 >> 28) + m0 * q4 + m1 * q3 + m2 * q2 + m3 * q1
  const m4 = t4 & MASK
  const t5 = <u64>i64x2.extract_lane(c2, 1) + (t4 >> 28) + m0 * q5 + m1 * q4 + m2 * q3 + m3 * q2 + m4 * q1
  const m5 = t5 & MASK
  const t6 = <u64>i64x2.extract_lane(c3, 0) + (t5 >> 28) + m0 * q6 + m1 * q5 + m2 * q4 + m3 * q3 + m4 * q2 + m5 * q1
  const m6 = t6 & MASK
  const t7 = <u64>i64x2.extract_lane(c3, 1) + (t6 >> 28) + m0 * q7 + m1 * q6 + m2 * q5 + m3 * q4 + m4 * q3 + m5 * q2 + m6 * q1
  const m7 = t7 & MASK
  store<u64>(into, m0 | (m1 << 32))
  store<u64>(into, m2 | (m3 << 32), 8)
  store<u64>(into, m4 | (m5 << 32), 16)
  store<u64>(into, m6 | (m7 << 32), 24)
  return t7 >> 28
}

// a * b / R mod N. `to` must be neither a nor b.
function multiply(to: usize, a: usize, b: usize): void {
  if (ASC_FEATURE_SIMD) {
    const end = span
    const n = modulus
    let carry: u64 = 0
    for (let k: usize = 0; k < end; k += 32) {
      let c0 = i64x2.splat(0), c1 = i64x2.splat(0), c2 = i64x2.splat(0), c3 = i64x2.splat(0)
      let at = b
      for (let i = k, last = k + 32; i < last; i += 4) {
        const s = v128.load32_splat(a + i)
        const x = v128.load(at), y = v128.load(at, 16)
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(s, x))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(s, x))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
        at -= 4
      }
      for (let i: usize = 0; i < k; i += 4) {
        const s = v128.load32_splat(a + i), m = v128.load32_splat(QUOTIENT + i)
        const x = v128.load(b + k - i), y = v128.load(b + k - i, 16)
        const u = v128.load(n + k - i), v = v128.load(n + k - i, 16)
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(s, x))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(s, x))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(m, u))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(m, u))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(m, v))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(m, v))
      }
      carry = digits(QUOTIENT + k, n, c0, c1, c2, c3, carry)
    }
    for (let k: usize = 0; k < end; k += 32) {
      let c0 = i64x2.splat(0), c1 = i64x2.splat(0), c2 = i64x2.splat(0), c3 = i64x2.splat(0)
      const top = k + end
      for (let i = k + 4; i < end; i += 4) {
        const s = v128.load32_splat(a + i), m = v128.load32_splat(QUOTIENT + i)
        const x = v128.load(b + top - i), y = v128.load(b + top - i, 16)
        const u = v128.load(n + top - i), v = v128.load(n + top - i, 16)
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(s, x))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(s, x))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(m, u))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(m, u))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(m, v))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(m, v))
      }
      carry = settle(to + k, c0, c1, c2, c3, carry)
    }
  } else {
    productScan(to, a, b)
  }
}

// Carries through eight finished columns and stores their limbs; returns the carry out.
@inline function settle(to: usize, c0: v128, c1: v128, c2: v128, c3: v128, carry: u64): u64 {
  const t0 = <u64>i64x2.extract_lane(c0, 0) + carry
  const t1 = <u64>i64x2.extract_lane(c0, 1) + (t0 >> 28)
  const t2 = <u64>i64x2.extract_lane(c1, 0) + (t1 >> 28)
  const t3 = <u64>i64x2.extract_lane(c1, 1) + (t2 >> 28)
  const t4 = <u64>i64x2.extract_lane(c2, 0) + (t3 >> 28)
  const t5 = <u64>i64x2.extract_lane(c2, 1) + (t4 >> 28)
  const t6 = <u64>i64x2.extract_lane(c3, 0) + (t5 >> 28)
  const t7 = <u64>i64x2.extract_lane(c3, 1) + (t6 >> 28)
  store<u64>(to, (t0 & MASK) | ((t1 & MASK) << 32))
  store<u64>(to, (t2 & MASK) | ((t3 & MASK) << 32), 8)
  store<u64>(to, (t4 & MASK) | ((t5 & MASK) << 32), 16)
  store<u64>(to, (t6 & MASK) | ((t7 & MASK) << 32), 24)
  return t7 >> 28
}

// a^2 / R mod N, `to` not a: each mixed product is taken once, from a doubled copy.
function square(to: usize, a: usize): void {
  if (ASC_FEATURE_SIMD) {
    const end = span
    const n = modulus
    for (let i: usize = 0; i < end; i += 16) v128.store(DOUBLED + i, i32x4.shl(v128.load(a + i), 1))
    let carry: u64 = 0
    for (let k: usize = 0; k < end << 1; k += 32) {
      let c0 = i64x2.splat(0), c1 = i64x2.splat(0), c2 = i64x2.splat(0), c3 = i64x2.splat(0)
      // The rows around the diagonal: the square itself counts once, products to the right of it twice, those to the left not at all.
      const half = k >> 1
      {
        const s = v128.load32_splat(a + half)
        const x = v128.or(
          v128.and(v128.load(DOUBLED + half), i32x4(0, -1, -1, -1)),
          v128.and(v128.load(a + half), i32x4(-1, 0, 0, 0)),
        )
        const y = v128.load(DOUBLED + half, 16)
        c0 = i64x2.extmul_low_i32x4_u(s, x)
        c1 = i64x2.extmul_high_i32x4_u(s, x)
        c2 = i64x2.extmul_low_i32x4_u(s, y)
        c3 = i64x2.extmul_high_i32x4_u(s, y)
      }
      {
        const s = v128.load32_splat(a + half, 4)
        const x = v128.or(
          v128.and(v128.load(DOUBLED + half - 4), i32x4(0, 0, 0, -1)),
          v128.and(v128.load(a + half - 4), i32x4(0, 0, -1, 0)),
        )
        const y = v128.load(DOUBLED + half - 4, 16)
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(s, x))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
      }
      {
        const s = v128.load32_splat(a + half, 8)
        const y = v128.or(
          v128.and(v128.load(DOUBLED + half - 8, 16), i32x4(0, -1, -1, -1)),
          v128.and(v128.load(a + half - 8, 16), i32x4(-1, 0, 0, 0)),
        )
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
      }
      {
        const s = v128.load32_splat(a + half, 12)
        const y = v128.or(
          v128.and(v128.load(DOUBLED + half - 12, 16), i32x4(0, 0, 0, -1)),
          v128.and(v128.load(a + half - 12, 16), i32x4(0, 0, -1, 0)),
        )
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
      }
      const first: usize = k < end ? 0 : k - end + 4
      for (let i = first; i < half; i += 4) {
        const s = v128.load32_splat(a + i)
        const x = v128.load(DOUBLED + k - i), y = v128.load(DOUBLED + k - i, 16)
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(s, x))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(s, x))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(s, y))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(s, y))
      }
      for (let i = first, last = min(k, end); i < last; i += 4) {
        const m = v128.load32_splat(QUOTIENT + i)
        const u = v128.load(n + k - i), v = v128.load(n + k - i, 16)
        c0 = i64x2.add(c0, i64x2.extmul_low_i32x4_u(m, u))
        c1 = i64x2.add(c1, i64x2.extmul_high_i32x4_u(m, u))
        c2 = i64x2.add(c2, i64x2.extmul_low_i32x4_u(m, v))
        c3 = i64x2.add(c3, i64x2.extmul_high_i32x4_u(m, v))
      }
      if (k < end) {
        carry = digits(QUOTIENT + k, n, c0, c1, c2, c3, carry)
      } else {
        carry = settle(to + k - end, c0, c1, c2, c3, carry)
      }
    }
  } else {
    productScan(to, a, a)
  }
}

// The twin without SIMD: column by column.
function productScan(to: usize, a: usize, b: usize): void {
  const end = span
  const n = modulus
  let carry: u64 = 0
  for (let k: usize = 0; k < end; k += 4) {
    let t = carry + <u64>load<u32>(a + k) * load<u32>(b)
    for (let i: usize = 0; i < k; i += 4) {
      t += <u64>load<u32>(a + i) * load<u32>(b + k - i) + <u64>load<u32>(QUOTIENT + i) * load<u32>(n + k - i)
    }
    store<u32>(QUOTIENT + k, <u32>(t & MASK))
    carry = t >> 28
  }
  for (let k: usize = 0; k < end; k += 4) {
    const top = k + end
    let t = carry
    for (let i = k + 4; i < end; i += 4) {
      t += <u64>load<u32>(a + i) * load<u32>(b + top - i) + <u64>load<u32>(QUOTIENT + i) * load<u32>(n + top - i)
    }
    store<u32>(to + k, <u32>(t & MASK))
    carry = t >> 28
  }
}

// -- bytes and numbers --------------------------------------------------------------------------------------------------------------

@inline function copy(to: usize, from: usize): void { memory.copy(to, from, span) }

function fromBytes(to: usize, at: usize, length: usize): void {
  memory.fill(to, 0, span)
  let bits: u32 = 0
  let value: u64 = 0
  while (length > 0) {
    length -= 1
    value |= <u64>load<u8>(at + length) << bits
    bits += 8
    if (bits >= 28) {
      store<u32>(to, <u32>(value & MASK))
      to += 4
      value >>= 28
      bits -= 28
    }
  }
  if (bits > 0) store<u32>(to, <u32>value)
}

function toBytes(at: usize, length: usize, from: usize): void {
  let bits: u32 = 0
  let value: u64 = 0
  while (length > 0) {
    length -= 1
    if (bits < 8) {
      value |= <u64>load<u32>(from) << bits
      from += 4
      bits += 28
    }
    store<u8>(at + length, <u8>value)
    value >>= 8
    bits -= 8
  }
}

// x - (p << shift) if that is not negative, else x, where p is the context's own modulus; shift < 28.
function subtractUnlessLess(x: usize, shift: u64): void {
  const p = number(context, PRIME)
  let borrow: i64 = 0
  for (let i: usize = 0; i < span; i += 4) borrow = (<i64>load<u32>(x + i) - shifted(p + i, shift) + borrow) >> 28
  const keep = ~borrow
  borrow = 0
  for (let i: usize = 0; i < span; i += 4) {
    const t = <i64>load<u32>(x + i) - (shifted(p + i, shift) & keep) + borrow
    store<u32>(x + i, <u32>t & FILLED)
    borrow = t >> 28
  }
}

@inline function shifted(at: usize, shift: u64): i64 {
  return <i64>(((<u64>load<u32>(at) << shift) | (<u64>load<u32>(at - 4) >> (28 - shift))) & MASK)
}

// Takes ACC out of Montgomery's form, reduces it mod p and writes it as bytes.
function finish(): void {
  store<u32>(UNIT, 1)
  multiply(SWAP, UNIT, ACC)
  for (let shift = <i64>load<u32>(context + HEADER, 8) - 1; shift >= 0; shift--) subtractUnlessLess(SWAP, <u64>shift)
  toBytes(OUT, byteLength(), SWAP)
}

// Reads the bytes at `at` into Montgomery's form; uses SPARE.
function enter(to: usize, at: usize, length: usize): void {
  fromBytes(SPARE, at, length)
  multiply(to, SPARE, number(context, R2))
}

// `width` bits of a big-endian exponent, from bit `position` up. Beyond its end it is zero.
function digit(at: usize, length: u32, position: u32, width: u32): u32 {
  const byte = position >> 3
  let value: u32 = 0
  if (byte < length) value = load<u8>(at + (length - 1 - byte))
  if (byte + 1 < length) value |= <u32>load<u8>(at + (length - 2 - byte)) << 8
  return (value >> (position & 7)) & ((1 << width) - 1)
}

// -- exponentiation -----------------------------------------------------------------------------------------------------------------

// table[index] into `to`; reads every entry. `stride` is the distance of the entries.
function select(to: usize, table: usize, stride: usize, count: u32, index: u32): void {
  if (ASC_FEATURE_SIMD) {
    const wanted = i32x4.splat(index)
    for (let i: usize = 0; i < span; i += 32) {
      let x = i64x2.splat(0), y = i64x2.splat(0), entry = i64x2.splat(0)
      let at = table + i
      for (let left = count; left > 0; left--) {
        const mask = i32x4.eq(entry, wanted)
        x = v128.or(x, v128.and(v128.load(at), mask))
        y = v128.or(y, v128.and(v128.load(at, 16), mask))
        entry = i32x4.add(entry, i32x4.splat(1))
        at += stride
      }
      v128.store(to + i, x)
      v128.store(to + i, y, 16)
    }
  } else {
    for (let i: usize = 0; i < span; i += 8) {
      let x: u64 = 0
      let at = table + i
      for (let entry: u32 = 0; entry < count; entry++) {
        // The exclusive or is 0 if entry == index, else positive. Minus 1 and shifted down, that is all ones or all zeros.
        const mask = <u64>(<i64>(<u64>(entry ^ index)) - 1 >> 63)
        x |= load<u64>(at) & mask
        at += stride
      }
      store<u64>(to + i, x)
    }
  }
}

// The powers 0 to 2^width - 1 of a base in Montgomery's form.
function fillTable(table: usize, base: usize, width: u32): void {
  copy(table + HEAD, number(context, R1))
  copy(number(table, 1), base)
  for (let i: usize = 2; i < <usize>1 << width; i += 2) {
    square(number(table, i), number(table, i >> 1))
    multiply(number(table, i + 1), number(table, 1), number(table, i))
  }
}

@inline function widthFor(length: u32): u32 { return length <= 32 ? 4 : 5 }

// ACC = BASE^exponent. Windows of fixed width, masked look-ups.
function windowPower(exponent: usize, length: u32): void {
  const width = widthFor(length)
  fillTable(TABLE, BASE, width)
  copy(ACC, number(context, R1))
  let position = (length * 8 + width - 1) / width * width
  let first = true
  while (position > 0) {
    position -= width
    if (!first) {
      let from = ACC, to = SWAP
      for (let i: u32 = 0; i < width; i++) {
        square(to, from)
        const t = from
        from = to
        to = t
      }
      if (from != ACC) copy(ACC, from)
    }
    first = false
    select(SELECTED, TABLE + HEAD, NUMBER, 1 << width, digit(exponent, length, position, width))
    multiply(SWAP, SELECTED, ACC)
    copy(ACC, SWAP)
  }
}

// -- the generator's comb -----------------------------------------------------------------------------------------------------------
// Block j covers 6 * distance bits from bit 6 * distance * j. Entry e holds g^(2^(6 * distance * j) * (e0 + e1 * 2^distance + ...)).

@inline function combOf(slot: usize): usize { return slot == 0 ? COMB_1536 : COMB_3072 }
@inline function distanceOf(slot: usize): u32 { return slot == 0 ? 32 : 27 }
@inline function blocksOf(slot: usize): u32 { return slot == 0 ? BLOCKS_1536 : BLOCKS_3072 }

function buildComb(slot: usize, blocks: u32): void {
  const comb = combOf(slot)
  const distance = distanceOf(slot)
  let block = slot == 0 ? built1536 : built3072
  while (block < blocks) {
    const table = comb + (<usize>block << 6) * span
    // g^(2^(distance * tooth)) of the block before, and of this one.
    if (block == 0) {
      // OUT is used because the arguments are still needed; only the result comes here.
      store<u8>(OUT, 2)
      enter(BASE, OUT, 1)
    } else {
      copy(BASE, table - 32 * span)
      squarings(distance)
    }
    copy(table, number(context, R1))
    for (let tooth: u32 = 0; tooth < TEETH; tooth++) {
      if (tooth > 0) squarings(distance)
      const one = <usize>1 << tooth
      copy(table + one * span, BASE)
      for (let i: usize = 1; i < one; i++) multiply(table + (one + i) * span, table + i * span, BASE)
    }
    block++
    if (slot == 0) built1536 = block
    else built3072 = block
  }
}

// BASE = BASE^(2^count).
function squarings(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    square(SWAP, BASE)
    copy(BASE, SWAP)
  }
}

// ACC = 2^exponent. The exponent must fit the comb; the binding ensures this.
function combPower(slot: usize, exponent: usize, length: u32): void {
  const distance = distanceOf(slot)
  const comb = combOf(slot)
  const blocks = (length * 8 + TEETH * distance - 1) / (TEETH * distance)
  buildComb(slot, blocks)
  copy(ACC, number(context, R1))
  for (let row = distance; row > 0;) {
    row--
    square(SWAP, ACC)
    copy(ACC, SWAP)
    for (let block: u32 = 0; block < blocks; block++) {
      let index: u32 = 0
      for (let tooth: u32 = 0; tooth < TEETH; tooth++) {
        index |= digit(exponent, length, (block * TEETH + tooth) * distance + row, 1) << tooth
      }
      select(SELECTED, comb + (<usize>block << 6) * span, span, 64, index)
      multiply(SWAP, SELECTED, ACC)
      copy(ACC, SWAP)
    }
  }
}

// -- exports ------------------------------------------------------------------------------------------------------------------------
// Every export wipes the scratch area before it returns; the binding wipes the arguments and the result.

function wipe(): void {
  memory.fill(SCRATCH, 0, SCRATCH_END - SCRATCH)
}

/** Makes `slot` the context of the odd modulus at IN_A, `length` bytes without leading zeros. Public, variable time. */
export function prepare(slot: usize, length: usize): void {
  context = CONTEXTS + slot * CONTEXT
  memory.fill(context, 0, CONTEXT)
  // c = -1/p mod 2^28, by Newton's iteration.
  limbs = 112
  span = 448
  const p = number(context, PRIME)
  fromBytes(p, IN_A, length)
  const low = load<u32>(p)
  let inverse: u32 = low
  for (let i = 0; i < 5; i++) inverse *= 2 - low * inverse
  const c = <u64>((0 - inverse) & FILLED)
  // N + 1 and its length.
  modulus = number(context, MODULUS)
  let carry: u64 = 1
  let bits: u32 = 0
  for (let i: usize = 0; i < 112; i++) {
    carry += c * load<u32>(p + (i << 2))
    const limb = <u32>(carry & MASK)
    store<u32>(modulus + (i << 2), limb)
    if (limb) bits = 28 * <u32>i + 32 - <u32>clz<u32>(limb)
    carry >>= 28
  }
  limbs = (((bits + 10 + 27) / 28) + 7) & ~7
  span = limbs << 2
  store<u32>(context + HEADER, <u32>limbs)
  store<u32>(context + HEADER, <u32>length, 4)
  store<u32>(context + HEADER, 64 - <u32>clz<u64>(c), 8)
  // R mod N by doubling 2^(bits - 1) mod N.
  const x = number(context, R1)
  store<u32>(x + ((bits - 1) / 28 << 2), 1 << ((bits - 1) % 28))
  for (let i: usize = bits - 1; i < 28 * limbs; i++) double(x)
  const y = number(context, R2)
  copy(y, x)
  for (let i: usize = 0; i < limbs / 8 * 7; i++) double(y)
  for (let i = 0; i < 5; i++) {
    square(SWAP, y)
    copy(y, SWAP)
  }
  wipe()
}

// x = 2x mod N for x < N.
function double(x: usize): void {
  // 2x + 1 against N + 1.
  let carry: u32 = 1
  let borrow: i32 = 0
  for (let i: usize = 0; i < span; i += 4) {
    const t = load<u32>(x + i) << 1 | carry
    carry = t >> 28
    store<u32>(x + i, t & FILLED)
    borrow = (<i32>(t & FILLED) - <i32>load<u32>(modulus + i) + borrow) >> 28
  }
  if (borrow == 0 || carry != 0) {
    borrow = 0
    for (let i: usize = 0; i < span; i += 4) {
      const t = <i32>(load<u32>(x + i) - load<u32>(modulus + i)) + borrow
      store<u32>(x + i, <u32>t & FILLED)
      borrow = t >> 28
    }
  } else {
    store<u32>(x, load<u32>(x) & ~1)
  }
}

/** IN_A^exponent: base of the modulus' length, exponent of `length` bytes at IN_B, both secret. */
export function power(slot: usize, length: u32): void {
  use(slot)
  enter(BASE, IN_A, byteLength())
  windowPower(IN_B, length)
  finish()
  wipe()
}

/** 2^exponent in group `slot` (0 or 1), secret exponent of `length` bytes at IN_B that the comb covers (`combBytes`). */
export function powerOfGenerator(slot: usize, length: u32): void {
  use(slot)
  combPower(slot, IN_B, length)
  finish()
  wipe()
}

/** The longest exponent in bytes that the comb of group `slot` covers. */
export function combBytes(slot: usize): u32 {
  return blocksOf(slot) * TEETH * distanceOf(slot) / 8
}

/** IN_A^(IN_B) * IN_C^(IN_D), all public. */
export function doublePower(slot: usize, first: u32, second: u32): void {
  use(slot)
  const width = widthFor(max(first, second))
  enter(BASE, IN_A, byteLength())
  fillTable(TABLE, BASE, width)
  enter(BASE, IN_C, byteLength())
  fillTable(TABLE_B, BASE, width)
  copy(ACC, number(context, R1))
  let position = (max(first, second) * 8 + width - 1) / width * width
  let started = false
  while (position > 0) {
    position -= width
    if (started) {
      for (let i: u32 = 0; i < width; i++) {
        square(SWAP, ACC)
        copy(ACC, SWAP)
      }
    }
    const x = digit(IN_B, first, position, width)
    if (x) {
      multiply(SWAP, number(TABLE, x), ACC)
      copy(ACC, SWAP)
      started = true
    }
    const y = digit(IN_D, second, position, width)
    if (y) {
      multiply(SWAP, number(TABLE_B, y), ACC)
      copy(ACC, SWAP)
      started = true
    }
  }
  finish()
  wipe()
}

/** 2^(IN_B) * IN_C^(IN_D) in group `slot`: `powerOfGenerator` times `power`. */
export function generatorDoublePower(slot: usize, first: u32, second: u32): void {
  use(slot)
  combPower(slot, IN_B, first)
  copy(FACTOR, ACC)
  enter(BASE, IN_C, byteLength())
  windowPower(IN_D, second)
  multiply(SWAP, FACTOR, ACC)
  copy(ACC, SWAP)
  finish()
  wipe()
}

/** IN_A * IN_B, both of the modulus' length. */
export function multiplyModulo(slot: usize): void {
  use(slot)
  enter(BASE, IN_A, byteLength())
  enter(FACTOR, IN_B, byteLength())
  multiply(ACC, BASE, FACTOR)
  finish()
  wipe()
}

/** The Jacobi symbol of IN_A, which is public and below the modulus. */
export function symbol(slot: usize): i32 {
  use(slot)
  fromBytes(BASE, IN_A, byteLength())
  copy(FACTOR, number(context, PRIME))
  const result = jacobi(BASE, FACTOR, limbs)
  wipe()
  return result
}

/** IN_A - IN_B * IN_C modulo the context's modulus; lengths up to the modulus'. */
export function respond(slot: usize, r: u32, a: u32, c: u32): void {
  use(slot)
  enter(BASE, IN_B, a)
  enter(FACTOR, IN_C, c)
  multiply(ACC, BASE, FACTOR)
  enter(BASE, IN_A, r)
  // r + 2N - ac: both are in Montgomery's form and below 2N.
  let carry: i64 = -2
  for (let i: usize = 0; i < span; i += 4) {
    carry += <i64>load<u32>(BASE + i) + (<i64>load<u32>(modulus + i) << 1) - <i64>load<u32>(ACC + i)
    store<u32>(ACC + i, <u32>carry & FILLED)
    carry >>= 28
  }
  finish()
  wipe()
}

// The size of the memory, for the binding.
export function memoryEnd(): usize { return END }
