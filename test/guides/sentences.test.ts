import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { faultsOf, LONGEST_PARAPHRASE } from '../support/spec-map/check.js'
import { readMap, readMapFile, type MapFile } from '../support/spec-map/map.js'
import { pages } from '../support/spec-map/pages.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A map of rows that differ from a good one. */
function mapOf(...changes: readonly object[]): MapFile {
  const good = {
    level: 'must', says: 'An Auth-R message is verified.', state: 'done', code: ['src/v4/dake.ts#receiveAuthR'],
    tests: [{ file: 'test/attack/v4-dake.test.ts', title: 'V3: an answer that was meant for somebody else is refused' }],
  }
  const rows = changes.map((change, at) => ({ id: `v4/auth/${at + 1}`, ...good, ...change }))
  const file = { title: 'Title', prefix: 'v4', source: 'https://example.org', version: '1', sections: [{ anchor: 'auth', heading: 'Auth', rows }] }
  return readMapFile('sample', JSON.stringify(file))
}

const faults = (...changes: readonly object[]): string[] => faultsOf([mapOf(...changes)], root).map((fault) => fault.replace('spec/map/sample.json: ', ''))

describe('the sentence map', () => {
  const map = readMap(root)

  it('names functions, tests and decisions that exist, each sentence once and in few words', () => {
    expect(faultsOf(map, root)).to.deep.equal([])
  })

  it('is what its pages say: npm run build:spec', () => {
    for (const [path, text] of pages(map)) expect(readFileSync(root + path, 'utf8'), path).to.equal(text)
  })

  it('is checked: a good row passes', () => {
    expect(faults({}, { state: 'not applicable', why: 'because', code: [], tests: [] })).to.deep.equal([])
  })

  it('is checked: files, functions, members and tests that are not there', () => {
    const test = { file: 'test/attack/v4-dake.test.ts', title: 'no such test' }
    expect(faults(
      { code: ['src/v4/no.ts#receiveAuthR'] }, { code: ['src/v4/dake.ts#receiveAuthX'] }, { code: ['src/wire/reader.ts#Reader.mpi'] },
      { code: ['src/wire/reader.ts#Reader.mpx'] }, { code: ['test/support/seeded.ts#seededRandom'] }, { tests: [test] }, { tests: [{ ...test, file: 'test/no.test.ts' }] },
    )).to.deep.equal([
      'v4/auth/1: there is no file src/v4/no.ts', 'v4/auth/2: src/v4/dake.ts declares no "receiveAuthX"',
      'v4/auth/4: src/wire/reader.ts declares no "Reader.mpx"', 'v4/auth/5: test/support/seeded.ts#seededRandom is not in src/',
      'v4/auth/6: test/attack/v4-dake.test.ts has no test "no such test"', 'v4/auth/7: there is no test file test/no.test.ts',
    ])
  })

  it('is checked: ids in a wrong place or twice, long paraphrases, and states that lack their reason', () => {
    const says = 'word '.repeat(LONGEST_PARAPHRASE + 1).trim()
    expect(faults(
      { says }, { id: 'v4/auth/1' }, { state: 'decided otherwise' }, { state: 'decided otherwise', decision: 'spec/decisions.md#9999' },
      { state: 'decided otherwise', decision: 'spec/decisions.md#12' }, { state: 'missing' }, { code: [], tests: [] }, { decision: 'spec/decisions.md#12' },
    )).to.deep.equal([
      'v4/auth/1: the paraphrase has 21 words', 'v4/auth/1: its place is v4/auth/2', 'v4/auth/1: the id is there twice', 'v4/auth/3: names no decision',
      'v4/auth/4: there is no decision spec/decisions.md#9999', 'v4/auth/6: does not say why', 'v4/auth/7: names no function', 'v4/auth/7: names no test',
      'v4/auth/8: names a decision, and is not decided otherwise',
    ])
  })

  it('is read strictly: unknown members, levels and states are refused with their place', () => {
    expect(() => mapOf({ also: 1 })).to.throw('sample.sections[0].rows[0]: unknown member "also"')
    expect(() => mapOf({ level: 'may' })).to.throw('sample.sections[0].rows[0].level: "may" is no level')
    expect(() => mapOf({ state: 'half' })).to.throw('sample.sections[0].rows[0].state: "half" is no state')
    expect(() => mapOf({ says: ' padded' })).to.throw('sample.sections[0].rows[0].says: not a text')
  })
})
