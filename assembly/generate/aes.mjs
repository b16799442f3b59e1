// Writes two straight-line functions of bitsliced AES: SubBytes, and the linear part of a round. Both work on eight words of 64 bits, of which
// word b holds bit b of 64 bytes: four blocks at once. Neither has branches or table look-ups.

// The S-box as a circuit of 113 gates by Boyar and Peralta ("A depth-16 circuit for the AES S-box", eprint 2011/332), x0 and s0 the highest
// bits. `a+b` is exclusive or, `a.b` is and, `a=b` is exclusive nor. It is compared below with the definition of the S-box.
const circuit = `
y14 x3+x5  y13 x0+x6  y9 x0+x3  y8 x0+x5  t0 x1+x2  y1 t0+x7  y4 y1+x3  y12 y13+y14  y2 y1+x0  y5 y1+x6  y3 y5+y8  t1 x4+y12  y15 t1+x5  y20 t1+x1
y6 y15+x7  y10 y15+t0  y11 y20+y9  y7 x7+y11  y17 y10+y11  y19 y10+y8  y16 t0+y11  y21 y13+y16  y18 x0+y16
t2 y12.y15  t3 y3.y6  t4 t3+t2  t5 y4.x7  t6 t5+t2  t7 y13.y16  t8 y5.y1  t9 t8+t7  t10 y2.y7  t11 t10+t7  t12 y9.y11  t13 y14.y17  t14 t13+t12
t15 y8.y10  t16 t15+t12  t17 t4+t14  t18 t6+t16  t19 t9+t14  t20 t11+t16  t21 t17+y20  t22 t18+y19  t23 t19+y21  t24 t20+y18
t25 t21+t22  t26 t21.t23  t27 t24+t26  t28 t25.t27  t29 t28+t22  t30 t23+t24  t31 t22+t26  t32 t31.t30  t33 t32+t24  t34 t23+t33  t35 t27+t33
t36 t24.t35  t37 t36+t34  t38 t27+t36  t39 t29.t38  t40 t25+t39  t41 t40+t37  t42 t29+t33  t43 t29+t40  t44 t33+t37  t45 t42+t41
z0 t44.y15  z1 t37.y6  z2 t33.x7  z3 t43.y16  z4 t40.y1  z5 t29.y7  z6 t42.y11  z7 t45.y17  z8 t41.y10  z9 t44.y12  z10 t37.y3  z11 t33.y4
z12 t43.y13  z13 t40.y5  z14 t29.y2  z15 t42.y9  z16 t45.y14  z17 t41.y8
t46 z15+z16  t47 z10+z11  t48 z5+z13  t49 z9+z10  t50 z2+z12  t51 z2+z5  t52 z7+z8  t53 z0+z3  t54 z6+z7  t55 z16+z17  t56 z12+t48  t57 t50+t53
t58 z4+t46  t59 z3+t54  t60 t46+t57  t61 z14+t57  t62 t52+t58  t63 t49+t58  t64 z4+t59  t65 t61+t62  t66 z1+t63
s0 t59+t63  s6 t56=t62  s7 t48=t60  t67 t64+t65  s3 t53+t66  s4 t51+t66  s5 t47+t65  s1 t64=s3  s2 t55=t67`
  .trim().split(/\s{2,}|\n/).map((gate) => /^(\w+) (\w+)([+.=])(\w+)$/.exec(gate).slice(1))

/** The S-box by its definition (FIPS 197, 5.1.1): the inverse modulo x^8 + x^4 + x^3 + x + 1, then an affine map. */
function definition(byte) {
  const times = (a, b) => {
    let product = 0
    for (let i = 0; i < 8; i++) {
      if ((b >> i) & 1) product ^= a
      a = (a << 1) ^ (a & 0x80 ? 0x11b : 0)
    }
    return product
  }
  let inverse = 1
  for (let i = 0; i < 254; i++) inverse = times(inverse, byte)
  if (byte === 0) inverse = 0
  let result = 0x63
  for (const turn of [0, 1, 2, 3, 4]) result ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff
  return result
}

for (let byte = 0; byte < 256; byte++) {
  const wires = new Map()
  for (let bit = 0; bit < 8; bit++) wires.set(`x${bit}`, (byte >> (7 - bit)) & 1)
  for (const [to, a, gate, b] of circuit) {
    const [x, y] = [wires.get(a), wires.get(b)]
    wires.set(to, gate === '.' ? x & y : x ^ y ^ (gate === '=' ? 1 : 0))
  }
  let result = 0
  for (let bit = 0; bit < 8; bit++) result |= wires.get(`s${bit}`) << (7 - bit)
  if (result !== definition(byte)) throw new Error(`the circuit is wrong for ${byte}`)
}

const planes = [0, 1, 2, 3, 4, 5, 6, 7]
const gates = circuit.map(([to, a, gate, b]) =>
  `  const ${to} = ${gate === '.' ? `${a} & ${b}` : gate === '+' ? `${a} ^ ${b}` : `~(${a} ^ ${b})`}\n`).join('')

// The position of a byte's bit in its word: block b, row r, column c is at 32 (c & 1) + 8 r + 2 b + (c >> 1).
const swapNeighbours = (x) => `((${x} & 0x5555555555555555) << 1) | ((${x} >> 1) & 0x5555555555555555)`
const rows = (lower, upper) => `0x${((BigInt(upper) << 32n) | BigInt(lower)).toString(16)}`

let linear = ''
for (const b of planes) {
  // ShiftRows. Column c + 1 is in the other half, and one bit further if c is odd.
  linear += `  const x${b} = load<u64>(state, ${8 * b}), s${b} = ${swapNeighbours(`x${b}`)}\n`
  linear += `  const a${b} = (x${b} & ${rows(0xff, 0xff)}) | (rotl<u64>(x${b}, 32) & ${rows(0xff00, 0xff000000)}) |\n` +
    `    (rotl<u64>(s${b}, 32) & ${rows(0xff000000, 0xff00)}) | (s${b} & ${rows(0xff0000, 0xff0000)})\n`
}
let mix = ''
for (const b of planes) {
  // MixColumns: 2 (a0 + a1) + a1 + (a2 + a3), where the next row is 8 bits up.
  mix += `    const n${b} = ((a${b} >> 8) & 0x00ffffff00ffffff) | ((a${b} << 24) & 0xff000000ff000000), t${b} = a${b} ^ n${b}\n`
}
for (const b of planes) {
  const doubled = b === 0 ? 't7' : [1, 3, 4].includes(b) ? `t${b - 1} ^ t7` : `t${b - 1}`
  mix += `    store<u64>(state, load<u64>(key, ${8 * b}) ^ n${b} ^ ${doubled} ^\n` +
    `      ((t${b} >> 16) & 0x0000ffff0000ffff) ^ ((t${b} << 16) & 0xffff0000ffff0000), ${8 * b})\n`
}

export const aesSource = `// Written by generate/aes.mjs, which explains it: change that and run \`npm run build:wasm\`.

// SubBytes on eight words.
export function substitute(state: usize): void {
${planes.map((b) => `  const x${b} = load<u64>(state, ${8 * (7 - b)})\n`).join('')}${gates}\
${planes.map((b) => `  store<u64>(state, s${b}, ${8 * (7 - b)})\n`).join('')}}

// ShiftRows, MixColumns unless it is the last round, AddRoundKey.
export function shiftAndMix(state: usize, key: usize, last: bool): void {
${linear}  if (last) {
${planes.map((b) => `    store<u64>(state, load<u64>(key, ${8 * b}) ^ a${b}, ${8 * b})\n`).join('')}  } else {
${mix}  }
}
`
