import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { formatLines } from '../support/record-format.js'

const path = join(import.meta.dirname, '../../spec/storage.md')
const block = /(?<=<!-- records -->\n\n```text\n)[^]*?(?=\n```\n\n<!-- \/records -->)/

describe('the format of records', () => {
  // A form that was released is not changed: it gets a migration. One that was not: OTR4_WRITE=1 writes what the code does.
  it('is the one that spec/storage.md says', () => {
    const spec = readFileSync(path, 'utf8')
    if (process.env['OTR4_WRITE'] === '1') writeFileSync(path, spec.replace(block, () => formatLines()))
    expect(block.exec(readFileSync(path, 'utf8'))?.[0]).to.equal(formatLines())
  })
})
