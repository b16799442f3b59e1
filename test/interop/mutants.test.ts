/** The conformance suite, proved: each broken build of our peer is found, and the unbroken one passes the same scenarios. Needs nothing but Node. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Peer } from '../../src/cli/peer/peer.js'
import { runScenarios, type PeerSource, type RunReport } from '../../src/conformance/run.js'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { makeTestKeys } from '../../src/conformance/test-keys.js'
import { foundBy } from '../conformance/found-by.js'
import { MutantBuilder, peerSource } from '../conformance/mutant-peer.js'
import { mutants } from '../conformance/mutants.js'

describe('the mutants of the conformance suite', function () {
  this.timeout(60_000)
  let folder: string
  let builder: MutantBuilder
  let keys: Awaited<ReturnType<typeof makeTestKeys>>
  const table: string[] = []

  const play = (peer: PeerSource, ids: readonly string[]): Promise<RunReport> => runScenarios({
    peer, partner: peerSource('our client', Peer), scenarios: allScenarios.filter(({ id }) => ids.includes(id)), keys,
    scenarioLimit: 30, runLimit: 600, jobs: 1, keepSecrets: false,
  })

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otr4-mutants-'))
    builder = await MutantBuilder.open(folder)
    keys = await makeTestKeys()
  })

  after(async () => {
    await builder.close()
    await rm(folder, { recursive: true })
    console.log(table.join('\n'))
  })

  it('the unbroken peer passes all scenarios by which mutants are found', async function () {
    this.timeout(300_000)
    const ids = [...new Set(Object.values(foundBy).flat())]
    const { results } = await play(await builder.build(), ids)
    expect(results.map(({ scenario }) => scenario.id)).to.have.members(ids)
    expect(results.filter(({ verdict }) => verdict.outcome !== 'passed').map(({ scenario, verdict }) => `${scenario.id}: ${verdict.reason ?? ''}`)).to.deep.equal([])
  })

  it('each mutant has scenarios that must find it, and no others have', () => {
    expect(Object.keys(foundBy)).to.have.members(mutants.map(({ id }) => id))
  })

  for (const mutant of mutants) {
    it(`${mutant.id} is found: ${mutant.about}`, async () => {
      const ids = foundBy[mutant.id] ?? []
      expect(ids).to.not.be.empty
      const { results, unusable } = await play(await builder.build(mutant), ids)
      expect(unusable).to.equal(undefined)
      const found = results.filter(({ verdict: { outcome } }) => outcome === 'failed' || outcome === 'deviates')
      expect(found.map(({ scenario }) => scenario.id)).to.have.members(ids)
      table.push(`    ${mutant.id.padEnd(26)} ${ids.join(', ')}`)
    })
  }
})
