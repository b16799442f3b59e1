// Arithmetic modulo q, the order of Ed448's prime-order subgroup: q = 2^446 - 0x8335dc16..., so 2^448 = DELTA (mod q) with DELTA of 226
// bits. A scalar is 16 limbs of 28 bits, below q, 64 bytes. A wide number is 34 limbs. Time depends on no value.

export const SCALAR: usize = 64
export const WIDE: usize = 136

const MASK: u64 = 0xfffffff

const DELTA = memory.data<u32>([
  0x29eec34, 0x1cf5b55, 0x9c2ab72, 0xf635c8e, 0x5bf7a4c, 0xd944a72, 0x8eec492, 0x0cd7705, 0x2,
])

const ORDER = memory.data<u32>([
  0xb5844f3, 0x78c292a, 0x58f5523, 0xc2728dc, 0x690216c, 0x49aed63, 0x9c44edb, 0x7cca23e,
  0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0x3ffffff,
])

/** Reads 114 little-endian bytes into a scalar. `wide` is room for a wide number and 17 limbs more. */
export function fromBytes(to: usize, at: usize, wide: usize): void {
  let bits: u32 = 0
  let value: u64 = 0
  let limb = wide
  for (let i: usize = 0; i < 114; i++) {
    value |= <u64>load<u8>(at + i) << bits
    bits += 8
    if (bits >= 28) {
      store<u32>(limb, <u32>(value & MASK))
      limb += 4
      value >>= 28
      bits -= 28
    }
  }
  store<u32>(limb, <u32>value)
  store<u32>(limb, 0, 4)
  reduce(to, wide)
}

/** Writes the 57 little-endian bytes of a scalar; the last is 0. */
export function toBytes(at: usize, a: usize): void {
  for (let i: usize = 0; i < 8; i++) {
    const t = <u64>load<u32>(a + 8 * i) | (<u64>load<u32>(a + 8 * i, 4) << 28)
    store<u32>(at + 7 * i, <u32>t)
    store<u16>(at + 7 * i, <u16>(t >> 32), 4)
    store<u8>(at + 7 * i, <u8>(t >> 48), 6)
  }
  store<u8>(at, 0, 56)
}

// Replaces `count` limbs, from limb 16 up, by DELTA times their value. Uses the 17 limbs after the wide number.
function fold(wide: usize, count: usize): void {
  const high = wide + WIDE
  memory.copy(high, wide + SCALAR, count << 2)
  memory.fill(wide + SCALAR, 0, count << 2)
  const end = max(16, count + 9) << 2
  let carry: u64 = 0
  for (let k: usize = 0; k < end; k += 4) {
    let t = carry + load<u32>(wide + k)
    const first = k > 32 ? k - 32 : 0
    const last = min(k, (count - 1) << 2)
    for (let i = first; i <= last; i += 4) t += <u64>load<u32>(high + i) * load<u32>(DELTA + k - i)
    store<u32>(wide + k, <u32>(t & MASK))
    carry = t >> 28
  }
  store<u32>(wide + end, <u32>carry)
}

// Reduces a wide number of up to 33 limbs. Overwrites it.
function reduce(to: usize, wide: usize): void {
  fold(wide, 17) // to 703 bits
  fold(wide, 10) // to 482 bits
  fold(wide, 2) // to 448 bits and a little
  fold(wide, 1) // to 448 bits
  memory.copy(to, wide, SCALAR)
  // The top two bits say how often 2^446 is in it. Afterwards at most one q too many is left.
  subtractOrder(to, <i64>(load<u32>(to, 60) >> 26))
  subtractOrder(to, 1 + compare(to))
}

// -1 if a < q, else 0.
function compare(a: usize): i64 {
  let borrow: i64 = 0
  for (let i: usize = 0; i < SCALAR; i += 4) borrow = (<i64>load<u32>(a + i) - <i64>load<u32>(ORDER + i) + borrow) >> 28
  return borrow
}

// a -= times * q.
function subtractOrder(a: usize, times: i64): void {
  let carry: i64 = 0
  for (let i: usize = 0; i < SCALAR; i += 4) {
    carry += <i64>load<u32>(a + i) - <i64>load<u32>(ORDER + i) * times
    store<u32>(a + i, <u32>carry & <u32>MASK)
    carry >>= 28
  }
}

/** to = a + b. */
export function add(to: usize, a: usize, b: usize): void {
  let carry: u32 = 0
  for (let i: usize = 0; i < SCALAR; i += 4) {
    carry += load<u32>(a + i) + load<u32>(b + i)
    store<u32>(to + i, carry & <u32>MASK)
    carry >>= 28
  }
  subtractOrder(to, 1 + compare(to))
}

/** to = -a. */
export function negate(to: usize, a: usize): void {
  let carry: i32 = 0
  for (let i: usize = 0; i < SCALAR; i += 4) {
    carry += load<i32>(ORDER + i) - load<i32>(a + i)
    store<i32>(to + i, carry & <i32>MASK)
    carry >>= 28
  }
  subtractOrder(to, 1 + compare(to))
}

/** to = a * b. `wide` as for `fromBytes`. */
export function multiply(to: usize, a: usize, b: usize, wide: usize): void {
  let carry: u64 = 0
  for (let k: usize = 0; k < 128; k += 4) {
    const first = k > 60 ? k - 60 : 0
    const last = min(k, 60)
    for (let i = first; i <= last; i += 4) carry += <u64>load<u32>(a + i) * load<u32>(b + k - i)
    store<u32>(wide + k, <u32>(carry & MASK))
    carry >>= 28
  }
  store<u64>(wide + 128, 0)
  reduce(to, wide)
}

// `width` bits of a scalar from `bit` on; zeros after its end.
function bits(a: usize, bit: u32, width: u32): u32 {
  const limb = bit / 28
  let value: u64 = 0
  if (limb < 16) value = load<u32>(a + (limb << 2))
  if (limb < 15) value |= <u64>load<u32>(a + (limb << 2), 4) << 28
  return <u32>(value >> bit % 28) & ((1 << width) - 1)
}

/**
 * The scalar as `count` signed digits of `width` bits in [-2^(width - 1), 2^(width - 1)), lowest first, one byte each; count * width must be
 * above 446 bits.
 */
export function recode(digits: usize, a: usize, width: u32, count: u32): void {
  let carry: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    const digit = bits(a, i * width, width) + carry
    carry = (digit + (1 << (width - 1))) >> width
    store<i8>(digits + i, <i8>(digit - (carry << width)))
  }
}

const HALF = memory.data<u32>([
  0x5ac227a, 0xbc61495, 0x2c7aa91, 0x613946e, 0xb4810b6, 0xa4d76b1, 0x4e2276d, 0xbe6511f,
  0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0xfffffff, 0x1ffffff,
])

// (2^450 - 1) / 2
const ALL_SIGNS = memory.data<u32>([
  0xae9fae1, 0xf64cb3f, 0x64d0175, 0x4da4d8b, 0x6c70550, 0x5760b96, 0x6bfb093, 0xd813f2a,
  0x3, 0, 0, 0, 0, 0, 0, 0x2000000,
])

/** Distance of the teeth of a comb: five of them cover a scalar. */
export const COMB: u32 = 90

/**
 * The scalar as 90 digits of a comb, one byte each. Digit j stands for the bits j, j + 90 to j + 360, where a bit is 1 or -1, never 0. Its
 * sign is that of the highest bit. Its magnitude, 1 to 16, is one more than the number that the other four bits form; these are inverted if the
 * sign is negative. Overwrites the scalar. `wide` as for `fromBytes`.
 */
export function recodeComb(digits: usize, a: usize, wide: usize): void {
  // With b the bits of (a + 2^450 - 1) / 2 mod q, a is the sum of (2 b - 1) 2^i.
  multiply(a, a, HALF, wide)
  add(a, a, ALL_SIGNS)
  for (let j: u32 = 0; j < COMB; j++) {
    const low = bits(a, j, 1) | bits(a, j + COMB, 1) << 1 | bits(a, j + 2 * COMB, 1) << 2 | bits(a, j + 3 * COMB, 1) << 3
    const sign = bits(a, j + 4 * COMB, 1) - 1
    store<i8>(digits + j, <i8>((((low ^ sign) & 15) + 1 ^ sign) - sign))
  }
}

/** How many digits `recodeOpen` makes. */
export const OPEN_DIGITS: u32 = 448

/** A public scalar as digits that are 0 or odd, below 2^5 in magnitude, with at least five zeros after each; one byte for each bit. Variable time. */
export function recodeOpen(digits: usize, a: usize): void {
  memory.fill(digits, 0, OPEN_DIGITS)
  let carry: u32 = 0
  for (let i: u32 = 0; i < OPEN_DIGITS; i++) {
    if (((bits(a, i, 1) + carry) & 1) == 0) continue
    const digit = bits(a, i, 6) + carry
    carry = digit >> 5
    store<i8>(digits + i, <i8>(digit - (carry << 6)))
    i += 5
  }
}
