// Checks the sentence map in spec/map/ against the sources, and its pages in docs/sentences/ against the map: npm run check:spec.
// With --write it writes the pages: npm run build:spec.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { faultsOf } from '../test/support/spec-map/check.ts'
import { readMap } from '../test/support/spec-map/map.ts'
import { pages } from '../test/support/spec-map/pages.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = readMap(root)
const faults = faultsOf(files, root)
for (const [path, text] of pages(files)) {
  if (process.argv.includes('--write')) {
    mkdirSync(`${root}docs/sentences`, { recursive: true })
    writeFileSync(root + path, text)
  } else if (!existsSync(root + path) || readFileSync(root + path, 'utf8') !== text) {
    faults.push(`${path} is not what spec/map/ says: npm run build:spec`)
  }
}
for (const fault of faults) console.error(fault)
const rows = files.reduce((sum, { sections }) => sum + sections.reduce((some, section) => some + section.rows.length, 0), 0)
console.log(`${rows} sentences, ${faults.length} faults`)
process.exitCode = faults.length === 0 ? 0 : 1
