// Writes docs/conformance.md from spec/conformance/: npm run build:conformance [-- RUN ...]. A test compares the two.
// RUN: what `otr4 conformance --all --json` has written; its results are put into spec/conformance/results.json first.
import { readFileSync, writeFileSync } from 'node:fs'
import { conformancePage } from '../test/support/conformance/page.ts'
import { merged } from '../test/support/conformance/results.ts'

const at = (/** @type {string} */ path) => new URL(`../${path}`, import.meta.url)
const read = (/** @type {string} */ path) => JSON.parse(readFileSync(at(path), 'utf8'))

let results = read('spec/conformance/results.json')
for (const file of process.argv.slice(2)) {
  const runs = readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  results = merged(results, runs)
}
writeFileSync(at('spec/conformance/results.json'), `${JSON.stringify(results, null, 1)}\n`)
writeFileSync(at('docs/conformance.md'), conformancePage(results, read('spec/conformance/words.json')))
