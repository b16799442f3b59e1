// Bundles a benchmark as a user's bundler would, and runs it: loaders for TypeScript slow small functions down.
//   node scripts/bench.mjs main [--json] [...]
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const [name = 'main', ...args] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}node_modules/.cache/otr4/bench-${name}.mjs`
mkdirSync(`${root}node_modules/.cache/otr4`, { recursive: true })
await build({
  absWorkingDir: root, entryPoints: [`bench/${name}.ts`], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20',
  packages: 'external', logLevel: 'error', define: { 'import.meta.dirname': JSON.stringify(`${root}bench`) },
})
process.argv.splice(2, process.argv.length, ...args)
await import(outfile)
