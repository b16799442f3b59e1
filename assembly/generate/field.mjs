// Writes the two straight-line functions of the field of Ed448: multiplication and squaring modulo p = 2^448 - 2^224 - 1.
//
// An element is 16 signed limbs of 28 bits. With phi = 2^224 it is a0 + a1 phi, eight limbs each, and phi^2 = phi + 1 (mod p), so that
//
//   (a0 + a1 phi)(b0 + b1 phi) = a0 b0 + a1 b1 + ((a0 + a1)(b0 + b1) - a0 b0) phi
//
// takes three products of eight limbs instead of four. What such a product has above phi is folded down by the same rule. For column j,
// with A = a0 b0, B = a1 b1, C = (a0 + a1)(b0 + b1), `low` its products i + k = j and `high` its products i + k = j + 8:
//
//   limb j     = A.low + B.low + C.high - A.high
//   limb j + 8 = C.low - A.low + B.high + C.high
//
// Bounds, in units of 2^28 for limbs: reduced limbs are at most 1/2 (+ 2^-19) in magnitude, and limb j + 8 sums 40 products at most in
// units of 2^56 times the factors' bounds. Everything stays below 2^63 when the factors' bounds multiply to at most 3.

const limbs = [...Array(8).keys()]
const pairs = (sum) => limbs.flatMap((i) => (sum - i >= 0 && sum - i < 8 ? [[i, sum - i]] : []))

const sum = (terms) => terms.join(' + ')

/** The products of column `sum`, for the half-length factors named x and y. */
const product = (x, y) => (column) => sum(pairs(column).map(([i, k]) => `${x}${i} * ${y}${k}`))

/** The same for a square: mixed products once, from a doubled factor. */
const square = (x) => (column) =>
  sum(pairs(column).filter(([i, k]) => i <= k).map(([i, k]) => (i === k ? `${x}${i} * ${x}${i}` : `${x}${i} * ${x}${k}d`)))

const balance = (name, carry) => `  ${carry} = (${name} + HALF) >> 28\n`

function body(A, B, C) {
  let text = '  let low: i64, high: i64, t: i64, u: i64, v: i64, c: i64 = 0, e: i64 = 0\n'
  for (const j of limbs) {
    text += `  low = ${A(j)}\n`
    if (j < 7) {
      text += `  high = ${C(j + 8)}\n`
      text += `  t = c + low + (${B(j)}) + high - (${A(j + 8)})\n`
      text += `  u = e - low + (${C(j)}) + high + (${B(j + 8)})\n`
    } else {
      text += `  t = c + low + (${B(j)})\n`
      text += `  u = e - low + (${C(j)})\n`
    }
    text += balance('t', 'c') + balance('u', 'e')
    text += `  const r${j} = t - (c << 28), r${j + 8} = u - (e << 28)\n`
  }
  // What leaves limb 7 enters limb 8; what leaves limb 15 enters limbs 0 and 8. One more step makes those small again.
  text += '  t = r0 + e\n  u = r8 + c + e\n'
  text += balance('t', 'c') + balance('u', 'e')
  text += '  store<i32>(to, <i32>(t - (c << 28)))\n  store<i32>(to, <i32>(r1 + c), 4)\n'
  for (const i of [2, 3, 4, 5, 6, 7]) text += `  store<i32>(to, <i32>r${i}, ${4 * i})\n`
  text += '  store<i32>(to, <i32>(u - (e << 28)), 32)\n  store<i32>(to, <i32>(r9 + e), 36)\n'
  for (const i of [10, 11, 12, 13, 14, 15]) text += `  store<i32>(to, <i32>r${i}, ${4 * i})\n`
  return text.replace('u: i64, v: i64,', 'u: i64,')
}

const load = (from, name, at) => limbs.map((i) => `  const ${name}${i} = <i64>load<i32>(${from}, ${4 * (i + at)})\n`).join('')
const add = (name, x, y) => limbs.map((i) => `  const ${name}${i} = ${x}${i} + ${y}${i}\n`).join('')
const double = (name) => limbs.slice(1).map((i) => `  const ${name}${i}d = ${name}${i} << 1\n`).join('')

export const fieldSource = `// Written by generate/field.mjs, which explains it: change that and run \`npm run build:wasm\`.

const HALF: i64 = 1 << 27

// to = a * b. The three may be the same.
export function multiply(to: usize, a: usize, b: usize): void {
${load('a', 'a', 0)}${load('a', 'b', 8)}${add('c', 'a', 'b')}${load('b', 'x', 0)}${load('b', 'y', 8)}${add('z', 'x', 'y')}\
${body(product('a', 'x'), product('b', 'y'), product('c', 'z'))}}

// to = a^2. The two may be the same.
export function square(to: usize, a: usize): void {
${load('a', 'a', 0)}${load('a', 'b', 8)}${add('c', 'a', 'b')}${double('a')}${double('b')}${double('c')}\
${body(square('a'), square('b'), square('c'))}}
`

// The same for two products at once, in the lanes of i64x2. Elements are interleaved: limb i of an element stands at 16 i, four bytes, and the
// four bytes behind it belong to its neighbour, which takes part; a register of loaded limbs has them in its two lowest i32 lanes.
//
// There is no arithmetic shift of 64-bit lanes on x86, so sums carry a bias of 2^63 and are shifted as unsigned numbers: t is a column, plus
// 2^63, plus 2^27 for rounding; t >> 28 is then the carry plus 2^35, and what the next column adds to its own sum takes those away again.

const vector = {
  product: (x, y) => (column) => pairs(column).map(([i, k]) => `${x}${i}, ${y}${k}`),
  square: (x) => (column) =>
    pairs(column).filter(([i, k]) => i <= k).map(([i, k]) => (i === k ? `${x}${i}, ${x}${i}` : `${x}${i}, ${x}${k}d`)),
}

const vsum = (terms) => terms.map((term) => `i64x2.extmul_low_i32x4_s(${term})`).reduce((sum, term) => `i64x2.add(${sum}, ${term})`)
const vadd = (x, y) => `i64x2.add(${x}, ${y})`
const vsub = (x, y) => `i64x2.sub(${x}, ${y})`
const limbOf = (name, more) => `i64x2.sub(v128.and(${name}, mask), ${more ?? 'half'})`
const put = (value, limb) =>
  `  v128.store64_lane(to, swizzled(${value}), 0, ${16 * limb})\n`

function vectorBody(A, B, C) {
  let text = `  const mask = v128.load(CONSTANTS), half = v128.load(CONSTANTS, 16), first = v128.load(CONSTANTS, 32)
  const next = v128.load(CONSTANTS, 48), around = v128.load(CONSTANTS, 64), twice = v128.load(CONSTANTS, 80), out = v128.load(CONSTANTS, 96)
  let low: v128, high: v128, c: v128 = first, e: v128 = first\n`
  for (const j of limbs) {
    text += `  low = ${vsum(A(j))}\n`
    if (j < 7) {
      text += `  high = ${vsum(C(j + 8))}\n`
      text += `  const t${j} = ${vadd('c', vsub(vadd(vadd('low', vsum(B(j))), 'high'), vsum(A(j + 8))))}\n`
      text += `  const t${j + 8} = ${vadd('e', vadd(vsub(vadd('high', vsum(C(j))), 'low'), vsum(B(j + 8))))}\n`
    } else {
      text += `  const t${j} = ${vadd('c', vadd('low', vsum(B(j))))}\n`
      text += `  const t${j + 8} = ${vadd('e', vsub(vsum(C(j)), 'low'))}\n`
    }
    if (j < 7) text += `  c = i64x2.add(i64x2.shr_u(t${j}, 28), next)\n  e = i64x2.add(i64x2.shr_u(t${j + 8}, 28), next)\n`
  }
  text += '  c = i64x2.shr_u(t7, 28)\n  e = i64x2.shr_u(t15, 28)\n'
  text += `  const s0 = ${vadd(vadd('v128.and(t0, mask)', 'e'), 'around')}\n`
  text += `  const s8 = ${vadd(vadd(vadd('v128.and(t8, mask)', 'c'), 'e'), 'twice')}\n`
  text += put(limbOf('s0'), 0) + put(vadd('v128.and(t1, mask)', vsub('i64x2.shr_u(s0, 28)', 'out')), 1)
  text += put(limbOf('s8'), 8) + put(vadd('v128.and(t9, mask)', vsub('i64x2.shr_u(s8, 28)', 'out')), 9)
  for (const i of [2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15]) text += put(limbOf(`t${i}`), i)
  return text
}

const vload = (from, name, at) => limbs.map((i) => `  const ${name}${i} = v128.load64_zero(${from}, ${16 * (i + at)})\n`).join('')
const vectorAdd = (name, x, y) => limbs.map((i) => `  const ${name}${i} = i32x4.add(${x}${i}, ${y}${i})\n`).join('')
const vdouble = (name) => limbs.slice(1).map((i) => `  const ${name}${i}d = i32x4.add(${name}${i}, ${name}${i})\n`).join('')

export const fieldSimdSource = `// Written by generate/field.mjs, which explains it: change that and run \`npm run build:wasm\`.

// Mask, half a limb; what the first and the next columns start with; what comes around to limb 0, and to limb 8; what limbs 1 and 9 take off.
const CONSTANTS = memory.data<u64>([
  0xfffffff, 0xfffffff,
  0x8000000, 0x8000000,
  0x8000000008000000, 0x8000000008000000,
  0x7ffffff808000000, 0x7ffffff808000000,
  0x7ffffff800000000, 0x7ffffff800000000,
  0x7ffffff000000000, 0x7ffffff000000000,
  0x808000000, 0x808000000,
])

// The lower halves of both lanes, side by side. (One operand twice: engines have an instruction for that.)
@inline function swizzled(v: v128): v128 { return i8x16.shuffle(v, v, 0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11) }

// to = a * b in two neighbouring elements each. The three may be the same.
export function multiply2(to: usize, a: usize, b: usize): void {
${vload('a', 'a', 0)}${vload('a', 'b', 8)}${vectorAdd('c', 'a', 'b')}${vload('b', 'x', 0)}${vload('b', 'y', 8)}${vectorAdd('z', 'x', 'y')}\
${vectorBody(vector.product('a', 'x'), vector.product('b', 'y'), vector.product('c', 'z'))}}

// to = a^2 in two neighbouring elements. The two may be the same.
export function square2(to: usize, a: usize): void {
${vload('a', 'a', 0)}${vload('a', 'b', 8)}${vectorAdd('c', 'a', 'b')}${vdouble('a')}${vdouble('b')}${vdouble('c')}\
${vectorBody(vector.square('a'), vector.square('b'), vector.square('c'))}}
`
