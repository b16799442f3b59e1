// Writes one function: the permutation Keccak-f[1600] (FIPS 202, section 3) with its 25 lanes in locals, one round after another.

const lane = (x, y) => `s${x + 5 * y}`
const range = [0, 1, 2, 3, 4]

// The rotations of step rho, by FIPS 202's recurrence.
const rotation = Array(25).fill(0)
for (let t = 0, x = 1, y = 0; t < 24; t++) {
  rotation[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64
  ;[x, y] = [y, (2 * x + 3 * y) % 5]
}

// The round constants of step iota: bits from a linear feedback shift register.
const constants = []
let register = 1
for (let round = 0; round < 24; round++) {
  let constant = 0n
  for (let j = 0; j <= 6; j++) {
    if (register & 1) constant |= 1n << ((1n << BigInt(j)) - 1n)
    register = (register << 1) ^ (register & 0x80 ? 0x171 : 0)
  }
  constants.push(constant)
}

let text = `// Written by generate/keccak.mjs: change that and run \`npm run build:wasm\`.

const ROUND_CONSTANTS = memory.data<u64>([
${constants.map((c) => `  0x${c.toString(16).padStart(16, '0')},`).join('\n')}
])

// Keccak-f[1600] on the 200 bytes at \`state\`.
export function permute(state: usize): void {
`
for (let i = 0; i < 25; i++) text += `  let s${i} = load<u64>(state, ${8 * i})\n`
text += '  for (let round: usize = 0; round < 192; round += 8) {\n'
for (const x of range) text += `    const c${x} = ${range.map((y) => lane(x, y)).join(' ^ ')}\n`
for (const x of range) text += `    const d${x} = c${(x + 4) % 5} ^ rotl<u64>(c${(x + 1) % 5}, 1)\n`
// rho and pi: lane (x, y) goes to (y, 2x + 3y).
for (const y of range) {
  for (const x of range) {
    const turn = rotation[x + 5 * y]
    const value = `${lane(x, y)} ^ d${x}`
    text += `    const b${y + 5 * ((2 * x + 3 * y) % 5)} = ${turn ? `rotl<u64>(${value}, ${turn})` : value}\n`
  }
}
for (const y of range) {
  for (const x of range) {
    const iota = x === 0 && y === 0 ? ' ^ load<u64>(ROUND_CONSTANTS + round)' : ''
    text += `    s${x + 5 * y} = b${x + 5 * y} ^ (~b${((x + 1) % 5) + 5 * y} & b${((x + 2) % 5) + 5 * y})${iota}\n`
  }
}
text += '  }\n'
for (let i = 0; i < 25; i++) text += `  store<u64>(state, s${i}, ${8 * i})\n`
text += '}\n'

export const keccakSource = text
