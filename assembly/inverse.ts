// Inverses modulo p = 2^448 - 2^224 - 1 by binary Euclid in constant time (Pornin, eprint 2020/972): 32 rounds of 28 steps, whatever the
// element.
//
// A round does its steps on approximations of 64 bits: the lowest 31 bits are exact and decide which number is odd, the highest 33 decide which
// is smaller. The effect of the steps is kept as four factors of at most 2^28, which are then applied to the whole numbers: to x and y, and
// to u and v, where x = u a and y = v a (mod p). In the end y is 1, and v the inverse. For a = 0 nothing changes v, which is 0 at the start.

const ELEMENT: usize = 64
const MASK: i64 = 0xfffffff

/** The length of a number in bytes, with room for a limb before it. */
const NUMBER: usize = 72

// to = |f x + g y| / 2^28; returns -1 if that was negative, else 0.
function combine(to: usize, f: i64, x: usize, g: i64, y: usize): i64 {
  let carry: i64 = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += f * <i64>load<u32>(x + i) + g * <i64>load<u32>(y + i)
    // The lowest limb is 0. It is written before the number.
    store<u32>(to + i - 4, <u32>(carry & MASK))
    carry >>= 28
  }
  store<u32>(to, <u32>(carry & MASK), 60)
  const sign = carry >> 63
  carry = -sign
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += (<i64>load<u32>(to + i) ^ sign) & MASK
    store<u32>(to + i, <u32>(carry & MASK))
    carry >>= 28
  }
  return sign
}

// to = (f u + g v) / 2^28 mod p, in limbs of 28 bits that may be a little larger, and negative.
function combineModulo(to: usize, f: i64, u: usize, g: i64, v: usize): void {
  // With t p for a certain t the lowest limb becomes 0: p has -1 there, -1 in limb 8 and 1 in limb 16.
  let t: i64 = 0, carry: i64 = 0
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    carry += f * <i64>load<i32>(u + i) + g * <i64>load<i32>(v + i)
    if (i == 0) t = carry << 36 >> 36
    if (i == 0 || i == 32) carry -= t
    store<i32>(to + i - 4, <i32>(carry & MASK))
    carry >>= 28
  }
  carry += t
  store<i32>(to, <i32>(carry & MASK), 60)
  // 2^448 = 2^224 + 1.
  carry >>= 28
  store<i32>(to, load<i32>(to) + <i32>carry)
  store<i32>(to, load<i32>(to, 32) + <i32>carry, 32)
}

/**
 * 1 / a modulo p, or 0 for 0. Returns its address in the scratch, in limbs of 28 bits or a little more. a must have its least non-negative
 * limbs, as `toBytes` of field.ts leaves them. `scratch` is ten elements, a none of them.
 */
export function inverse(a: usize, scratch: usize): usize {
  let x = scratch + 8, y = x + NUMBER, u = y + NUMBER, v = u + NUMBER
  let nextX = v + NUMBER, nextY = nextX + NUMBER, nextU = nextY + NUMBER, nextV = nextU + NUMBER
  memory.fill(u, 0, 2 * NUMBER)
  memory.copy(x, a, ELEMENT)
  for (let i: usize = 0; i < ELEMENT; i += 4) store<u32>(y + i, i == 32 ? 0xffffffe : 0xfffffff)
  store<i32>(u, 1)
  for (let round = 0; round < 32; round++) {
    // The highest limb that is not 0 in one of them, with the bits below it; at least limb 2, and at least bit 63 of the numbers.
    let highX: i64 = 0, highY: i64 = 0, top: u32 = 0
    for (let i: usize = 8; i < ELEMENT; i += 4) {
      const either = load<u32>(x + i) | load<u32>(y + i) | <u32>(i == 8) << 7
      const found = <i64>(<i32>(either | -either) >> 31)
      highX ^= (highX ^ (<i64>load<u32>(x + i) << 36 | <i64>load<u32>(x + i - 4) << 8 | <i64>(load<u32>(x + i - 8) >> 20))) & found
      highY ^= (highY ^ (<i64>load<u32>(y + i) << 36 | <i64>load<u32>(y + i - 4) << 8 | <i64>(load<u32>(y + i - 8) >> 20))) & found
      top ^= (top ^ either) & <u32>found
    }
    const shift = <i64>clz<u32>(top) - 4
    const low: i64 = 0x7fffffff
    let p = <u64>((highX << shift & ~low) | ((<i64>load<u32>(x) | <i64>load<u32>(x, 4) << 28) & low))
    let q = <u64>((highY << shift & ~low) | ((<i64>load<u32>(y) | <i64>load<u32>(y, 4) << 28) & low))
    // Two factors in one register: the second is in the upper half, less the borrow of the first.
    let forX: u64 = 1, forY: u64 = 1 << 32
    for (let step = 0; step < 28; step++) {
      const odd = -(p & 1)
      const swap = odd & -<u64>(p < q)
      let t = (p ^ q) & swap
      p ^= t
      q ^= t
      t = (forX ^ forY) & swap
      forX ^= t
      forY ^= t
      p = (p - (q & odd)) >> 1
      forX -= forY & odd
      forY <<= 1
    }
    const f = <i64><i32>forX, g = (<i64>forX - f) >> 32, h = <i64><i32>forY, k = (<i64>forY - h) >> 32
    let sign = combine(nextX, f, x, g, y)
    combineModulo(nextU, (f ^ sign) - sign, u, (g ^ sign) - sign, v)
    sign = combine(nextY, h, x, k, y)
    combineModulo(nextV, (h ^ sign) - sign, u, (k ^ sign) - sign, v)
    let t = x; x = nextX; nextX = t
    t = y; y = nextY; nextY = t
    t = u; u = nextU; nextU = t
    t = v; v = nextV; nextV = t
  }
  return v
}
