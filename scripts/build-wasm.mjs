// Builds the WebAssembly modules from assembly/ into src/crypto/wasm/modules/, and the generated sources in assembly/.
// With --check it writes nothing: it builds everything in memory and compares it byte for byte with the files.
import { Buffer } from 'node:buffer'
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import asc from 'assemblyscript/asc'
import { aesSource } from '../assembly/generate/aes.mjs'
import { fieldSimdSource, fieldSource } from '../assembly/generate/field.mjs'
import { keccakSource } from '../assembly/generate/keccak.mjs'
import { sha1Source } from '../assembly/generate/sha1.mjs'

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')
/** The largest size of all modules together after gzip, in bytes. */
const GZIP_BUDGET = 30 * 1024

const generated = new Map([
  ['assembly/aes-rounds.ts', aesSource],
  ['assembly/field-products.ts', fieldSource],
  ['assembly/field-products-simd.ts', fieldSimdSource],
  ['assembly/keccak-permutation.ts', keccakSource],
  ['assembly/sha1-compression.ts', sha1Source],
])

// Modules with `twin` are for engines without SIMD: small rather than fast, and only in bundles that ask for them.
const modules = [
  { file: 'core', name: 'coreModule', entry: 'assembly/core.ts', simd: true, about: 'Ed448 and its scalars, with SIMD' },
  { file: 'modp', name: 'modpModule', entry: 'assembly/modp.ts', simd: true, shrink: 1, about: 'Arithmetic modulo large numbers, with SIMD' },
  { file: 'symmetric', name: 'symmetricModule', entry: 'assembly/symmetric.ts', simd: false, about: 'SHAKE-256 and ChaCha20' },
  { file: 'v3-ciphers', name: 'v3CiphersModule', entry: 'assembly/v3-ciphers.ts', simd: false, about: 'AES-128-CTR, SHA-1 and HMAC-SHA-1' },
  { file: 'core-scalar', name: 'coreScalarModule', entry: 'assembly/core.ts', simd: false, twin: true, about: '`coreModule` for engines without SIMD' },
  { file: 'modp-scalar', name: 'modpScalarModule', entry: 'assembly/modp.ts', simd: false, twin: true, about: '`modpModule` for engines without SIMD' },
]

const read = async (path) => {
  try {
    return await readFile(new URL(path, root), 'utf8')
  } catch {
    return null
  }
}

async function compile({ entry, simd, twin, shrink = twin ? 2 : 0 }) {
  let binary
  const said = []
  const { error } = await asc.main(
    [entry, '-O3', '--shrinkLevel', String(shrink), '--noAssert', '--runtime', 'stub', '--use', 'abort=', simd ? '--enable' : '--disable', 'simd', '-o', 'out.wasm'],
    {
      readFile: async (name) => generated.get(name) ?? (await read(name)),
      writeFile: (name, data) => { if (name.endsWith('.wasm')) binary = data },
      stdout: { write: (text) => said.push(text) },
      stderr: { write: (text) => said.push(text) },
    },
  )
  if (error || !binary) throw new Error(`${entry} does not compile:\n${said.join('')}`)
  if (said.length > 0) console.log(said.join(''))
  return Buffer.from(binary)
}

// The form of a module in a source file. Base64 would make it larger by a third, and would hide the bytes' boundaries from gzip. So each byte is
// one ASCII character or two; the most frequent bytes are one. src/crypto/wasm/packed.ts reads this form. It uses no quotes and no backslashes.
const characters = Array.from({ length: 92 }, (_, i) => String.fromCharCode(35 + i)).filter((character) => !"'\\`".includes(character))
/** The number of byte values with a character of their own; the last two characters begin a pair. */
const SINGLES = characters.length - 2

function byFrequency(binaries) {
  const count = new Array(256).fill(0)
  for (const binary of binaries) for (const byte of binary) count[byte] += 1
  const frequent = [...count.keys()].sort((a, b) => count[b] - count[a] || a - b).slice(0, SINGLES)
  return [...frequent, ...[...count.keys()].filter((byte) => !frequent.includes(byte))]
}

function pack(binary, order) {
  const codes = order.map((_, i) => {
    const pair = i - SINGLES
    return pair < 0 ? characters[i] : characters[SINGLES + Math.floor(pair / characters.length)] + characters[pair % characters.length]
  })
  return Array.from(binary, (byte) => codes[order.indexOf(byte)]).join('')
}

function literal(text) {
  const lines = text.match(/.{1,120}/g) ?? []
  return lines.map((line) => `  '${line}'`).join(' +\n')
}

const MADE = '// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.\n'
const results = new Map(generated)
const binaries = []
for (const module of modules) binaries.push(await compile(module))
const order = byFrequency(binaries.filter((_, i) => !modules[i].twin))
results.set('src/crypto/wasm/modules/alphabet.ts', `${MADE}
/** The bytes that the packed modules write as one character, the most frequent first, in hexadecimal. */
export const frequentBytes =
${literal(Buffer.from(order.slice(0, SINGLES)).toString('hex'))}
`)
let all = ''
for (const [i, module] of modules.entries()) {
  const packed = pack(binaries[i], order)
  all += packed
  results.set(`src/crypto/wasm/modules/${module.file}.ts`, `${MADE}
/** ${module.about}: a packed WebAssembly module. */
export const ${module.name} =
${literal(packed)}
`)
  console.log(`${module.name}: ${binaries[i].length} bytes, ${gzipSync(packed, { level: 9 }).length} packed and gzipped`)
}
const total = gzipSync(all, { level: 9 }).length
console.log(`together ${total} gzipped, of at most ${GZIP_BUDGET}`)
if (total > GZIP_BUDGET) throw new Error('the modules are too large')

for (const [path, text] of results) {
  if (!check) await writeFile(new URL(path, root), text)
  else if ((await read(path)) !== text) {
    console.error(`${path} is not what its sources make: run npm run build:wasm`)
    process.exitCode = 1
  }
}
if (check && !process.exitCode) console.log('the modules are what their sources make')
