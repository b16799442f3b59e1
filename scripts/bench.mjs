// Bundles and runs a benchmark. With --against it compares two builds.
//   node scripts/bench.mjs main [--json] [...]
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { benchAgainst } from './bench-against.mjs'
import { bundleBench } from './bench-bundle.mjs'

const [name = 'main', ...args] = process.argv.slice(2)
const root = fileURLToPath(new URL('..', import.meta.url))
mkdirSync(`${root}node_modules/.cache/otr4`, { recursive: true })
if (name === 'main' && args.includes('--against')) process.exitCode = await benchAgainst(root, args)
else {
  const outfile = `${root}node_modules/.cache/otr4/bench-${name}.mjs`
  await bundleBench(root, name, outfile)
  process.argv.splice(2, process.argv.length, ...args)
  await import(outfile)
}
