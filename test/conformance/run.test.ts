/** A run of the conformance suite goes on, whatever happens in a scenario, and the documents name as many scenarios as there are. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { htmlReport } from '../../src/cli/conformance/html-report.js'
import { conformanceTable } from '../../src/cli/conformance/table.js'
import { Peer } from '../../src/cli/peer/peer.js'
import { LocalPeer } from '../../src/conformance/local-peer.js'
import { runScenarios, type PeerSource } from '../../src/conformance/run.js'
import type { Scenario } from '../../src/conformance/scenario.js'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { makeTestKeys } from '../../src/conformance/test-keys.js'
import { Transcript } from '../../src/conformance/transcript.js'
import { Writer } from '../../src/wire/writer.js'
import { peerSource } from './mutant-peer.js'
import { mutants } from './mutants.js'

/** Our peer, with fields of its own in its account and its policy. */
class OtherPeer extends LocalPeer {
  constructor(name: string, account: object, policy: object) {
    const peer = new Peer({ log: () => undefined })
    const answer = async (line: string): Promise<string> => {
      const request = JSON.parse(line) as { readonly cmd?: unknown }
      if (request.cmd !== 'account') return (await peer.answer(line)).line
      const reply = (await peer.answer(JSON.stringify({ ...request, ...account }))).line
      await peer.answer(JSON.stringify({ id: 0, cmd: 'policy', ...policy }))
      return reply
    }
    super(name, answer, () => peer.close())
  }
}

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

  const limits = { scenarioLimit: 60, runLimit: 300, jobs: 1 }
  const ids = (...wanted: string[]): Scenario[] => allScenarios.filter(({ id }) => wanted.includes(id))
  const three = ids('v3-offer-plain-text', 'v3-offer-query-only-2', 'v3-offer-own-query')

  /** A program that answers everything with ok; `answer` says what else. Counts how often it was started, and keeps what it was asked. */
  function program(features: readonly string[], answer: (cmd: string, start: number) => string | undefined = () => undefined): PeerSource & { readonly starts: () => number, readonly asked: string[] } {
    let starts = 0
    const asked: string[] = []
    const open = (): LocalPeer => {
      const start = ++starts
      return new LocalPeer('a program', (line) => {
        let request: { readonly id?: unknown, readonly cmd?: unknown }
        try {
          request = (JSON.parse(line) ?? {}) as typeof request
        } catch {
          request = {}
        }
        const { id } = request
        const cmd = String(request.cmd)
        asked.push(cmd)
        const usual = { id, ok: true, out: [], ...cmd === 'hello' && { name: 'a program', version: '1', protocol: 1, features }, ...cmd === 'status' && { sessions: [] } }
        return Promise.resolve(answer(cmd, start) ?? JSON.stringify(usual))
      }, () => Promise.resolve())
    }
    return { name: 'a program', open, starts: () => starts, asked }
  }

  it('asks a program to begin anew only where it says that it can, and starts others again', async () => {
    const keys = await makeTestKeys()
    const plain = program(['v3'])
    await runScenarios({ ...limits, peer: plain, partner: program(['v3', 'reset']), scenarios: three, keys, keepSecrets: false })
    // One to be asked what it has, and one for each scenario.
    expect(plain.starts()).to.equal(4)
    expect(plain.asked).to.not.include('reset')
    const resets = program(['v3', 'reset'])
    await runScenarios({ ...limits, peer: resets, partner: plain, scenarios: three, keys, keepSecrets: false })
    expect(resets.starts()).to.equal(2)
    expect(resets.asked.filter((cmd) => cmd === 'reset').length).to.equal(3)
  })

  it('finds in its first group what a program does that answers all that it is asked with ok', async () => {
    const report = await runScenarios({
      ...limits, peer: program(['v3', 'reset']), partner: program(['v3']), scenarios: allScenarios.filter(({ group }) => group === 'peer'), keys: await makeTestKeys(), keepSecrets: false,
    })
    // A page can be made of it, although requests lack fields there.
    expect(htmlReport([report], '2026-11-30')).to.include('peer-fields').and.include('(nothing)')
    expect(report.results.filter(({ verdict }) => verdict.outcome === 'failed').map(({ scenario }) => scenario.id)).to.deep.equal([
      'peer-id-refused', 'peer-order', 'peer-no-json', 'peer-unknown-command', 'peer-no-account', 'peer-fields', 'peer-account', 'peer-unsupported', 'peer-network', 'peer-utf-8', 'peer-sender', 'peer-reset',
    ])
  })

  it('tells a dialect once, and judges all else in it', async () => {
    const keys = await makeTestKeys()
    const wanted = ids('v4-dake-by-peer-identity', 'v4-dake-message-form', 'v4-smp-right-peer', 'v4-smp-hand', 'v4-smp-secret-form')
    for (const dialect of ['otrr', 'otr4j'] as const) {
      // Our client with the policy of a dialect signs and verifies as that program does.
      const peer: PeerSource = { name: dialect, open: () => new OtherPeer(dialect, {}, { dialect }) }
      const report = await runScenarios({ ...limits, peer, partner: peerSource('our client', Peer), scenarios: wanted, keys, keepSecrets: false })
      expect(report.peer.dialect).to.equal(dialect)
      expect(report.results.filter(({ verdict }) => verdict.outcome !== 'passed').map(({ scenario, verdict }) => [scenario.id, verdict.outcome])).to.deep.equal([
        ['v4-dake-message-form', 'deviates'], ...dialect === 'otr4j' ? [['v4-smp-secret-form', 'deviates']] : [],
      ])
      expect(conformanceTable(report)).to.include(`its version 4 is ${dialect}'s`)
      expect(htmlReport([report], '2026-11-30')).to.include(`its version 4 is ${dialect}&#39;s`)
    }
  })

  it('knows the older draft of libotr-ng by the Identity message with which such a program begins', async () => {
    const { identity } = JSON.parse(readFileSync('test/vectors/data/v4-libotr-ng.json', 'utf8')) as { readonly identity: string }
    for (const [message, dialect] of [[identity, 'libotr-ng'], ['?OTRv4?', undefined]] as const) {
      const peer = program(['v4'], (cmd) => cmd === 'start' ? JSON.stringify({ id: 3, ok: true, out: [{ type: 'send', to: 'probe@example.org', message }] }) : undefined)
      const report = await runScenarios({ ...limits, peer, partner: program(['v4']), scenarios: [], keys: await makeTestKeys(), keepSecrets: false })
      expect(report.peer.dialect).to.equal(dialect)
    }
  })

  it('changes instance tags whatever they are: those of the upper half are no negative numbers', async () => {
    const source = (name: string, tag: number): PeerSource => ({ name, open: () => new OtherPeer(name, { tag }, {}) })
    const { results } = await runScenarios({
      ...limits, peer: source('peer', 0xf000_0001), partner: source('partner', 0xf000_0002), scenarios: allScenarios.filter(({ group }) => group === 'v3-tags'), keys: await makeTestKeys(), keepSecrets: false,
    })
    expect(results.filter(({ verdict }) => verdict.outcome !== 'passed').map(({ scenario, verdict }) => `${scenario.id}: ${verdict.reason ?? ''}`)).to.deep.equal([])
  })

  it('leaves secrets out of the request before a fault, unless it was told to keep them', async () => {
    const keys = await makeTestKeys()
    for (const keepSecrets of [false, true]) {
      const dies = program(['v3'], (cmd, start) => cmd === 'account' && start > 1 ? 'Segmentation fault' : undefined)
      const { results: [result] } = await runScenarios({ ...limits, peer: dies, partner: program(['v3']), scenarios: three.slice(0, 1), keys, keepSecrets })
      expect(result?.verdict).to.include({ outcome: 'failed', fault: 'not-json' })
      expect(result?.verdict.preceding).to.include('"cmd":"account"')
      expect(result?.verdict.preceding?.includes('(privkeys')).to.equal(keepSecrets)
    }
  })

  it('keeps out of a transcript what people share, keys of sessions and states, and finds them in messages', () => {
    const key = 'ab'.repeat(32)
    const response = { ok: true, out: [{ type: 'extra-key', peer: 'bob', key, context: 1, data: '' }], state: 'everything', tag: 300 } as const
    const [usual, kept] = [false, true].map((keep) => {
      const transcript = new Transcript(keep)
      transcript.add('peer', 'smp-start', { to: 'bob', secret: 'the blue bridge' }, response)
      return { entries: JSON.stringify(transcript.entries), text: transcript.cleanText(`expected ${key}, seen "the blue bridge"`) }
    })
    for (const secret of [key, 'the blue bridge', 'everything']) {
      expect(usual?.entries).to.not.include(secret)
      expect(kept?.entries).to.include(secret)
    }
    expect(usual?.entries).to.include('300')
    expect(usual?.text).to.equal('expected (secret), seen "(secret)"')
    expect(kept?.text).to.equal(`expected ${key}, seen "the blue bridge"`)
  })

  it('has as many scenarios and mutants as the documents say', () => {
    for (const file of ['README.md', 'CHANGELOG.md']) expect(readFileSync(file, 'utf8'), file).to.include(`${allScenarios.length} scenarios`)
    expect(readFileSync('CHANGELOG.md', 'utf8')).to.include(`${mutants.length} deliberately broken programs`)
    const report = readFileSync('docs/conformance.md', 'utf8')
    for (const { id } of mutants) expect(report).to.include(`| ${id} |`)
  })
})
