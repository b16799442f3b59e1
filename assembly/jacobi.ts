// The Jacobi symbol by binary Euclid. For public numbers: variable time.
//
// It does 28 steps at a time on 64-bit approximations (Pornin, eprint 2020/972). The lowest 31 bits are exact and decide which number is odd and
// the signs of the symbol; the highest 33 decide which is smaller, nearly always correctly. If not, one of the two numbers becomes
// negative, never both: reciprocity still holds for their lowest bits then, with (a | -b) = (a | b).

const MASK: i64 = 0xfffffff

// The place of the number's highest limb that is not 0, counted from 1; 0 for the number 0.
function lengthOf(a: usize, most: usize): usize {
  while (most > 0 && load<u32>(a + (most - 1 << 2)) == 0) most--
  return most
}

// Bits [from, from + 33) of a number, from >= 0.
function window(a: usize, from: usize): u64 {
  const at = a + (from / 28 << 2), shift: u64 = from % 28
  const low = <u64>load<u32>(at) | (<u64>load<u32>(at, 4) << 28)
  return ((low >> shift) | (<u64>load<u32>(at, 8) << (56 - shift))) & 0x1ffffffff
}

// a = |(f a + g b) / 2^28|, b = |(h a + k b) / 2^28|; returns whether a was negative.
function update(a: usize, b: usize, length: usize, f: i64, g: i64, h: i64, k: i64): bool {
  let x: i64 = 0, y: i64 = 0
  for (let i: usize = 0; i < length << 2; i += 4) {
    const s = <i64>load<u32>(a + i), t = <i64>load<u32>(b + i)
    x += f * s + g * t
    y += h * s + k * t
    // The lowest limb of the sum is 0. It is written before the number, and so dropped.
    store<u32>(a + i - 4, <u32>(x & MASK))
    store<u32>(b + i - 4, <u32>(y & MASK))
    x >>= 28
    y >>= 28
  }
  store<u32>(a + (length - 1 << 2), <u32>(x & MASK))
  store<u32>(b + (length - 1 << 2), <u32>(y & MASK))
  if (x < 0) negate(a, length)
  if (y < 0) negate(b, length)
  return x < 0
}

function negate(a: usize, length: usize): void {
  let carry: i64 = 0
  for (let i: usize = 0; i < length << 2; i += 4) {
    carry -= load<u32>(a + i)
    store<u32>(a + i, <u32>(carry & MASK))
    carry >>= 28
  }
}

/** (a | b) for odd b > 0 and 0 <= a < b, of `most` limbs, with room before and zeros behind; both are overwritten. */
export function jacobi(a: usize, b: usize, most: usize): i32 {
  let sign: u32 = 0
  let length = lengthOf(b, most)
  for (;;) {
    const lengthA = lengthOf(a, length)
    if (lengthA == 0) break
    length = max(lengthA, lengthOf(b, length))
    let x: u64, y: u64
    const top = load<u32>(a + (length - 1 << 2)) | load<u32>(b + (length - 1 << 2))
    const bits: usize = 28 * length + 4 - <usize>clz<u32>(top)
    if (bits <= 64) {
      x = window(a, 0) | (window(a, 33) << 33)
      y = window(b, 0) | (window(b, 33) << 33)
    } else {
      x = (window(a, 0) & 0x7fffffff) | (window(a, bits - 33) << 31)
      y = (window(b, 0) & 0x7fffffff) | (window(b, bits - 33) << 31)
    }
    let f: i64 = 1, g: i64 = 0, h: i64 = 0, k: i64 = 1
    for (let step = 0; step < 28; step++) {
      if (x & 1) {
        if (x < y) {
          sign ^= <u32>(x & y & 2)
          let t = x
          x = y
          y = t
          let s = f
          f = h
          h = s
          s = g
          g = k
          k = s
        }
        x -= y
        f -= h
        g -= k
      }
      // (2 | y) is -1 for y = 3 and 5 mod 8.
      sign ^= <u32>((y ^ (y >> 1)) & 2)
      x >>= 1
      h <<= 1
      k <<= 1
    }
    // (-1 | b) is -1 for b = 3 mod 4.
    if (update(a, b, length, f, g, h, k)) sign ^= load<u32>(b) & 2
  }
  return lengthOf(b, length) == 1 && load<u32>(b) == 1 ? 1 - <i32>(sign & 2) : 0
}
