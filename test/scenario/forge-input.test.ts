/** Transcripts that are not as they should be: what is wrong is named with its line, what can be forged is. */
import { expect } from 'chai'
import { systemRandom } from '../../src/crypto/index.js'
import {
  decodeTranscript, examineTranscript, forgeAke, forgeTranscript, forgeTranscriptV3, formatTranscript, formatTranscriptLine, modifyDataMessage, publishedMacKeys,
  readTranscript, reMac, TranscriptRecorder, type ForgedText, type TranscriptFault, type TranscriptLine,
} from '../../src/forge/index.js'
import { receiveMessage, sendMessage } from '../../src/v3/index.js'
import { armorMessage, decodeMessage, fragmentMessage, unarmor, type DataMessageV3, type DataMessageV4, type OtrMessage } from '../../src/wire/index.js'
import { seededRandom } from '../support/seeded.js'
import { addressOf, NOW, v4Account } from '../support/v4-parties.js'
import { alice as aliceV3, bob as bobV3 } from './v3-parties.js'

const sides = {
  bob: { address: addressOf('bob'), clientProfile: v4Account('bob').clientProfile }, alice: { address: addressOf('alice'), clientProfile: v4Account('alice').clientProfile },
}
const sidesV3 = { bob: { ...bobV3, address: sides.bob.address }, alice: { ...aliceV3, address: sides.alice.address } }
const texts: readonly ForgedText[] = ['one', 'two', 'three', 'four', 'five', 'six'].map((text, at) => ({ from: at % 2 === 0 ? 'alice' : 'bob', text }))

const v4 = (seed: string): TranscriptLine[] => forgeTranscript({ ...sides, texts, now: NOW }, seededRandom(seed))
const v3 = (seed: string): TranscriptLine[] => forgeTranscriptV3({ ...sidesV3, texts, now: NOW }, seededRandom(seed))
const decoded = ({ message }: TranscriptLine): OtrMessage => decodeMessage(unarmor(message))

/** The faults of a transcript without its header: line 1 is the first message. */
function faultsOf(lines: readonly TranscriptLine[]): (readonly [number, string])[] {
  return faultsOfText(lines.map(formatTranscriptLine).join('')).map(({ at, fault }) => [at, fault] as const)
}

function faultsOfText(text: string): readonly TranscriptFault[] {
  return examineTranscript(readTranscript(text)).faults
}

describe('examining a transcript', () => {
  const good = v4('good')
  const goodV3 = v3('good')

  it('finds nothing wrong with one of version 4, nor of version 3, and tells the version', () => {
    for (const [lines, version] of [[good, 4], [goodV3, 3]] as const) {
      const examined = examineTranscript(readTranscript(formatTranscript(lines)))
      expect(examined.faults).to.deep.equal([])
      expect(examined.version).to.equal(version)
      expect(examined.messages).to.have.length(lines.length)
      expect(examined.profiles.map(({ address }) => address)).to.deep.equal(version === 4 ? [sides.bob.address, sides.alice.address] : [])
    }
  })

  it('names a line that is no JSON, has no message, or a message that is broken', () => {
    const text = ['{', '{"from":"a"}', '[]', '{"message":"?OTR:AAQD.","from":"a","to":"b"}', '{"message":"hello","from":"a","to":"b"}', '{"message":"x","time":"now"}', '{"transcript":"other"}',
      '{"transcript":"otr","format":9}', 'hello'].join('\r\n')
    expect(faultsOfText(text).map(({ at, fault }) => [at, fault])).to.deep.equal([1, 2, 3, 4, 6, 7, 8, 9].map((at) => [at, 'malformed']))
    expect(faultsOfText('').length).to.equal(0)
  })

  it('names a message of another version', () => {
    expect(faultsOf([...good, goodV3[4]!])).to.deep.equal([[good.length + 1, 'version']])
    expect(faultsOf([...good.slice(0, 4), { ...good[4]!, message: '?OTR:AAU1AAAAAAAAAAAA.' }])).to.deep.equal([[5, 'version']])
  })

  it('names what was cut off: the key exchange, one message of it, a fragment', () => {
    expect(faultsOf(good.slice(3, 5))).to.deep.equal([[1, 'cut']])
    expect(faultsOf(good.slice(1, 4))).to.deep.equal([[1, 'cut'], [2, 'cut']])
    const { senderTag, receiverTag } = decoded(good[0]!)
    const pieces = fragmentMessage({ version: 4, text: good[0]!.message, maxLength: 400, senderTag, receiverTag, identifier: 7 }).map((message) => ({ ...good[0]!, message }))
    expect(pieces.length).to.be.greaterThan(2)
    expect(faultsOf([...pieces, ...good.slice(1)])).to.deep.equal([])
    expect(faultsOf([...pieces.slice(1), ...good.slice(1)]).map(([, fault]) => fault)).to.include('cut')
  })

  it('names a message of another session, and one that stands there twice', () => {
    const other = v4('other')
    expect(faultsOf([...good, other[5]!]).map(([at, fault]) => [at, fault])).to.deep.include([good.length + 1, 'session'])
    expect(faultsOf([...goodV3, v3('other')[6]!])).to.deep.include([goodV3.length + 1, 'session'])
    expect(faultsOf([...good, good[4]!])).to.deep.equal([[good.length + 1, 'repeated']])
    // Two conversations one after the other are no mixture.
    expect(faultsOf([...good, ...other])).to.deep.equal([])
  })

  it('names a key exchange that does not verify: of other people, with a changed signature, with a changed profile', () => {
    const renamed = good.map((line) => ({ ...line, from: line.from.replace('alice', 'carol'), to: line.to.replace('alice', 'carol') }))
    expect(faultsOf(renamed).map(([at]) => at)).to.deep.equal([2, 3])
    const authI = decoded(good[2]!)
    if (authI.kind !== 'v4-auth-i') throw new Error(authI.kind)
    const changed = { ...good[2]!, message: armorMessage({ ...authI, sigma: authI.sigma.map((byte, at) => at === 9 ? byte ^ 1 : byte) }) }
    expect(faultsOf([...good.slice(0, 2), changed, ...good.slice(3)])).to.deep.equal([[3, 'unverified']])
    const identity = decoded(good[0]!)
    if (identity.kind !== 'v4-identity') throw new Error(identity.kind)
    const { clientProfile } = identity
    const wrong = { ...good[0]!, message: armorMessage({ ...identity, clientProfile: { ...clientProfile, signature: clientProfile.signature.map((byte, at) => at === 3 ? byte ^ 1 : byte) } }) }
    expect(faultsOf([wrong, ...good.slice(1)])).to.deep.equal([[1, 'unverified'], [2, 'unverified'], [3, 'cut']])
  })

  it('names the line that reveals the MAC key of a message that was changed without it', () => {
    const at = good.findIndex(({ text }) => text === 'one')
    const message = decoded(good[at]!) as DataMessageV4
    const changed = { ...good[at]!, message: armorMessage({ ...message, flags: 1 }) }
    const { published } = examineTranscript(readTranscript(good.map(formatTranscriptLine).join('')))
    const { revealedAt } = published.find(({ authenticates }) => authenticates.includes(at + 1))!
    expect(faultsOf(good.with(at, changed))).to.deep.equal([[revealedAt, 'cut']])
  })

  it('forges what can be forged of a transcript with faults', () => {
    const text = ['not a line', ...good.map(formatTranscriptLine)].join('\n')
    const { messages } = decodeTranscript(readTranscript(text))
    const [key] = publishedMacKeys(messages)
    const line = messages.find(({ at }) => at === key?.authenticates[0])!
    const changed = modifyDataMessage(line.message as DataMessageV4, { macKey: key!.macKey, oldText: 'one', newText: 'two', offset: 0 })
    const forged = text.replace(armorMessage(line.message), armorMessage(changed))
    expect(forged).to.not.equal(text)
    expect(faultsOfText(forged).map(({ at, fault }) => [at, fault])).to.deep.equal([[1, 'malformed']])
  })
})

describe('a conversation of version 3 that nobody held', () => {
  it('needs both long-term keys, ends where it is told to, and its sessions could go on', () => {
    const lines = forgeTranscriptV3({ ...sidesV3, texts, endedBy: 'alice', now: NOW }, systemRandom)
    expect(lines.map((line) => decoded(line).kind)).to.deep.equal([
      'v3-dh-commit', 'v3-dh-key', 'v3-reveal-signature', 'v3-signature', ...texts.map(() => 'v3-data'), 'v3-data',
    ])
    expect(lines.flatMap(({ text }) => text === undefined ? [] : [text])).to.deep.equal(texts.map(({ text }) => text))
    const { alice, bob, messages } = forgeAke({ ...sidesV3, now: NOW }, systemRandom)
    expect(messages).to.have.length(4)
    const env = { random: systemRandom, now: NOW }
    const { outgoing: [message] } = sendMessage(alice, { text: 'on we go' }, { ...env, account: aliceV3 })
    expect(receiveMessage(bob, message!, { ...env, account: bobV3 }).events).to.deep.include({ type: 'message', text: 'on we go' })
  })

  it('reveals MAC keys that fit, with which anybody makes another message', () => {
    const { messages } = decodeTranscript(readTranscript(v3('reveal').map(formatTranscriptLine).join('')))
    const published = publishedMacKeys(messages)
    expect(published.length).to.be.greaterThan(1)
    for (const { authenticates, macKey } of published) {
      const { message } = messages.find(({ at }) => at === authenticates[0])!
      expect(armorMessage(reMac(message as DataMessageV3, macKey))).to.equal(armorMessage(message))
    }
  })
})

describe('a recorder', () => {
  it('writes what the network carried, once with a header, and what is read is what was written', () => {
    let file = ''
    const recorder = new TranscriptRecorder({ account: 'alice@example.org', clock: () => 5, write: (line) => { file += line } })
    expect(file).to.equal('')
    recorder.sent('bob@example.org', '?OTRv34?')
    recorder.received('bob@example.org', '?OTR:AAQ1.', 'two\nlines "quoted"')
    expect(readTranscript(file)).to.deep.equal({ faults: [], lines: [
      { at: 2, from: 'alice@example.org', to: 'bob@example.org', message: '?OTRv34?', time: 5 },
      { at: 3, from: 'bob@example.org', to: 'alice@example.org', message: '?OTR:AAQ1.', time: 5, text: 'two\nlines "quoted"' },
    ] })
  })
})
