// The field of Ed448, modulo p = 2^448 - 2^224 - 1. An element is 16 signed limbs of 28 bits, stored as i32, 64 bytes. The limbs of
// reduced elements are at most 2^27 (and a little) in magnitude. Sums and differences of two reduced elements may be multiplied without
// reduction (see generate/field.mjs for the bounds). Time depends on no value.

import { multiply, squareFast } from './field-products'
import { inverse } from './inverse'
import { jacobi } from './jacobi'
export { multiply } from './field-products'

export const ELEMENT: usize = 64

/** to = a^2. The two may be the same. */
@inline export function square(to: usize, a: usize): void {
  // The module without SIMD must be small.
  if (ASC_FEATURE_SIMD) squareFast(to, a)
  else multiply(to, a, a)
}

@inline export function copy(to: usize, from: usize): void { memory.copy(to, from, ELEMENT) }

export function add(to: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 16) {
    store<i32>(to + i, load<i32>(a + i) + load<i32>(b + i))
    store<i32>(to + i, load<i32>(a + i, 4) + load<i32>(b + i, 4), 4)
    store<i32>(to + i, load<i32>(a + i, 8) + load<i32>(b + i, 8), 8)
    store<i32>(to + i, load<i32>(a + i, 12) + load<i32>(b + i, 12), 12)
  }
}

export function subtract(to: usize, a: usize, b: usize): void {
  for (let i: usize = 0; i < ELEMENT; i += 16) {
    store<i32>(to + i, load<i32>(a + i) - load<i32>(b + i))
    store<i32>(to + i, load<i32>(a + i, 4) - load<i32>(b + i, 4), 4)
    store<i32>(to + i, load<i32>(a + i, 8) - load<i32>(b + i, 8), 8)
    store<i32>(to + i, load<i32>(a + i, 12) - load<i32>(b + i, 12), 12)
  }
}

/** a = -a if mask is -1; unchanged if it is 0. */
export function negateIf(a: usize, mask: i32): void {
  for (let i: usize = 0; i < ELEMENT; i += 4) store<i32>(a + i, (load<i32>(a + i) ^ mask) - mask)
}

export function setSmall(to: usize, value: i32): void {
  memory.fill(to, 0, ELEMENT)
  store<i32>(to, value)
}

/** to = a * factor for |factor| < 2^31, reduced; factor 1 only reduces. */
export function scale(to: usize, a: usize, factor: i64): void {
  let carry: i64 = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const t = <i64>load<i32>(a + i) * factor + carry
    carry = (t + (1 << 27)) >> 28
    store<i32>(to + i, <i32>(t - (carry << 28)))
  }
  // 2^448 = 2^224 + 1: twice, because the first carry may be as large as a limb.
  let t = <i64>load<i32>(to) + carry
  let c = (t + (1 << 27)) >> 28
  store<i32>(to, <i32>(t - (c << 28)))
  store<i32>(to, load<i32>(to, 4) + <i32>c, 4)
  t = <i64>load<i32>(to, 32) + carry
  c = (t + (1 << 27)) >> 28
  store<i32>(to, <i32>(t - (c << 28)), 32)
  store<i32>(to, load<i32>(to, 36) + <i32>c, 36)
}

/** Reads 56 little-endian bytes into an element. Accepts any value below 2^448; `isCanonical` says whether it was below p. */
export function fromBytes(to: usize, at: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const t = load<u64>(at + 7 * i)
    store<u32>(to + 8 * i, <u32>t & 0xfffffff)
    store<u32>(to + 8 * i, <u32>(t >> 28) & 0xfffffff, 4)
  }
  scale(to, to, 1)
}

/** Whether 56 little-endian bytes are below p. */
export function isCanonical(at: usize): bool {
  let borrow: i64 = 0
  for (let i: usize = 0; i < 8; i++) {
    // p in steps of 56 bits: all ones except bit 224.
    const limb: i64 = i == 4 ? 0xfffffffffffffe : 0xffffffffffffff
    borrow = (<i64>(load<u64>(at + 7 * i) & 0xffffffffffffff) - limb + borrow) >> 56
  }
  return borrow != 0
}

/** Writes the element's least non-negative residue as 56 little-endian bytes; the element becomes that residue, too, in limbs of 28 bits. */
export function toBytes(at: usize, a: usize): void {
  // Add 2p, so that the value is not negative; then carry, so that limbs are in [0, 2^28). The second time there is a carry out of the top
  // only if the value was just above 2^448, and then the limbs to which it is added are small.
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    store<i32>(a + i, load<i32>(a + i) + (i == 32 ? 0x1ffffffc : 0x1ffffffe))
  }
  carryUp(a)
  carryUp(a)
  // Subtract p unless the result is negative.
  let borrow: i32 = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    borrow = (load<i32>(a + i) - (i == 32 ? 0xffffffe : 0xfffffff) + borrow) >> 28
  }
  const keep = ~borrow
  borrow = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const t = load<i32>(a + i) - ((i == 32 ? 0xffffffe : 0xfffffff) & keep) + borrow
    store<i32>(a + i, t & 0xfffffff)
    borrow = t >> 28
  }
  for (let i: usize = 0; i < 8; i++) {
    const t = <u64>load<u32>(a + 8 * i) | (<u64>load<u32>(a + 8 * i, 4) << 28)
    store<u32>(at + 7 * i, <u32>t)
    store<u16>(at + 7 * i, <u16>(t >> 32), 4)
    store<u8>(at + 7 * i, <u8>(t >> 48), 6)
  }
}

// Carries, so that each limb has 28 bits. The carry out of the top is added to limbs 0 and 8.
function carryUp(a: usize): void {
  let carry: i32 = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    const t = load<i32>(a + i) + carry
    carry = t >> 28
    store<i32>(a + i, t & 0xfffffff)
  }
  store<i32>(a, load<i32>(a) + carry)
  store<i32>(a, load<i32>(a, 32) + carry, 32)
}

/** Whether an element is 0 mod p. Overwrites it, and 56 bytes at `scratch`. */
export function isZero(a: usize, scratch: usize): bool {
  toBytes(scratch, a)
  let any: u64 = 0
  for (let i: usize = 0; i < 56; i += 8) any |= load<u64>(scratch + i)
  return any == 0
}

function squarings(to: usize, from: usize, count: i32): void {
  square(to, from)
  for (let i = 1; i < count; i++) square(to, to)
}

/**
 * to = a^((p - 3) / 4) = a^(2^446 - 2^222 - 1). With z the result, a z is a square root of a if a is a square.
 * `scratch` is three elements, `to` none of them.
 */
export function rootPower(to: usize, a: usize, scratch: usize): void {
  const ones = scratch, next = scratch + ELEMENT, base = scratch + 2 * ELEMENT
  copy(base, a)
  copy(ones, a)
  // ones = a^(2^n - 1) for n = 1, 3, 6, 13, 27, 55, 111, 222, 223: n is doubled, and one more if the bit is set.
  let n = 1
  for (let bits = 0b10111101; bits > 1; bits >>= 1) {
    squarings(next, ones, n)
    multiply(ones, next, ones)
    n <<= 1
    if (bits & 1) {
      square(ones, ones)
      multiply(ones, ones, base)
      n++
    }
  }
  copy(next, ones)
  square(ones, ones)
  multiply(ones, ones, base)
  squarings(ones, ones, 223)
  multiply(to, ones, next)
}

/** to = 1 / a, or 0 for 0. `scratch` is thirteen elements, `to` none of them. */
export function invert(to: usize, a: usize, scratch: usize): void {
  if (ASC_FEATURE_SIMD) {
    copy(scratch, a)
    toBytes(scratch + ELEMENT, scratch)
    scale(to, inverse(scratch, scratch + 2 * ELEMENT), 1)
  } else {
    // The module without SIMD must be small: use z^4 a with the z of a square root.
    rootPower(to, a, scratch)
    square(to, to)
    square(to, to)
    multiply(to, to, scratch + 2 * ELEMENT)
  }
}

/** The Legendre symbol of a public element: 1, -1 or 0; variable time. Overwrites the element. `scratch` is five elements. */
export function legendre(a: usize, scratch: usize): i32 {
  const x = scratch + 16, p = scratch + 2 * ELEMENT + 16
  memory.fill(scratch, 0, 5 * ELEMENT)
  toBytes(scratch + 4 * ELEMENT, a)
  copy(x, a)
  for (let i: usize = 0; i < ELEMENT; i += 4) store<u32>(p + i, i == 32 ? 0xffffffe : 0xfffffff)
  return jacobi(x, p, 16)
}
