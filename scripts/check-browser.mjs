// Bundles the library for a browser and fails when anything of Node's sneaks in, and when what README.md says
// of its weight is not true.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = new URL('..', import.meta.url).pathname
/** Entrances that must run in a browser, and what they may weigh: KiB after gzip. */
const entrances = [['src/index.ts', 112], ['src/codes/index.ts', 10], ['src/wire/entrance.ts', 20], ['src/v4/index.ts', 60], ['src/v3/index.ts', 60], ['src/fingerprint/index.ts', 20], ['src/prekey/index.ts', 60],
  ['src/scalar.ts', 60], ['src/store/index.ts', 80], ['src/store/browser/index.ts', 100]]
/** The WebAssembly core with its bindings, all of it, the modules for engines without SIMD too. */
const wasmCore = ['index', 'v3-ciphers', 'scalar-modules'].map((file) => `export * from './src/crypto/wasm/${file}.ts'`).join('\n')
const bundles = [
  ...entrances.map(([entrance, budget]) => [entrance, budget, { entryPoints: [entrance] }]),
  ['the WebAssembly core', 30, { stdin: { contents: wasmCore, resolveDir: root, loader: 'ts' } }],
]
/** What only Node has, and what would need a polyfill. In src/store msgpackr asks for Buffer before it uses it, and level brings its own. */
const forbidden = /\b(?:require\(|process\.|Buffer\.|__dirname|setImmediate\()/

const readme = readFileSync(`${root}README.md`, 'utf8')
/** What README.md says that a page pays for each entrance, in KiB. */
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
    const match = forbidden.exec(entrance.startsWith('src/store/') ? output.text.replaceAll('Buffer.', '') : output.text)
    if (match) problems.push(`uses ${match[0]}`)
    // Who opens no store does not pay for it.
    const outside = entrance.startsWith('src/store/') ? /src\/(cli|transport|store\/node)\// : /src\/(cli|transport|store)\//
    for (const input of Object.keys(metafile.inputs)) if (outside.test(input)) problems.push(`takes in ${input}`)
    const size = gzipSync(output.contents).length / 1024
    if (size > budget) problems.push(`${size.toFixed(1)} KiB gzipped, more than the ${budget} it may have`)
    const said = new RegExp(`\`${nameOf(entrance)}\` (\\d+)`).exec(weights)?.[1]
    if (input.entryPoints !== undefined && !(Math.abs(Number(said) - size) <= 2)) problems.push(`${size.toFixed(1)} KiB gzipped, but README.md says ${said ?? 'nothing'}`)
    console.log(`${entrance}: ${(output.contents.length / 1024).toFixed(1)} KiB, ${size.toFixed(1)} KiB gzipped`)
  }
  for (const problem of problems) console.error(`${entrance}: ${problem}`)
  failed ||= problems.length > 0
}
process.exitCode = failed ? 1 : 0
