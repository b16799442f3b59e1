// Writes one function: the compression of SHA-1 (FIPS 180-4, 6.1.2), its 80 steps one after another, the schedule in locals.

const steps = [...Array(80).keys()]
const functions = [
  { constant: '0x5a827999', of: (b, c, d) => `(${d} ^ (${b} & (${c} ^ ${d})))` },
  { constant: '0x6ed9eba1', of: (b, c, d) => `(${b} ^ ${c} ^ ${d})` },
  { constant: '0x8f1bbcdc', of: (b, c, d) => `((${b} & ${c}) | (${d} & (${b} | ${c})))` },
  { constant: '0xca62c1d6', of: (b, c, d) => `(${b} ^ ${c} ^ ${d})` },
]

let text = `// Written by generate/sha1.mjs: change that and run \`npm run build:wasm\`.

// Takes the 64 bytes at \`block\` into the five words at \`state\`.
export function compress(state: usize, block: usize): void {
`
for (let i = 0; i < 16; i++) text += `  let w${i} = bswap<u32>(load<u32>(block, ${4 * i}))\n`
for (const [i, name] of [...'abcde'].entries()) text += `  let ${name} = load<u32>(state, ${4 * i})\n`
// From step to step the five words exchange their names instead of their values.
let [a, b, c, d, e] = 'abcde'
for (const t of steps) {
  const { constant, of } = functions[Math.floor(t / 20)]
  const w = (i) => `w${(t + i) & 15}`
  if (t >= 16) text += `  ${w(0)} = rotl<u32>(${w(13)} ^ ${w(8)} ^ ${w(2)} ^ ${w(0)}, 1)\n`
  text += `  ${e} += rotl<u32>(${a}, 5) + ${of(b, c, d)} + ${constant} + ${w(0)}\n  ${b} = rotl<u32>(${b}, 30)\n`
  ;[a, b, c, d, e] = [e, a, b, c, d]
}
for (const [i, name] of [...'abcde'].entries()) text += `  store<u32>(state, load<u32>(state, ${4 * i}) + ${name}, ${4 * i})\n`
text += '}\n'

export const sha1Source = text
