import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { fingerprintBlocks, fingerprintWords, formatFingerprintUri } from '../../src/fingerprint/index.js'
import { Run, temporaryFolder } from '../support/cli.js'

const hex3 = 'ab'.repeat(20)
const hex4 = 'cd'.repeat(56)

describe('otr4 fingerprint', () => {
  const folder = temporaryFolder()
  before(async () => {
    await otr4(['keygen', '--state', join(folder.path, 'state'), '--account', 'alice', '--protocol', 'relay'])
    writeFileSync(join(folder.path, 'state/otr.fingerprints'), `bob\talice\trelay\t${hex3}\tverified\n`)
    mkdirSync(join(folder.path, 'empty'))
  })
  after(() => { folder.remove() })

  const otr4 = async (args: readonly string[], terminal = false): Promise<{ code: number, out: string, err: string }> => {
    const run = new Run(args, {}, terminal)
    const code = await run.exit
    return { code, out: run.out, err: run.err }
  }
  const state = (): string => join(folder.path, 'state')
  const own = async (): Promise<{ version: 3 | 4, fingerprint: string }[]> =>
    (await otr4(['fingerprint', '--state', state(), '--json'])).out.trim().split('\n')
      .map((line) => JSON.parse(line) as { version: 3 | 4, fingerprint: string, peer?: string }).filter(({ peer }) => peer === undefined)

  it('W31: shows yours and his side by side, as digits and as words', async () => {
    const [mine] = (await own()).filter(({ version }) => version === 4)
    const shown = await otr4(['fingerprint', 'bob', '--state', state()])
    expect(shown.code).to.equal(0)
    expect(shown.out.trim().split('\n')).to.have.length(3)
    expect(shown.out).to.include(`you: ${fingerprintBlocks({ version: 4, fingerprint: mine?.fingerprint ?? '' }).join(' ')}\n`)
    expect(shown.out).to.include(`bob: ${fingerprintBlocks({ version: 3, fingerprint: hex3 }).join(' ')}, verified\n`)
    const words = await otr4(['fingerprint', 'bob', '--state', state(), '--words'])
    expect(words.out).to.include(`bob: ${fingerprintWords({ version: 3, fingerprint: hex3 }).join(' ')}, verified\n`)
    const nobody = await otr4(['fingerprint', 'carol', '--state', state()])
    expect([nobody.code, nobody.out, nobody.err]).to.deep.equal([1, '', 'otr4: nothing is known of carol\n'])
  })

  it('W31: compares whatever form of a fingerprint is given with what is known', async () => {
    const forms = [
      hex3, fingerprintBlocks({ version: 3, fingerprint: hex3 }).join(' '), fingerprintWords({ version: 3, fingerprint: hex3 }).join(' '),
      formatFingerprintUri({ address: 'bob', fingerprints: [{ version: 3, fingerprint: hex3 }, { version: 4, fingerprint: hex4 }] }),
    ]
    for (const form of forms) {
      const { code, out } = await otr4(['fingerprint', 'bob', '--state', state(), '--compare', form])
      expect([code, out], form).to.deep.equal([0, 'the same: this is the fingerprint that is known of bob\n'])
    }
    const other = await otr4(['fingerprint', 'bob', '--state', state(), '--compare', 'ff'.repeat(20)])
    expect([other.code, other.out]).to.deep.equal([1, 'NOT the same: this is another key\n'])
    const newer = await otr4(['fingerprint', 'bob', '--state', state(), '--compare', hex4])
    expect(newer.code).to.equal(1)
    expect(newer.out).to.include('cannot be compared')
    for (const { version, fingerprint } of await own()) {
      const { code, out } = await otr4(['fingerprint', '--state', state(), '--compare', fingerprint.toUpperCase()])
      expect([code, out], String(version)).to.deep.equal([0, 'the same: this is the fingerprint of your own key\n'])
    }
    const wrong = await otr4(['fingerprint', '--state', state(), '--compare', 'nonsense'])
    expect(wrong.code).to.equal(2)
    expect(wrong.err).to.match(/^otr4: OTR_FINGERPRINT: this is not a fingerprint: [^\n]*\n$/)
  })

  it('W31: draws your own as a QR code, in black and white where there is a terminal, and says what is in it', async () => {
    const keys = await own()
    const uri = formatFingerprintUri({ address: 'alice', fingerprints: keys })
    const plain = await otr4(['fingerprint', '--state', state(), '--qr', '--account', 'alice'])
    expect(plain.code).to.equal(0)
    expect(plain.out.trimEnd().endsWith(uri)).to.equal(true)
    const rows = plain.out.split('\n').filter((line) => /^[\u2580\u2584\u2588 ]{40,}$/.test(line))
    expect(new Set(rows.map((row) => row.length)).size).to.equal(1)
    expect(rows.length * 2).to.be.within((rows[0]?.length ?? 0) - 1, (rows[0]?.length ?? 0) + 1)
    expect(plain.out).to.not.include('\u001b')
    const coloured = await otr4(['fingerprint', '--state', state(), '--qr'], true)
    // All of it is on a screen of 24 rows, with the next prompt.
    const drawn = coloured.out.split('\n').filter((line) => line.startsWith('\u001b[38;5;231;48;5;16m'))
    expect(drawn.length).to.be.within(20, 23)
    expect(coloured.out.trimEnd().endsWith(drawn.at(-1) ?? 'none')).to.equal(true)
    expect(coloured.out).to.include(uri).and.include('room for the newest key alone')
    const his = await otr4(['fingerprint', 'bob', '--state', state(), '--qr'])
    expect(his.out.trimEnd().endsWith(formatFingerprintUri({ address: 'bob', fingerprints: [{ version: 3, fingerprint: hex3 }] }))).to.equal(true)
  })

  it('says so when there is nothing', async () => {
    const { code, err } = await otr4(['fingerprint', '--state', join(folder.path, 'empty')])
    expect([code, err]).to.deep.equal([1, 'otr4: there are no keys and no fingerprints\n'])
    expect((await otr4(['fingerprint', '--state', state(), '--account', 'carol'])).code).to.equal(1)
  })
})
