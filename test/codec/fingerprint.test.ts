import { entropyToMnemonic } from '@scure/bip39'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { expect } from 'chai'
import fc from 'fast-check'
import { OtrError } from '../../src/errors.js'
import {
  compareFingerprints, fingerprintBlocks, fingerprintFromWords, fingerprintWords, formatFingerprintUri, parseFingerprintUri, qrModules, qrText,
  readFingerprints, type Fingerprint,
} from '../../src/fingerprint/index.js'
import { hexDecode } from '../../src/wire/index.js'
import { scanned, modulesShown as shown } from '../support/qr-reader.js'

const hex = (digits: number): fc.Arbitrary<string> => fc.uint8Array({ minLength: digits / 2, maxLength: digits / 2 }).map((bytes) => Buffer.from(bytes).toString('hex'))
const version3 = hex(40).map((fingerprint): Fingerprint => ({ version: 3, fingerprint }))
const version4 = hex(112).map((fingerprint): Fingerprint => ({ version: 4, fingerprint }))
const any = fc.oneof(version3, version4)

const three: Fingerprint = { version: 3, fingerprint: '0123456789abcdef0123456789abcdef01234567' }
const four: Fingerprint = { version: 4, fingerprint: '00'.repeat(55) + '01' }

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (error instanceof OtrError) return `${error.code}: ${error.message}`
    throw error
  }
  throw new Error('not refused')
}

describe('fingerprints for people', () => {
  it('are blocks of eight digits', () => {
    expect(fingerprintBlocks(three)).to.deep.equal(['01234567', '89ABCDEF', '01234567', '89ABCDEF', '01234567'])
    expect(fingerprintBlocks(four)).to.have.length(14)
    expect(refusal(() => fingerprintBlocks({ version: 4, fingerprint: three.fingerprint }))).to.match(/^OTR_FINGERPRINT/)
    expect(refusal(() => fingerprintBlocks({ version: 3, fingerprint: 'zz'.repeat(20) }))).to.match(/^OTR_FINGERPRINT/)
  })

  it('are words: those that BIP-39 itself has for the same bits, as far as its checksum does not come in', () => {
    fc.assert(fc.property(version3, version4, (one, other) => {
      const ours = fingerprintWords(one)
      const theirs = entropyToMnemonic(hexDecode(one.fingerprint), wordlist).split(' ')
      expect(ours).to.have.length(15)
      expect(ours.slice(0, 14)).to.deep.equal(theirs.slice(0, 14))
      expect(wordlist.indexOf(ours[14] ?? '')).to.equal(wordlist.indexOf(theirs[14] ?? '') & ~0x1f)
      const long = fingerprintWords(other)
      expect(long).to.have.length(41)
      expect(long.slice(0, 23)).to.deep.equal(entropyToMnemonic(hexDecode(other.fingerprint).slice(0, 32), wordlist).split(' ').slice(0, 23))
    }), { numRuns: 50 })
  })

  it('have words that never change', () => {
    expect(fingerprintWords(three).join(' ')).to.equal(
      'abuse boss fly battle rubber wasp afraid hamster guide essence vibrant task banana pencil orchard')
    expect(fingerprintWords(four).slice(-2)).to.deep.equal(['abandon', 'absurd'])
  })

  it('come back from every form, whatever stands between', () => {
    fc.assert(fc.property(any, (one) => {
      const blocks = fingerprintBlocks(one)
      const forms = [
        one.fingerprint, blocks.join(' '), blocks.join(':'), ` ${blocks.join('\n')} `, fingerprintWords(one).join(' '),
        fingerprintWords(one).join(', ').toUpperCase(), formatFingerprintUri({ address: 'bob', fingerprints: [one] }),
      ]
      for (const form of forms) expect(readFingerprints(form)).to.deep.equal([one])
    }), { numRuns: 50 })
  })

  it('as words with one wrong, missing or too many are refused with a sentence', () => {
    const words = fingerprintWords(three)
    expect(refusal(() => fingerprintFromWords(words.with(4, 'rubbr')))).to.include('word 5 is not in the list')
    expect(refusal(() => fingerprintFromWords(words.slice(1)))).to.include('15 words are expected')
    expect(refusal(() => fingerprintFromWords([...words, 'zoo']))).to.include('not 16')
    expect(refusal(() => fingerprintFromWords(words.with(14, 'zoo')))).to.include('the last word cannot be the last')
    for (const text of ['', 'x', '0123', `${three.fingerprint}0`, 'some words that are none', 'otr4:', 'otr4:bob', 'otr4:bob?', 'xmpp:bob?otr-fingerprint=12']) {
      expect(refusal(() => readFingerprints(text)), text).to.match(/^OTR_FINGERPRINT: this is not a fingerprint: /)
    }
  })

  it('nothing that anybody gives is read as something else, or throws anything else', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(refusal(() => readFingerprints(`!${text}`))).to.match(/^OTR_FINGERPRINT/)
    }))
  })

  it('as a line for a code carry the address and both versions, and other programs\' line is read', () => {
    const uri = formatFingerprintUri({ address: 'bob the builder?&@example.org', fingerprints: [three, four] })
    expect(uri).to.equal(`otr4:bob%20the%20builder%3F%26@example.org?v4=${four.fingerprint}&v3=${three.fingerprint}`)
    expect(parseFingerprintUri(uri)).to.deep.equal({ address: 'bob the builder?&@example.org', fingerprints: [four, three] })
    expect(parseFingerprintUri(`OTR4:bob?new=x&v3=${three.fingerprint.toUpperCase()}`)).to.deep.equal({ address: 'bob', fingerprints: [three] })
    expect(parseFingerprintUri(`xmpp:bob@example.org?otr-fingerprint=${three.fingerprint};omemo-sid-1=00`))
      .to.deep.equal({ address: 'bob@example.org', fingerprints: [three] })
    for (const [text, why] of [
      [`otr4:bob?v3=${four.fingerprint}`, 'v3 has other digits than it must'],
      [`otr4:bob?v3=${three.fingerprint}&v3=${three.fingerprint}`, 'two of version 3'],
      [`otr4:%ff?v3=${three.fingerprint}`, 'the address is not encoded as it must be'],
      [`otr4:bob?v5=${three.fingerprint}`, 'the line names none'],
    ] as const) expect(refusal(() => parseFingerprintUri(text))).to.include(why)
    expect(refusal(() => formatFingerprintUri({ address: 'bob', fingerprints: [] }))).to.include('there is none')
    expect(refusal(() => formatFingerprintUri({ address: 'bob', fingerprints: [three, three] }))).to.include('two of one version')
    expect(refusal(() => formatFingerprintUri({ address: '\ud800', fingerprints: [three] }))).to.include('no Unicode')
    fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), version4, (address, one) => {
      expect(parseFingerprintUri(formatFingerprintUri({ address, fingerprints: [one] }))).to.deep.equal({ address, fingerprints: [one] })
    }))
  })

  it('as a QR code are read by a reader of another make, from the modules and from the terminal\'s half blocks', () => {
    for (const address of ['bob', 'bob@example.org', 'a long name of somebody@a-server-with-a-name.example.org']) {
      const uri = formatFingerprintUri({ address, fingerprints: [four, three] })
      const modules = qrModules(uri)
      expect(scanned(modules)).to.equal(uri)
      const lines = qrText(uri)
      expect(scanned(shown(lines))).to.equal(uri)
      const coloured = qrText(uri, { colours: true })
      expect(coloured.every((line) => line.startsWith('\u001b[38;5;231;48;5;16m') && line.endsWith('\u001b[0m'))).to.equal(true)
      // Four light modules on every side.
      const dark = modules.map((row) => row.some(Boolean))
      expect([dark.indexOf(true), modules.length - 1 - dark.lastIndexOf(true)]).to.deep.equal([4, 4])
      expect(modules.every((row) => row.slice(0, 4).concat(row.slice(-4)).every((module) => !module))).to.equal(true)
    }
  })

  it('are the same when every version that both have is', () => {
    const other3: Fingerprint = { version: 3, fingerprint: 'ff'.repeat(20) }
    expect(compareFingerprints([four, three], [three])).to.equal('same')
    expect(compareFingerprints([four], [three])).to.equal('incomparable')
    expect(compareFingerprints([], [three])).to.equal('incomparable')
    expect(compareFingerprints([four, other3], [four, three])).to.equal('different')
    expect(compareFingerprints([three], [other3, { version: 3, fingerprint: three.fingerprint.toUpperCase() }])).to.equal('same')
  })
})
