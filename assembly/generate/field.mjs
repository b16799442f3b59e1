// Writes the two straight-line functions of the field of Ed448: multiplication and squaring modulo p = 2^448 - 2^224 - 1.
//
// An element is 16 signed limbs of 28 bits. With phi = 2^224 it is a0 + a1 phi, eight limbs each, and phi^2 = phi + 1 (mod p), so that
//
//   (a0 + a1 phi)(b0 + b1 phi) = a0 b0 + a1 b1 + ((a0 + a1)(b0 + b1) - a0 b0) phi
//
// takes three products of eight limbs instead of four. The part of such a product above phi is folded down by the same rule. For column j,
// with A = a0 b0, B = a1 b1, C = (a0 + a1)(b0 + b1), where `low` are the products with i + k = j and `high` those with i + k = j + 8:
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
  // The carry of limb 7 is added to limb 8, that of limb 15 to limbs 0 and 8. One more step makes those small again.
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
export function squareFast(to: usize, a: usize): void {
${load('a', 'a', 0)}${load('a', 'b', 8)}${add('c', 'a', 'b')}${double('a')}${double('b')}${double('c')}\
${body(square('a'), square('b'), square('c'))}}
`

// The same for two products at once, in the lanes of i64x2. Elements are interleaved: limb i of an element is at 16 i, four bytes, and the
// four bytes after it belong to its neighbour, which takes part; a register of loaded limbs has them in its two lowest i32 lanes.
//
// Engines compute the operations between two stores as one block, with all its loads first, and run out of registers if it is large. So A, B
// and C are three calls of one function, which stores its 15 columns four at a time, and a last step folds and carries them.
//
// There is no arithmetic shift of 64-bit lanes on x86, so sums carry a bias of 2^63 and are shifted as unsigned numbers: t is a column, plus
// 2^63, plus 2^27 for rounding; t >> 28 is then the carry plus 2^35, and what the next column adds to its own sum takes those away again.

const vadd = (x, y) => `i64x2.add(${x}, ${y})`
const vsub = (x, y) => `i64x2.sub(${x}, ${y})`
/** Four limbs from two registers of two sums each; the masked low parts are in the lower halves of the lanes. */
const put = (low, high, offset, limb) =>
  `  v128.store(to, i32x4.sub(v128.and(even(${low}, ${high}), mask), ${offset}), ${16 * limb})\n`
const tile = 4

/** The columns of a product of two times eight limbs. `terms` returns the factors of a column, and which limbs must be doubled. */
function columns(terms) {
  let text = ''
  for (let start = 0; start < 15; start += tile) {
    const here = limbs.slice(0, tile).map((i) => start + i).filter((column) => column < 15)
    const used = [...new Set(here.flatMap((column) => terms(column).flat()))].sort()
    text += '  {\n'
    for (const name of used.filter((name) => !name.endsWith('d'))) text += `    const ${name} = v128.load64_zero(${name[0]}, ${16 * Number(name[1])})\n`
    for (const name of used.filter((name) => name.endsWith('d'))) {
      const single = name.slice(0, 2)
      if (!used.includes(single)) text += `    const ${single} = v128.load64_zero(${single[0]}, ${16 * Number(single[1])})\n`
      text += `    const ${name} = i32x4.add(${single}, ${single})\n`
    }
    for (const column of here) {
      const products = terms(column).map((pair) => `i64x2.extmul_low_i32x4_s(${pair.join(', ')})`)
      text += `    const t${column} = ${products.reduce(vadd)}\n`
    }
    for (const column of here) text += `    v128.store(to, t${column}, ${16 * column})\n`
    text += '  }\n'
  }
  return text
}

const sums = (from, to) => limbs.map((i) =>
  `  v128.store(${to}, i32x4.add(v128.load(${from}, ${16 * i}), v128.load(${from}, ${16 * (i + 8)})), ${16 * i})\n`).join('')

function foldAndCarry() {
  // Two registers of two lanes: those of the first two products are called p; the others, called q, are HIGH bytes further on.
  const halves = ['p', 'q']
  const at = (half, name, column) => `v128.load(${name}, ${16 * column}${half === 'q' ? ' + HIGH' : ''})`
  let text = `  const mask = v128.load(CONSTANTS), half = v128.load(CONSTANTS, 16), first = v128.load(CONSTANTS, 32), next = v128.load(CONSTANTS, 48)
  const mask64 = v128.load(CONSTANTS, 64), around = v128.load(CONSTANTS, 80), twice = v128.load(CONSTANTS, 96), out = v128.load(CONSTANTS, 112)
  let cp: v128 = first, ep: v128 = first, cq: v128 = first, eq: v128 = first\n`
  for (const j of limbs) {
    for (const h of halves) {
      text += `  const low${h}${j} = ${at(h, 'A', j)}\n`
      if (j < 7) {
        text += `  const high${h}${j} = ${at(h, 'C', j + 8)}\n`
        text += `  const ${h}${j} = ${vadd(`c${h}`, vsub(vadd(vadd(`low${h}${j}`, at(h, 'B', j)), `high${h}${j}`), at(h, 'A', j + 8)))}\n`
        text += `  const ${h}${j + 8} = ${vadd(`e${h}`, vadd(vsub(vadd(`high${h}${j}`, at(h, 'C', j)), `low${h}${j}`), at(h, 'B', j + 8)))}\n`
        text += `  c${h} = i64x2.add(i64x2.shr_u(${h}${j}, 28), next)\n  e${h} = i64x2.add(i64x2.shr_u(${h}${j + 8}, 28), next)\n`
      } else {
        text += `  const ${h}${j} = ${vadd(`c${h}`, vadd(`low${h}${j}`, at(h, 'B', j)))}\n`
        text += `  const ${h}${j + 8} = ${vadd(`e${h}`, vsub(at(h, 'C', j), `low${h}${j}`))}\n`
        text += `  c${h} = i64x2.shr_u(${h}${j}, 28)\n  e${h} = i64x2.shr_u(${h}${j + 8}, 28)\n`
      }
    }
    if (j > 1) text += put(`p${j}`, `q${j}`, 'half', j) + put(`p${j + 8}`, `q${j + 8}`, 'half', j + 8)
  }
  for (const h of halves) {
    text += `  const ${h}00 = ${vadd(vadd(`v128.and(${h}0, mask64)`, `e${h}`), 'around')}\n`
    text += `  const ${h}08 = ${vadd(vadd(vadd(`v128.and(${h}8, mask64)`, `c${h}`), `e${h}`), 'twice')}\n`
    text += `  const ${h}01 = ${vadd(`v128.and(${h}1, mask64)`, vsub(`i64x2.shr_u(${h}00, 28)`, 'out'))}\n`
    text += `  const ${h}09 = ${vadd(`v128.and(${h}9, mask64)`, vsub(`i64x2.shr_u(${h}08, 28)`, 'out'))}\n`
  }
  text += put('p00', 'q00', 'half', 0) + put('p08', 'q08', 'half', 8)
  text += '  v128.store(to, even(p01, q01), 16)\n  v128.store(to, even(p09, q09), 144)\n'
  return text
}

export const fieldSimdSource = `// Written by generate/field.mjs, which explains it: change that and run \`npm run build:wasm\`.

import { PRODUCTS } from './memory'

// Mask, half a limb; what the first and the next columns start with; the mask of 64-bit lanes; what comes around to limb 0, and to limb 8;
// what limbs 1 and 9 take off.
const CONSTANTS = memory.data<u64>([
  0xfffffff0fffffff, 0xfffffff0fffffff,
  0x800000008000000, 0x800000008000000,
  0x8000000008000000, 0x8000000008000000,
  0x7ffffff808000000, 0x7ffffff808000000,
  0xfffffff, 0xfffffff,
  0x7ffffff800000000, 0x7ffffff800000000,
  0x7ffffff000000000, 0x7ffffff000000000,
  0x808000000, 0x808000000,
])

// Where A, B and C are between their computation and the carries, and the sums of halves.
const A: usize = PRODUCTS
const B: usize = PRODUCTS + 240
const C: usize = PRODUCTS + 480
const HIGH: usize = 720
const S: usize = PRODUCTS + 1440
const Z: usize = PRODUCTS + 1568

// The lower halves of the lanes of two registers.
@inline function even(v: v128, w: v128): v128 { return i8x16.shuffle(v, w, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) }

// The 15 columns of a product of eight limbs.
function multiplyHalf(to: usize, a: usize, x: usize): void {
${columns((column) => pairs(column).map(([i, k]) => [`a${i}`, `x${k}`]))}}

// The 15 columns of a square of eight limbs.
function squareHalf(to: usize, a: usize): void {
${columns((column) => pairs(column).filter(([i, k]) => i <= k).map(([i, k]) => [`a${i}`, i === k ? `a${i}` : `a${k}d`]))}}

// The columns of A, B and C folded, carried and stored, for four elements.
function fold(to: usize): void {
${foldAndCarry()}}

/** to = a * b in the first two of four elements; the others of \`to\` are undefined. The three may be the same. */
export function multiply2(to: usize, a: usize, b: usize): void {
${sums('a', 'S')}${sums('b', 'Z')}\
  multiplyHalf(A, a, b)
  multiplyHalf(B, a + 128, b + 128)
  multiplyHalf(C, S, Z)
  fold(to)
}

/** to = a * b in four elements. The three may be the same. */
export function multiply4(to: usize, a: usize, b: usize): void {
${sums('a', 'S')}${sums('b', 'Z')}\
  multiplyHalf(A, a, b)
  multiplyHalf(B, a + 128, b + 128)
  multiplyHalf(C, S, Z)
  multiplyHalf(A + HIGH, a + 8, b + 8)
  multiplyHalf(B + HIGH, a + 136, b + 136)
  multiplyHalf(C + HIGH, S + 8, Z + 8)
  fold(to)
}

/** to = a^2 in four elements. The two may be the same. */
export function square4(to: usize, a: usize): void {
${sums('a', 'S')}\
  squareHalf(A, a)
  squareHalf(B, a + 128)
  squareHalf(C, S)
  squareHalf(A + HIGH, a + 8)
  squareHalf(B + HIGH, a + 136)
  squareHalf(C + HIGH, S + 8)
  fold(to)
}
`
