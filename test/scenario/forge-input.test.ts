/** Transcripts that are not as they should be: what is wrong is named with its line, what can be forged is. */
import { expect } from 'chai'
import { systemRandom } from '../../src/crypto/index.js'
import {
  decodeTranscript, examineTranscript, forgeAfterAke, forgeAke, forgeTranscript, forgeTranscriptV3, formatTranscript, formatTranscriptLine, isAuthenticatedBy, modifyDataMessage, publishedMacKeys,
  readTranscript, reMac, TranscriptRecorder, type ForgedText, type TranscriptFault, type TranscriptLine,
} from '../../src/forge/index.js'
import { receiveMessage, sendMessage, type V3Encrypted } from '../../src/v3/index.js'
import { armorMessage, decodeMessage, fragmentMessage, unarmor, type DataMessageV3, type DataMessageV4, type OtrMessage } from '../../src/wire/index.js'
import { aesCtr, dhPublic, dhShared, sessionKeys as sessionKeysV3Second } from '../support/v3-second/keys.js'
import { bigEndian } from '../support/v4-second/bytes.js'
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

describe('a conversation of version 3 in which only the key exchange took place', () => {
  const parties = (): { readonly lines: TranscriptLine[], readonly sessions: Record<'bob' | 'alice', V3Encrypted> } => {
    const { messages, bob, alice } = forgeAke({ ...sidesV3, now: NOW }, systemRandom)
    const line = (message: OtrMessage, at: number): TranscriptLine => at % 2 === 0
      ? { from: sides.bob.address, to: sides.alice.address, message: armorMessage(message) } : { from: sides.alice.address, to: sides.bob.address, message: armorMessage(message) }
    return { lines: messages.map(line), sessions: { bob, alice } }
  }
  const keyOf = ({ keys }: V3Encrypted): Uint8Array => Uint8Array.from(keys.oursPrevious.privateKey)

  for (const [ours, theirs] of [['bob', 'alice'], ['alice', 'bob']] as const) {
    it(`is forged by ${ours} alone; ${theirs}'s own program reads what ${ours} never wrote, and everything verifies`, () => {
      const { lines, sessions } = parties()
      const transcript = readTranscript(formatTranscript([...lines, { from: sides.bob.address, to: sides.alice.address, message: 'left out' }]))
      // The first message needs keys of the exchange alone, which their program has.
      const wanted: readonly ForgedText[] = [{ from: ours, text: 'never written' }, ...texts]
      const forged = forgeAfterAke({ transcript, privateKey: keyOf(sessions[ours]), texts: wanted, endedBy: theirs, now: NOW }, systemRandom)
      expect(forged.slice(0, 4)).to.deep.equal(lines)
      expect(forged.slice(4).map((line) => [line.from, line.text])).to.deep.equal([...wanted.map(({ from, text }) => [sides[from].address, text]), [sides[theirs].address, undefined]])
      const { faults, published } = examineTranscript(readTranscript(formatTranscript(forged)))
      expect(faults).to.deep.equal([])
      expect(published.length).to.be.greaterThan(1)
      const account = theirs === 'bob' ? bobV3 : aliceV3
      const { events } = receiveMessage(sessions[theirs], decoded(forged[4]!) as DataMessageV3, { random: systemRandom, now: NOW, account })
      expect(events).to.deep.include({ type: 'message', text: 'never written' })
    })
  }

  it('each message says to whoever has a private key of its pair what it was to say, by the formulas of the specification', () => {
    const { lines, sessions } = parties()
    const drawn: Uint8Array[] = [keyOf(sessions.alice)]
    const random = (length: number): Uint8Array => {
      const bytes = systemRandom(length)
      drawn.push(bytes.slice())
      return bytes
    }
    const forged = forgeAfterAke({ transcript: readTranscript(formatTranscript(lines)), privateKey: keyOf(sessions.alice), texts: texts.slice(0, 4), now: NOW }, random)
    const data = forged.slice(4).map((line) => ({ from: line.from, message: decoded(line) as DataMessageV3 }))
    const publicKeys = [sessions.bob.keys.oursPrevious, sessions.alice.keys.oursPrevious].map(({ publicKey }) => bigEndian(publicKey)).concat(data.map(({ message }) => bigEndian(message.nextDh)))
    const read = data.map(({ message }) => {
      for (const secret of drawn) {
        for (const theirs of publicKeys) {
          const keys = sessionKeysV3Second(dhPublic(secret), theirs, dhShared(secret, theirs))
          for (const [aes, mac] of [[keys.sendingKey, keys.sendingMacKey], [keys.receivingKey, keys.receivingMacKey]] as const) {
            if (!isAuthenticatedBy(message, mac)) continue
            return Buffer.from(aesCtr(aes, message.encryptedMessage, message.counter)).toString('utf8').split('\0')[0]
          }
        }
      }
      return undefined
    })
    expect(read).to.deep.equal(texts.slice(0, 4).map(({ text }) => text))
  }).timeout(60_000)

  it('is refused with a key that had no part in it, with a signature that is wrong, and without a key exchange', () => {
    const { lines, sessions } = parties()
    const attempt = (given: readonly TranscriptLine[], privateKey: Uint8Array) => () => forgeAfterAke({ transcript: readTranscript(formatTranscript(given)), privateKey, texts, now: NOW }, systemRandom)
    const key = keyOf(sessions.bob)
    const reveal = decoded(lines[2]!)
    if (reveal.kind !== 'v3-reveal-signature') throw new Error(reveal.kind)
    const damaged = { ...lines[2]!, message: armorMessage({ ...reveal, mac: reveal.mac.map((byte, at) => at === 3 ? byte ^ 1 : byte) }) }
    for (const work of [attempt(lines, systemRandom(40)), attempt(lines.with(2, damaged), key), attempt(lines.slice(0, 3), key), attempt(v4('no version 3'), key)]) {
      expect(work).to.throw('contains no key exchange of version 3 that verifies').with.property('code', 'OTR_ARGUMENT')
    }
    for (const length of [0, 193]) expect(attempt(lines, new Uint8Array(length))).to.throw('1 to 192 bytes')
    expect(attempt(lines, key)()).to.have.length(4 + texts.length)
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
