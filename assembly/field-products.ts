// Written by generate/field.mjs, which explains it: change that and run `npm run build:wasm`.

const HALF: i64 = 1 << 27

// to = a * b. The three may be the same.
export function multiply(to: usize, a: usize, b: usize): void {
  const a0 = <i64>load<i32>(a, 0)
  const a1 = <i64>load<i32>(a, 4)
  const a2 = <i64>load<i32>(a, 8)
  const a3 = <i64>load<i32>(a, 12)
  const a4 = <i64>load<i32>(a, 16)
  const a5 = <i64>load<i32>(a, 20)
  const a6 = <i64>load<i32>(a, 24)
  const a7 = <i64>load<i32>(a, 28)
  const b0 = <i64>load<i32>(a, 32)
  const b1 = <i64>load<i32>(a, 36)
  const b2 = <i64>load<i32>(a, 40)
  const b3 = <i64>load<i32>(a, 44)
  const b4 = <i64>load<i32>(a, 48)
  const b5 = <i64>load<i32>(a, 52)
  const b6 = <i64>load<i32>(a, 56)
  const b7 = <i64>load<i32>(a, 60)
  const c0 = a0 + b0
  const c1 = a1 + b1
  const c2 = a2 + b2
  const c3 = a3 + b3
  const c4 = a4 + b4
  const c5 = a5 + b5
  const c6 = a6 + b6
  const c7 = a7 + b7
  const x0 = <i64>load<i32>(b, 0)
  const x1 = <i64>load<i32>(b, 4)
  const x2 = <i64>load<i32>(b, 8)
  const x3 = <i64>load<i32>(b, 12)
  const x4 = <i64>load<i32>(b, 16)
  const x5 = <i64>load<i32>(b, 20)
  const x6 = <i64>load<i32>(b, 24)
  const x7 = <i64>load<i32>(b, 28)
  const y0 = <i64>load<i32>(b, 32)
  const y1 = <i64>load<i32>(b, 36)
  const y2 = <i64>load<i32>(b, 40)
  const y3 = <i64>load<i32>(b, 44)
  const y4 = <i64>load<i32>(b, 48)
  const y5 = <i64>load<i32>(b, 52)
  const y6 = <i64>load<i32>(b, 56)
  const y7 = <i64>load<i32>(b, 60)
  const z0 = x0 + y0
  const z1 = x1 + y1
  const z2 = x2 + y2
  const z3 = x3 + y3
  const z4 = x4 + y4
  const z5 = x5 + y5
  const z6 = x6 + y6
  const z7 = x7 + y7
  let low: i64, high: i64, t: i64, u: i64, c: i64 = 0, e: i64 = 0
  low = a0 * x0
  high = c1 * z7 + c2 * z6 + c3 * z5 + c4 * z4 + c5 * z3 + c6 * z2 + c7 * z1
  t = c + low + (b0 * y0) + high - (a1 * x7 + a2 * x6 + a3 * x5 + a4 * x4 + a5 * x3 + a6 * x2 + a7 * x1)
  u = e - low + (c0 * z0) + high + (b1 * y7 + b2 * y6 + b3 * y5 + b4 * y4 + b5 * y3 + b6 * y2 + b7 * y1)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r0 = t - (c << 28), r8 = u - (e << 28)
  low = a0 * x1 + a1 * x0
  high = c2 * z7 + c3 * z6 + c4 * z5 + c5 * z4 + c6 * z3 + c7 * z2
  t = c + low + (b0 * y1 + b1 * y0) + high - (a2 * x7 + a3 * x6 + a4 * x5 + a5 * x4 + a6 * x3 + a7 * x2)
  u = e - low + (c0 * z1 + c1 * z0) + high + (b2 * y7 + b3 * y6 + b4 * y5 + b5 * y4 + b6 * y3 + b7 * y2)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r1 = t - (c << 28), r9 = u - (e << 28)
  low = a0 * x2 + a1 * x1 + a2 * x0
  high = c3 * z7 + c4 * z6 + c5 * z5 + c6 * z4 + c7 * z3
  t = c + low + (b0 * y2 + b1 * y1 + b2 * y0) + high - (a3 * x7 + a4 * x6 + a5 * x5 + a6 * x4 + a7 * x3)
  u = e - low + (c0 * z2 + c1 * z1 + c2 * z0) + high + (b3 * y7 + b4 * y6 + b5 * y5 + b6 * y4 + b7 * y3)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r2 = t - (c << 28), r10 = u - (e << 28)
  low = a0 * x3 + a1 * x2 + a2 * x1 + a3 * x0
  high = c4 * z7 + c5 * z6 + c6 * z5 + c7 * z4
  t = c + low + (b0 * y3 + b1 * y2 + b2 * y1 + b3 * y0) + high - (a4 * x7 + a5 * x6 + a6 * x5 + a7 * x4)
  u = e - low + (c0 * z3 + c1 * z2 + c2 * z1 + c3 * z0) + high + (b4 * y7 + b5 * y6 + b6 * y5 + b7 * y4)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r3 = t - (c << 28), r11 = u - (e << 28)
  low = a0 * x4 + a1 * x3 + a2 * x2 + a3 * x1 + a4 * x0
  high = c5 * z7 + c6 * z6 + c7 * z5
  t = c + low + (b0 * y4 + b1 * y3 + b2 * y2 + b3 * y1 + b4 * y0) + high - (a5 * x7 + a6 * x6 + a7 * x5)
  u = e - low + (c0 * z4 + c1 * z3 + c2 * z2 + c3 * z1 + c4 * z0) + high + (b5 * y7 + b6 * y6 + b7 * y5)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r4 = t - (c << 28), r12 = u - (e << 28)
  low = a0 * x5 + a1 * x4 + a2 * x3 + a3 * x2 + a4 * x1 + a5 * x0
  high = c6 * z7 + c7 * z6
  t = c + low + (b0 * y5 + b1 * y4 + b2 * y3 + b3 * y2 + b4 * y1 + b5 * y0) + high - (a6 * x7 + a7 * x6)
  u = e - low + (c0 * z5 + c1 * z4 + c2 * z3 + c3 * z2 + c4 * z1 + c5 * z0) + high + (b6 * y7 + b7 * y6)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r5 = t - (c << 28), r13 = u - (e << 28)
  low = a0 * x6 + a1 * x5 + a2 * x4 + a3 * x3 + a4 * x2 + a5 * x1 + a6 * x0
  high = c7 * z7
  t = c + low + (b0 * y6 + b1 * y5 + b2 * y4 + b3 * y3 + b4 * y2 + b5 * y1 + b6 * y0) + high - (a7 * x7)
  u = e - low + (c0 * z6 + c1 * z5 + c2 * z4 + c3 * z3 + c4 * z2 + c5 * z1 + c6 * z0) + high + (b7 * y7)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r6 = t - (c << 28), r14 = u - (e << 28)
  low = a0 * x7 + a1 * x6 + a2 * x5 + a3 * x4 + a4 * x3 + a5 * x2 + a6 * x1 + a7 * x0
  t = c + low + (b0 * y7 + b1 * y6 + b2 * y5 + b3 * y4 + b4 * y3 + b5 * y2 + b6 * y1 + b7 * y0)
  u = e - low + (c0 * z7 + c1 * z6 + c2 * z5 + c3 * z4 + c4 * z3 + c5 * z2 + c6 * z1 + c7 * z0)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r7 = t - (c << 28), r15 = u - (e << 28)
  t = r0 + e
  u = r8 + c + e
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  store<i32>(to, <i32>(t - (c << 28)))
  store<i32>(to, <i32>(r1 + c), 4)
  store<i32>(to, <i32>r2, 8)
  store<i32>(to, <i32>r3, 12)
  store<i32>(to, <i32>r4, 16)
  store<i32>(to, <i32>r5, 20)
  store<i32>(to, <i32>r6, 24)
  store<i32>(to, <i32>r7, 28)
  store<i32>(to, <i32>(u - (e << 28)), 32)
  store<i32>(to, <i32>(r9 + e), 36)
  store<i32>(to, <i32>r10, 40)
  store<i32>(to, <i32>r11, 44)
  store<i32>(to, <i32>r12, 48)
  store<i32>(to, <i32>r13, 52)
  store<i32>(to, <i32>r14, 56)
  store<i32>(to, <i32>r15, 60)
}

// to = a^2. The two may be the same.
export function squareFast(to: usize, a: usize): void {
  const a0 = <i64>load<i32>(a, 0)
  const a1 = <i64>load<i32>(a, 4)
  const a2 = <i64>load<i32>(a, 8)
  const a3 = <i64>load<i32>(a, 12)
  const a4 = <i64>load<i32>(a, 16)
  const a5 = <i64>load<i32>(a, 20)
  const a6 = <i64>load<i32>(a, 24)
  const a7 = <i64>load<i32>(a, 28)
  const b0 = <i64>load<i32>(a, 32)
  const b1 = <i64>load<i32>(a, 36)
  const b2 = <i64>load<i32>(a, 40)
  const b3 = <i64>load<i32>(a, 44)
  const b4 = <i64>load<i32>(a, 48)
  const b5 = <i64>load<i32>(a, 52)
  const b6 = <i64>load<i32>(a, 56)
  const b7 = <i64>load<i32>(a, 60)
  const c0 = a0 + b0
  const c1 = a1 + b1
  const c2 = a2 + b2
  const c3 = a3 + b3
  const c4 = a4 + b4
  const c5 = a5 + b5
  const c6 = a6 + b6
  const c7 = a7 + b7
  const a1d = a1 << 1
  const a2d = a2 << 1
  const a3d = a3 << 1
  const a4d = a4 << 1
  const a5d = a5 << 1
  const a6d = a6 << 1
  const a7d = a7 << 1
  const b1d = b1 << 1
  const b2d = b2 << 1
  const b3d = b3 << 1
  const b4d = b4 << 1
  const b5d = b5 << 1
  const b6d = b6 << 1
  const b7d = b7 << 1
  const c1d = c1 << 1
  const c2d = c2 << 1
  const c3d = c3 << 1
  const c4d = c4 << 1
  const c5d = c5 << 1
  const c6d = c6 << 1
  const c7d = c7 << 1
  let low: i64, high: i64, t: i64, u: i64, c: i64 = 0, e: i64 = 0
  low = a0 * a0
  high = c1 * c7d + c2 * c6d + c3 * c5d + c4 * c4
  t = c + low + (b0 * b0) + high - (a1 * a7d + a2 * a6d + a3 * a5d + a4 * a4)
  u = e - low + (c0 * c0) + high + (b1 * b7d + b2 * b6d + b3 * b5d + b4 * b4)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r0 = t - (c << 28), r8 = u - (e << 28)
  low = a0 * a1d
  high = c2 * c7d + c3 * c6d + c4 * c5d
  t = c + low + (b0 * b1d) + high - (a2 * a7d + a3 * a6d + a4 * a5d)
  u = e - low + (c0 * c1d) + high + (b2 * b7d + b3 * b6d + b4 * b5d)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r1 = t - (c << 28), r9 = u - (e << 28)
  low = a0 * a2d + a1 * a1
  high = c3 * c7d + c4 * c6d + c5 * c5
  t = c + low + (b0 * b2d + b1 * b1) + high - (a3 * a7d + a4 * a6d + a5 * a5)
  u = e - low + (c0 * c2d + c1 * c1) + high + (b3 * b7d + b4 * b6d + b5 * b5)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r2 = t - (c << 28), r10 = u - (e << 28)
  low = a0 * a3d + a1 * a2d
  high = c4 * c7d + c5 * c6d
  t = c + low + (b0 * b3d + b1 * b2d) + high - (a4 * a7d + a5 * a6d)
  u = e - low + (c0 * c3d + c1 * c2d) + high + (b4 * b7d + b5 * b6d)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r3 = t - (c << 28), r11 = u - (e << 28)
  low = a0 * a4d + a1 * a3d + a2 * a2
  high = c5 * c7d + c6 * c6
  t = c + low + (b0 * b4d + b1 * b3d + b2 * b2) + high - (a5 * a7d + a6 * a6)
  u = e - low + (c0 * c4d + c1 * c3d + c2 * c2) + high + (b5 * b7d + b6 * b6)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r4 = t - (c << 28), r12 = u - (e << 28)
  low = a0 * a5d + a1 * a4d + a2 * a3d
  high = c6 * c7d
  t = c + low + (b0 * b5d + b1 * b4d + b2 * b3d) + high - (a6 * a7d)
  u = e - low + (c0 * c5d + c1 * c4d + c2 * c3d) + high + (b6 * b7d)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r5 = t - (c << 28), r13 = u - (e << 28)
  low = a0 * a6d + a1 * a5d + a2 * a4d + a3 * a3
  high = c7 * c7
  t = c + low + (b0 * b6d + b1 * b5d + b2 * b4d + b3 * b3) + high - (a7 * a7)
  u = e - low + (c0 * c6d + c1 * c5d + c2 * c4d + c3 * c3) + high + (b7 * b7)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r6 = t - (c << 28), r14 = u - (e << 28)
  low = a0 * a7d + a1 * a6d + a2 * a5d + a3 * a4d
  t = c + low + (b0 * b7d + b1 * b6d + b2 * b5d + b3 * b4d)
  u = e - low + (c0 * c7d + c1 * c6d + c2 * c5d + c3 * c4d)
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  const r7 = t - (c << 28), r15 = u - (e << 28)
  t = r0 + e
  u = r8 + c + e
  c = (t + HALF) >> 28
  e = (u + HALF) >> 28
  store<i32>(to, <i32>(t - (c << 28)))
  store<i32>(to, <i32>(r1 + c), 4)
  store<i32>(to, <i32>r2, 8)
  store<i32>(to, <i32>r3, 12)
  store<i32>(to, <i32>r4, 16)
  store<i32>(to, <i32>r5, 20)
  store<i32>(to, <i32>r6, 24)
  store<i32>(to, <i32>r7, 28)
  store<i32>(to, <i32>(u - (e << 28)), 32)
  store<i32>(to, <i32>(r9 + e), 36)
  store<i32>(to, <i32>r10, 40)
  store<i32>(to, <i32>r11, 44)
  store<i32>(to, <i32>r12, 48)
  store<i32>(to, <i32>r13, 52)
  store<i32>(to, <i32>r14, 56)
  store<i32>(to, <i32>r15, 60)
}
