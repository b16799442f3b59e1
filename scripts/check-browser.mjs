// Bundles the library for a browser. Fails if the bundle needs anything that only Node has, or if README.md gives
// a wrong size.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
/** The entrances that must run in a browser, each with its largest size in KiB after gzip. */
const entrances = [['src/index.ts', 118], ['src/codes/index.ts', 10], ['src/wire/entrance.ts', 20], ['src/v4/index.ts', 61], ['src/v3/index.ts', 60], ['src/fingerprint/index.ts', 20], ['src/file/index.ts', 30], ['src/prekey/index.ts', 60], ['src/forge/index.ts', 84],
  ['src/scalar.ts', 60], ['src/store/index.ts', 80], ['src/store/browser/index.ts', 100],
  ['src/browser/index.ts', 3], ['src/browser/worker/index.ts', 185],
  ['src/transport/relay-files/index.ts', 3]]
/** The whole WebAssembly core with its bindings, including the modules for engines without SIMD. */
const wasmCore = ['index', 'v3-ciphers', 'scalar-modules'].map((file) => `export * from './src/crypto/wasm/${file}.ts'`).join('\n')
const bundles = [
  ...entrances.map(([entrance, budget]) => [entrance, budget, { entryPoints: [entrance] }]),
  ['the WebAssembly core', 31, { stdin: { contents: wasmCore, resolveDir: root, loader: 'ts' } }],
]
/** Matches what only Node has, and what would need a polyfill. In src/store, msgpackr checks for Buffer before it uses it, and level brings its own. */
const forbidden = /\b(?:require\(|process\.|Buffer\.|__dirname|setImmediate\()/

const readme = readFileSync(`${root}README.md`, 'utf8')
/** The part of README.md with the size of each entrance, in KiB. */
const weights = /\*\*Weight\*\*([\s\S]*?)\n- \*\*/.exec(readme)?.[1] ?? ''
const nameOf = (entrance) => `otr4${entrance.replace(/^src/, '').replace(/(?:\/(?:index|entrance))?\.ts$/, '')}`

let failed = false
for (const [entrance, budget, input] of bundles) {
  const { outputFiles, metafile, errors } = await build({
    absWorkingDir: root, ...input, bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false,
    metafile: true, logLevel: 'silent',
  }).catch((error) => ({ outputFiles: [], metafile: { inputs: {} }, errors: error.errors ?? [{ text: String(error) }] }))
  const problems = errors.map(({ text }) => text)
  const [output] = outputFiles
  if (output !== undefined) {
    const match = forbidden.exec(/^src\/(?:store|browser\/worker)\//.test(entrance) ? output.text.replaceAll('Buffer.', '') : output.text)
    if (match) problems.push(`uses ${match[0]}`)
    // An application that opens no store must not bundle one.
    const outside = entrance.startsWith('src/transport/') ? /src\/(?:cli|store|session)\// : /^src\/(?:store|browser\/worker)\//.test(entrance) ? /src\/(cli|transport|store\/node)\// : /src\/(cli|transport|store)\//
    for (const input of Object.keys(metafile.inputs)) if (outside.test(input)) problems.push(`bundles ${input}`)
    const size = gzipSync(output.contents).length / 1024
    if (size > budget) problems.push(`${size.toFixed(1)} KiB gzipped, more than its budget of ${budget}`)
    const said = new RegExp(`\`${nameOf(entrance)}\` (\\d+)`).exec(weights)?.[1]
    if (input.entryPoints !== undefined && !(Math.abs(Number(said) - size) <= 2)) problems.push(`${size.toFixed(1)} KiB gzipped, but README.md says ${said ?? 'nothing'}`)
    console.log(`${entrance}: ${(output.contents.length / 1024).toFixed(1)} KiB, ${size.toFixed(1)} KiB gzipped`)
  }
  for (const problem of problems) console.error(`${entrance}: ${problem}`)
  failed ||= problems.length > 0
}
process.exitCode = failed ? 1 : 0
