/** The page with the results is what the committed results make, and every failure in it has words. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { groups } from '../../src/conformance/scenario.js'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { conformancePage, faultsOfWords, type Words } from '../support/conformance/page.js'
import { merged, reduced, type ProgramResults, type RunJson } from '../support/conformance/results.js'

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

describe('the page with the results of the conformance suite', () => {
  const results = read('spec/conformance/results.json') as ProgramResults[]
  const words = read('spec/conformance/words.json') as Words

  const run = (outcomes: Readonly<Record<string, 'passed' | 'failed' | 'unsupported' | 'not-run'>>, date = '2026-11-30'): RunJson => ({
    suite: { version: '0.1.0' }, date: `${date}T12:00:00Z`, peer: { name: 'their', version: '1' },
    results: Object.entries(outcomes).map(([id, outcome]) => ({ id, group: 'v3-offer', outcome, ...outcome === 'unsupported' && { reason: 'their has no "smp"' } })),
  })

  it('is what npm run build:conformance makes of the committed results', () => {
    expect(readFileSync('docs/conformance.md', 'utf8')).to.equal(conformancePage(results, words))
  })

  it('names only groups and scenarios that there are', () => {
    const ids = new Set(allScenarios.map(({ id }) => id))
    for (const { name, groups: counts, failed, deviates } of results) {
      for (const group of Object.keys(counts)) expect(groups, name).to.have.property(group)
      for (const id of [...failed, ...deviates]) expect(ids.has(id), `${name}: ${id}`).to.equal(true)
    }
  })

  it('cannot be made while a failing scenario has no words, nor with words for one that passes', () => {
    const programs = merged([], [run({ a: 'failed', b: 'passed' })])
    expect(() => conformancePage(programs, {})).to.throw('their 1: no words say what it does in a')
    expect(faultsOfWords(programs, { 'their 1': [{ does: 'x', scenarios: ['a'] }] })).to.deep.equal([])
    expect(faultsOfWords(programs, { 'their 1': [{ does: 'x', scenarios: ['a', 'b', 'a'] }] })).to.have.length(2)
    expect(faultsOfWords(programs, { 'their 1': [{ does: 'x', scenarios: ['a'] }], 'other 1': [] })).to.have.length(1)
  })

  it('takes a new run in the place of the old one, and no group that was not finished', () => {
    const old = merged([], [run({ a: 'failed' })])
    const [one, ...others] = merged(old, [run({ a: 'passed', b: 'unsupported' }, '2026-12-01')])
    expect(others).to.deep.equal([])
    expect(one).to.deep.include({ date: '2026-12-01', failed: [], lacks: { '"smp"': 1 }, groups: { 'v3-offer': { passed: 1, unsupported: 1 } } })
    expect(() => reduced(run({ a: 'not-run', b: 'failed' }))).to.throw('no group was run to its end')
    const both = run({ a: 'not-run', b: 'failed' })
    const { groups: kept, failed } = reduced({ ...both, results: [...both.results, { id: 'c', group: 'v3-ake', outcome: 'passed' }] })
    expect([kept, failed]).to.deep.equal([{ 'v3-ake': { passed: 1 } }, []])
  })
})
