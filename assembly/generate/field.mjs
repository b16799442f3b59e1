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
