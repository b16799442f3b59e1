/** Recorded transcripts, judged without any key: honest ones break no rule, and a transcript with one fault breaks the rule that it is about. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Peer } from '../../src/cli/peer/peer.js'
import { judgeRecorded, type RecordedReport } from '../../src/conformance/recorded/judge.js'
import { recordedRules } from '../../src/conformance/recorded/rules.js'
import { runScenarios } from '../../src/conformance/run.js'
import { allScenarios } from '../../src/conformance/scenarios/index.js'
import { makeTestKeys } from '../../src/conformance/test-keys.js'
import { armorMessage, classify, concatBytes, type OtrMessage } from '../../src/wire/index.js'
import { otr4, temporaryFolder } from '../support/cli.js'
import { peerSource } from './mutant-peer.js'

interface Line {
  readonly from: string
  readonly to: string
  readonly message: string
}

type Named<Kind extends OtrMessage['kind']> = Extract<OtrMessage, { readonly kind: Kind }>

const scenarios = ['v2-data-rows', 'v3-ake-new-secrets', 'v3-data-rows', 'v4-dake-by-peer-query', 'v4-ratchet-twelve-chains', 'v4-ratchet-long-chain']
const parse = (text: string): Line[] => text.trim().split('\n').slice(1).map((line) => JSON.parse(line) as Line)
const write = (lines: readonly Line[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('')
const broken = ({ results }: RecordedReport): string[] => results.filter(({ outcome }) => outcome === 'failed' || outcome === 'deviates').map(({ rule }) => rule.id)

describe('a recorded transcript', function () {
  this.timeout(120_000)
  const recorded = new Map<string, Line[]>()

  before(async () => {
    const { results } = await runScenarios({
      peer: peerSource('otr4', Peer), partner: peerSource('our client', Peer), scenarios: allScenarios.filter(({ id }) => scenarios.includes(id)), keys: await makeTestKeys(),
      scenarioLimit: 60, runLimit: 110, jobs: 1, keepSecrets: false, record: true,
    })
    for (const { scenario, verdict, recording } of results) {
      expect(verdict.outcome, scenario.id).to.equal('passed')
      recorded.set(scenario.id, parse(recording!.text()))
    }
  })

  it('of honest programs breaks no rule, and every rule has something to look at', () => {
    const looked = new Set<string>()
    for (const [id, lines] of recorded) {
      const report = judgeRecorded(write(lines))
      expect(broken(report), id).to.deep.equal([])
      for (const { rule, outcome } of report.results) if (outcome === 'passed') looked.add(rule.id)
    }
    expect([...looked]).to.have.members(recordedRules.map(({ id }) => id))
  })

  /** Changes the message of that kind at a place among those of its kind; a negative place counts from the end. `all`: those messages. */
  function changed<Kind extends OtrMessage['kind']>(id: string, kind: Kind, place: number, change: (message: Named<Kind>, all: readonly Named<Kind>[]) => Partial<Named<Kind>>): string {
    const lines = recorded.get(id)!
    const found = lines.flatMap((line, at) => {
      const classified = classify(line.message)
      return classified.kind === 'message' && classified.message.kind === kind ? [{ at, message: classified.message as Named<Kind> }] : []
    })
    const { at, message } = found.at(place)!
    const next = armorMessage({ ...message, ...change(message, found.map((one) => one.message)) })
    return write(lines.map((line, n) => n === at ? { ...line, message: next } : line))
  }

  const flip = (bytes: Uint8Array, at = 40): Uint8Array => bytes.map((byte, n) => n === at ? byte ^ 1 : byte)
  const firstOf = (message: Named<'v4-data'>, all: readonly Named<'v4-data'>[]): Named<'v4-data'> => all.find(({ ratchetId, ecdh }) => ratchetId === message.ratchetId && String(ecdh) === String(message.ecdh))!

  const faults: Readonly<Record<string, () => string>> = {
    'recorded-decodes': () => write(recorded.get('v3-data-rows')!.map((line, n, all) => n === all.length - 1 ? { ...line, message: `${line.message.slice(0, 40)}.` } : line)),
    'recorded-tags': () => changed('v3-data-rows', 'v3-data', -1, () => ({ receiverTag: 0 })),
    'recorded-one-key': () => changed('v3-data-rows', 'v3-data', -1, ({ nextDh }) => ({ nextDh: flip(nextDh) })),
    'recorded-new-keys': () => changed('v3-ake-new-secrets', 'v3-dh-key', 1, (_message, all) => ({ gy: all[0]!.gy })),
    'recorded-macs-once': () => changed('v3-data-rows', 'v3-data', -1, ({ oldMacKeys }, all) => ({ oldMacKeys: concatBytes(oldMacKeys, all.find((one) => one.oldMacKeys.length > 0)!.oldMacKeys) })),
    'recorded-macs-late': () => changed('v4-ratchet-twelve-chains', 'v4-data', 1, (_message, all) => ({ revealedMacKeys: all.at(-1)!.revealedMacKeys })),
    'recorded-v3-dh-key': () => changed('v3-data-rows', 'v3-dh-key', 0, () => ({ gy: Uint8Array.of(1) })),
    'recorded-v3-commitment': () => changed('v3-data-rows', 'v3-reveal-signature', 0, ({ revealedKey }) => ({ revealedKey: flip(revealedKey, 3) })),
    'recorded-v3-counter-once': () => changed('v2-data-rows', 'v2-data', -1, (message, all) => ({ counter: all.find(({ nextDh }) => String(nextDh) === String(message.nextDh))!.counter })),
    'recorded-v3-counter-rises': () => changed('v3-data-rows', 'v3-data', 0, ({ counter }) => ({ counter: new Uint8Array(counter.length) })),
    'recorded-v3-key-ids': () => changed('v3-data-rows', 'v3-data', -1, ({ senderKeyId }) => ({ senderKeyId: senderKeyId + 3 })),
    'recorded-v3-key-announced': () => changed('v3-data-rows', 'v3-data', -1, ({ recipientKeyId }) => ({ recipientKeyId: recipientKeyId + 5 })),
    'recorded-v4-keys': () => changed('v4-dake-by-peer-query', 'v4-data', -1, ({ ecdh }) => ({ ecdh: Uint8Array.from(ecdh, (_byte, n) => n === 0 ? 1 : 0) })),
    'recorded-v4-profile': () => changed('v4-dake-by-peer-query', 'v4-auth-r', 0, ({ clientProfile }) => ({ clientProfile: { ...clientProfile, signature: flip(clientProfile.signature) } })),
    'recorded-v4-signature': () => changed('v4-dake-by-peer-query', 'v4-auth-i', 0, ({ sigma }) => ({ sigma: flip(sigma) })),
    'recorded-v4-place-once': () => changed('v4-ratchet-long-chain', 'v4-data', -5, (message, all) => ({ messageId: firstOf(message, all).messageId, ciphertext: flip(message.ciphertext, 0) })),
    'recorded-v4-place-next': () => changed('v4-ratchet-long-chain', 'v4-data', -1, ({ messageId }) => ({ messageId: messageId + 5 })),
    'recorded-v4-previous-chain': () => changed('v4-ratchet-twelve-chains', 'v4-data', -1, () => ({ previousChain: 0 })),
    'recorded-v4-dh-third': () => changed('v4-ratchet-twelve-chains', 'v4-data', -1, ({ dh }, all) => ({ dh: dh.length > 0 ? new Uint8Array() : all.find((one) => one.dh.length > 0)!.dh })),
  }

  it('every rule has a fault that it finds', () => {
    expect(Object.keys(faults)).to.have.members(recordedRules.map(({ id }) => id))
    for (const [id, make] of Object.entries(faults)) expect(broken(judgeRecorded(make())), id).to.include(id)
  })

  it('with anything in it at all is judged, and nothing is thrown', () => {
    for (const text of ['', '\n\n', '{', '{"by":"suite"}', '[]', 'null', '{"from":1,"message":"?OTR:"}', '?OTR:AAMDAAAA.', '{"message":"hello"}', '\u0000'.repeat(1000)]) {
      expect(judgeRecorded(text).results.length, JSON.stringify(text.slice(0, 40))).to.equal(recordedRules.length)
    }
  })

  it('is judged by otr4 conformance --read, which names each line, and who sent it', async () => {
    const folder = temporaryFolder()
    try {
      const [good, bad, none] = ['good.jsonl', 'bad.jsonl', 'none.jsonl'].map((name) => join(folder.path, name)) as [string, string, string]
      writeFileSync(good, write(recorded.get('v3-data-rows')!))
      writeFileSync(bad, faults['recorded-v3-key-announced']!())
      writeFileSync(none, '{"from":"a","to":"b","message":"hello"}\n')
      expect((await otr4(['conformance', '--read', good])).code).to.equal(0)
      const read = await otr4(['conformance', '--read', bad])
      expect(read.code).to.equal(1)
      expect(read.out).to.match(/FAILED {2}recorded-v3-key-announced: .*\n {8}line \d+, by p\w+@example\.org: it is for key \d+; the highest that was announced is \d+/)
      const json = JSON.parse((await otr4(['conformance', '--read', bad, '--json'])).out) as { readonly results: readonly { readonly id: string, readonly outcome: string }[] }
      expect(json.results.find(({ id }) => id === 'recorded-v3-key-announced')?.outcome).to.equal('failed')
      for (const args of [[none], [join(folder.path, 'no-such-file')], [good, '--group', 'v3']]) expect((await otr4(['conformance', '--read', ...args])).code, args.join()).to.equal(2)
      const explained = await otr4(['conformance', '--explain', 'recorded-v4-dh-third'])
      expect(explained.out).to.include('quantum')
      expect((await otr4(['conformance', '--list'])).out).to.include('recorded-v3-counter-once')
    } finally {
      folder.remove()
    }
  })
})
