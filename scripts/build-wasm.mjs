// Builds the WebAssembly modules from assembly/ into src/crypto/wasm/module.ts, and the generated sources in assembly/.
// With --check nothing is written: everything is built anew in memory and compared with what is there, byte for byte.
import { Buffer } from 'node:buffer'
import { readFile, writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import asc from 'assemblyscript/asc'
import { fieldSimdSource, fieldSource } from '../assembly/generate/field.mjs'
import { keccakSource } from '../assembly/generate/keccak.mjs'

const root = new URL('../', import.meta.url)
const check = process.argv.includes('--check')
/** What all modules together may weigh. */
const GZIP_BUDGET = 30 * 1024

const generated = new Map([
  ['assembly/field-products.ts', fieldSource],
  ['assembly/field-products-simd.ts', fieldSimdSource],
  ['assembly/keccak-permutation.ts', keccakSource],
])

const modules = [
  { name: 'coreModule', entry: 'assembly/core.ts', simd: true, about: 'Ed448, its scalars, SHAKE-256, with SIMD' },
  { name: 'coreScalarModule', entry: 'assembly/core.ts', simd: false, about: 'The same for engines without SIMD' },
  { name: 'modpModule', entry: 'assembly/modp.ts', simd: true, about: 'Arithmetic modulo large numbers, with SIMD' },
  { name: 'modpScalarModule', entry: 'assembly/modp.ts', simd: false, about: 'The same for engines without SIMD' },
]

const read = async (path) => {
  try {
    return await readFile(new URL(path, root), 'utf8')
  } catch {
    return null
  }
}

async function compile({ entry, simd }) {
  let binary
  const said = []
  const { error } = await asc.main(
    [entry, '-O3', '--noAssert', '--runtime', 'stub', '--use', 'abort=', simd ? '--enable' : '--disable', 'simd', '-o', 'out.wasm'],
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

function literal(binary) {
  const lines = binary.toString('base64').match(/.{1,120}/g) ?? []
  return lines.map((line) => `  '${line}'`).join(' +\n')
}

let source = '// Written by scripts/build-wasm.mjs from assembly/: change that and run `npm run build:wasm`.\n'
let total = 0
for (const module of modules) {
  const binary = await compile(module)
  const packed = gzipSync(binary, { level: 9 }).length
  total += packed
  console.log(`${module.name}: ${binary.length} bytes, ${packed} gzipped`)
  source += `\n/** ${module.about}: a WebAssembly module in base64. */\nexport const ${module.name} =\n${literal(binary)}\n`
}
console.log(`together ${total} gzipped, of at most ${GZIP_BUDGET}`)
if (total > GZIP_BUDGET) throw new Error('the modules are too large')

const results = new Map([...generated, ['src/crypto/wasm/module.ts', source]])
for (const [path, text] of results) {
  if (!check) await writeFile(new URL(path, root), text)
  else if ((await read(path)) !== text) {
    console.error(`${path} is not what its sources make: run npm run build:wasm`)
    process.exitCode = 1
  }
}
if (check && !process.exitCode) console.log('the modules are what their sources make')
