import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'

const root = new URL('../../', import.meta.url)
const page = readFileSync(new URL('docs/concepts/memory.md', root), 'utf8')

/** The rows of the table under a title, without its head. */
function rowsUnder(title: string): string[] {
  const section = page.split(/^## /m).find((one) => one.startsWith(`${title}\n`)) ?? ''
  return section.split('\n').filter((line) => line.startsWith('| ')).slice(1)
}

describe('the lives of secrets', () => {
  it('each of their ends has tests, which exist under the names that the page gives', () => {
    const rows = rowsUnder('Looked at when it ends')
    expect(rows.length).to.be.above(15)
    for (const row of rows) {
      const named = [...row.matchAll(/`([\w/-]+)` "([^"]+)"/g)]
      expect(named.length, row).to.be.above(0)
      for (const [, file = '', title = ''] of named) {
        const path = new URL(`test/${file}.test.ts`, root)
        expect(existsSync(path), file).to.equal(true)
        const titles = readFileSync(path, 'utf8').split('\n').filter((line) => /\bit\(/.test(line))
        expect(titles.some((line) => line.includes(title)), `${file}: ${title}`).to.equal(true)
      }
    }
  })
})
