/** `npm run vectors`: writes vectors/. With `--check`: compares, writes nothing, and fails if a file would be another. */
import { readFileSync, writeFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SEED, type Group } from './define.js'
import { makers } from './groups.js'
import { fieldTables } from './readme.js'
import { schemaFor } from './schema.js'

const folder = join(import.meta.dirname, '../../../vectors')
const check = process.argv.includes('--check')
const groups = makers.map((make) => make())
const files = new Map<string, string>()
for (const group of groups) {
  files.set(`data/${group.name}.json`, fileOf(group))
  files.set(`schemas/${group.name}.schema.json`, `${JSON.stringify(schemaFor(group), undefined, 1)}\n`)
}
files.set('README.md', fieldTables(readFileSync(join(folder, 'README.md'), 'utf8'), groups))

const different: string[] = []
for (const [name, content] of files) {
  if (current(name) === content) continue
  different.push(name)
  if (check) continue
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), content)
}
for (const place of ['data', 'schemas']) {
  for (const name of readdirSync(join(folder, place)).map((file) => `${place}/${file}`)) {
    if (files.has(name)) continue
    different.push(name)
    if (!check) rmSync(join(folder, name))
  }
}
const cases = groups.reduce((sum, group) => sum + group.cases.length, 0)
const bytes = [...files].filter(([name]) => name.startsWith('data/')).reduce((sum, [, content]) => sum + content.length, 0)
console.log(`${cases} cases in ${groups.length} files, ${Math.round(bytes / 1024)} KiB; ${check ? 'different' : 'written'}: ${different.length === 0 ? 'none' : different.join(', ')}`)
if (check && different.length > 0) {
  console.error('vectors/ is not what the generator makes: run `npm run vectors`, read the difference, and commit it.')
  process.exitCode = 1
}

function current(name: string): string | undefined {
  try {
    return readFileSync(join(folder, name), 'utf8')
  } catch {
    return undefined
  }
}

/** One case in each line: a difference shows which. */
function fileOf({ name, title, about, operations, cases }: Group): string {
  const head = { file: name, title, about, seed: SEED, operations: Object.fromEntries(Object.entries(operations).map(([operation, { about, section }]) => [operation, { about, section }])) }
  const start = JSON.stringify(head, undefined, 1).slice(0, -2)
  return `${start},\n "cases": [\n${cases.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n ]\n}\n`
}
