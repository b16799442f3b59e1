/** What `otr4 conformance --transcripts` writes: files that the other commands read, and no secret in them. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { decodeTranscript, examineTranscript, readTranscript } from '../../src/forge/index.js'
import { otr4, temporaryFolder } from '../support/cli.js'

interface Line {
  readonly from: string
  readonly message: string
  readonly text?: string
  readonly arrived?: boolean
  readonly by?: string
}

const ourPeer = `"${process.execPath}" --import tsx src/cli/main.ts peer`
const scenarios = ['v3-smp-same-by-peer', 'v3-ake-changed-commit-hash', 'v4-dake-by-peer-query', 'v4-order-swapped']

describe('otr4 conformance --transcripts', function () {
  this.timeout(180_000)
  let folder: ReturnType<typeof temporaryFolder>
  let path = ''
  const file = (id: string): string => readFileSync(join(path, `${id}.jsonl`), 'utf8')
  const lines = (id: string): Line[] => file(id).trim().split('\n').slice(1).map((line) => JSON.parse(line) as Line)

  before(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'made', 'by-it')
    const { code, out } = await otr4(['conformance', '--peer', ourPeer, ...scenarios.flatMap((id) => ['--only', id]), '--transcripts', path])
    expect(code, out).to.equal(0)
  })
  after(() => { folder.remove() })

  it('writes a file for each scenario, which only its owner reads', () => {
    expect(readdirSync(path).sort()).to.deep.equal(scenarios.map((id) => `${id}.jsonl`).sort())
    for (const id of scenarios) {
      expect(file(id)).to.match(/^\{"transcript":"otr","format":1\}\n/)
      expect(statSync(join(path, `${id}.jsonl`)).mode & 0o777).to.equal(0o600)
    }
  })

  it('otr4 inspect and otr4 forge read them, and find honest conversations in them', async () => {
    for (const id of ['v3-smp-same-by-peer', 'v4-dake-by-peer-query']) {
      const transcript = readTranscript(file(id))
      expect(transcript.faults).to.deep.equal([])
      const { faults, messages, published } = examineTranscript(transcript)
      expect(faults, id).to.deep.equal([])
      expect(messages.length).to.be.greaterThan(5)
      expect(published).to.not.be.empty
      const forged = await otr4(['forge', 'examine', join(path, `${id}.jsonl`)])
      expect(forged.code, forged.out).to.equal(0)
    }
    const inspected = await otr4(['inspect', '-'], file('v4-dake-by-peer-query'))
    expect(inspected.out).to.match(/Identity Message/).and.match(/Auth-I Message/).and.match(/Data Message/)
  })

  it('has texts where one line carries one, and no secret', () => {
    expect(lines('v4-order-swapped').filter(({ text }) => text !== undefined)).to.not.be.empty
    for (const id of scenarios) expect(file(id)).to.not.match(/privkeys|#[0-9A-F]{30}/)
  })

  it('says what the suite wrote, and which line did not arrive', () => {
    const commits = lines('v3-ake-changed-commit-hash').filter(({ message }) => message.startsWith('?OTR:AAMC'))
    expect(commits.map(({ from, arrived, by }) => [from, arrived, by])).to.deep.equal([
      ['partner@example.org', false, undefined], ['partner@example.org', undefined, 'suite'],
    ])
    // A correspondent that is moved by hand is the suite.
    const fromHand = lines('v4-order-swapped').filter(({ from }) => from.startsWith('partner'))
    expect(fromHand.length).to.be.greaterThan(3)
    expect(fromHand.every(({ by }) => by === 'suite')).to.equal(true)
    expect(decodeTranscript(readTranscript(file('v4-order-swapped'))).faults).to.deep.equal([])
  })

  it('refuses a folder that cannot be made, before anything runs', async () => {
    const taken = join(folder.path, 'taken')
    writeFileSync(taken, '')
    const { code, err } = await otr4(['conformance', '--peer', 'false', '--transcripts', join(taken, 'below')])
    expect(code).to.equal(2)
    expect(err).to.include('--transcripts')
  })
})
