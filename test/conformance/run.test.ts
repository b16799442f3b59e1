/** A run of the conformance suite goes on, whatever happens in a scenario, and the documents name as many scenarios as there are. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { Peer } from '../../src/cli/peer/peer.js'
import { runScenarios } from '../../src/conformance/run.js'
import type { Scenario } from '../../src/conformance/scenario.js'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { makeTestKeys } from '../../src/conformance/test-keys.js'
import { Writer } from '../../src/wire/writer.js'
import { peerSource } from './mutant-peer.js'
import { mutants } from './mutants.js'

describe('a run of the conformance suite', () => {
  it('goes on when a scenario cannot encode what a program made it compute, and says so', async () => {
    const [usual] = allScenarios
    const faulty: Scenario = { ...usual!, id: 'v3-offer-faulty', play: async () => { new Writer().int(2 ** 32); await Promise.resolve() } }
    const { results, unusable } = await runScenarios({
      peer: peerSource('otr4', Peer), partner: peerSource('our client', Peer), scenarios: [faulty, usual!], keys: await makeTestKeys(),
      scenarioLimit: 30, runLimit: 60, jobs: 1, keepSecrets: false,
    })
    expect(unusable).to.equal(undefined)
    expect(results.map(({ verdict }) => verdict.outcome)).to.deep.equal(['failed', 'passed'])
    expect(results[0]?.verdict.reason).to.match(/the suite could not go on .*outside 0 to 4294967295/)
  })

  it('has as many scenarios and mutants as the documents say', () => {
    for (const file of ['README.md', 'CHANGELOG.md']) expect(readFileSync(file, 'utf8'), file).to.include(`${allScenarios.length} scenarios`)
    expect(readFileSync('CHANGELOG.md', 'utf8')).to.include(`${mutants.length} deliberately broken programs`)
    const report = readFileSync('docs/conformance.md', 'utf8')
    for (const { id } of mutants) expect(report).to.include(`| ${id} |`)
  })
})
