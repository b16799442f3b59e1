/**
 * Our forging toolkit beside libotr's own tools, and what it forges given to live programs. OTR4_FORGE_RANDOM=1000 compares so many random
 * messages instead of 20; on 2026-11-30 all 1,000 gave the same.
 */
import { expect } from 'chai'
import { generateDh1536, systemRandom } from '../../src/crypto/index.js'
import { chainStep } from '../../src/crypto/kdf.js'
import { copySecret } from '../../src/crypto/secret.js'
import {
  decodeTranscript, forgeAfterAke, formatTranscript, modifyDataMessage, parse as parseMessage, readAndForge, readTranscript, reMac, sessionKeysV3, showMacKey, type Role,
} from '../../src/forge/index.js'
import { receiveMessage, type V4Message } from '../../src/v4/index.js'
import { armorMessage, classify, hexDecode, hexEncode, type DataMessageV3 } from '../../src/wire/index.js'
import { dhShared, sha1 } from '../support/v3-second/keys.js'
import { bigEndian, mpi } from '../support/v4-second/bytes.js'
import { V4Party } from '../support/v4-parties.js'
import { transcript } from '../vectors/v3-transcript.js'
import { skipWithout } from './lib/missing.js'
import { Pair, realNow } from './lib/pair.js'
import { howToInstall, isBuilt, libotr, otr4, otrr, startPeer } from './lib/peers.js'
import { haveTools, parse, run, type ParsedMessage } from './lib/toolkit.js'

const random = Number(process.env['OTR4_FORGE_RANDOM'] ?? 20)

/** The line that a tool wrote. */
function lineOf(tool: Parameters<typeof run>[0], args: readonly string[], input: string): string {
  const { stdout, stderr, status } = run(tool, args, input)
  expect({ stderr, status }).to.deep.equal({ stderr: '', status: 0 })
  return stdout.toString('utf8').trim()
}

const readable = (line: string): DataMessageV3 => parseMessage(line).message as DataMessageV3

/** The fields of a data message, as `otr_parse` names and prints them. */
function fieldsOf(message: DataMessageV3): Record<string, string> {
  const macs = hexEncode(message.oldMacKeys).match(/.{40}/g) ?? []
  return {
    'Version': '03', 'Flags': String(message.flags), 'Sender instance': String(message.senderTag), 'Receiver instance': String(message.receiverTag),
    'Sender keyid': String(message.senderKeyId), 'Rcpt keyid': String(message.recipientKeyId), 'DH y': hexEncode(message.nextDh), 'Counter': hexEncode(message.counter),
    'Encrypted message': hexEncode(message.encryptedMessage), 'MAC': hexEncode(message.authenticator), ...Object.fromEntries(macs.map((key, at) => [`Key ${at + 1}`, key])),
  }
}

function expectParsed({ title, fields }: ParsedMessage | undefined = { title: 'nothing', fields: new Map() }, message: DataMessageV3): void {
  expect(title).to.equal('Data Message')
  const theirs = Object.fromEntries([...fields].filter(([, value]) => value !== ''))
  expect(theirs).to.deep.equal(Object.fromEntries(Object.entries(fieldsOf(message)).filter(([, value]) => value !== '')))
}

describe('our forging toolkit and libotr\'s', function () {
  this.timeout(600_000)

  before(function () {
    if (!haveTools()) skipWithout(this, `no libotr toolkit: ${howToInstall}`)
  })

  it(`give the same results for ${random} random messages and keys: parse, mackey, readforge, modify, remac, sesskeys`, () => {
    for (let i = 0; i < random; i++) {
      const aesKey = systemRandom(16)
      const number = (): number => 1 + (systemRandom(1)[0] ?? 0)
      const text = Array.from(systemRandom(1 + number() % 60), (byte) => String.fromCharCode(0x21 + byte % 90)).join('') + (i % 3 === 0 ? 'ä€\u{1f600}' : '')
      const blank: DataMessageV3 = {
        kind: 'v3-data', senderTag: 0x100 + number(), receiverTag: 0x100 + number(), flags: i % 2, senderKeyId: number(), recipientKeyId: number(),
        nextDh: generateDh1536(systemRandom).publicKey, counter: systemRandom(8), encryptedMessage: new Uint8Array(), authenticator: new Uint8Array(20), oldMacKeys: systemRandom(20 * (i % 4)),
      }
      const ours = readAndForge(blank, { aesKey }, { text }).forged!
      const line = armorMessage(ours)
      const macKey = showMacKey(aesKey)
      const [aes, mac] = [hexEncode(aesKey), hexEncode(macKey)]

      expectParsed(parse([line])[0], ours)
      expect(lineOf('otr_mackey', [aes], '')).to.include(mac)
      expect(lineOf('otr_readforge', [aes], line)).to.equal(`Plaintext: \`\`${text}''`)

      const [, theirs = ''] = lineOf('otr_readforge', [aes, 'other words'], line).split('\n')
      expect(readAndForge(readable(theirs), { aesKey }).plaintext?.text).to.equal('other words')
      // The tool writes no U+0000 behind the text.
      const forged = readAndForge(ours, { aesKey }, { text: 'other words' }).forged!
      expect(armorMessage(reMac({ ...forged, encryptedMessage: forged.encryptedMessage.slice(0, -1) }, macKey))).to.equal(theirs)

      const change = { oldText: text.slice(0, 1), newText: '?', offset: 0 }
      expect(lineOf('otr_modify', [mac, change.oldText, change.newText, '0'], line)).to.equal(armorMessage(modifyDataMessage(ours, { ...change, macKey })))
      const other = systemRandom(20)
      const words = [ours.senderTag, ours.receiverTag, ours.flags, ours.senderKeyId, ours.recipientKeyId].map(String)
      expect(lineOf('otr_remac', [hexEncode(other), ...words, ...[ours.nextDh, ours.counter, ours.encryptedMessage, ours.oldMacKeys].map(hexEncode)], ''))
        .to.equal(armorMessage(reMac(ours, other)))
      expectSessionKeys(generateDh1536(systemRandom).privateKey, generateDh1536(systemRandom).publicKey)
    }
  })

  /** What `otr_sesskeys` prints, but for its session id: that is of version 1. */
  function expectSessionKeys(privateKey: Uint8Array, theirs: Uint8Array): void {
    const keys = sessionKeysV3(privateKey, theirs)
    const text = lineOf('otr_sesskeys', [hexEncode(privateKey), hexEncode(theirs)], '')
    const value = (name: string): string => new RegExp(`^${name}: *([0-9a-f]+)$`, 'm').exec(text)?.[1] ?? ''
    expect(text).to.include(`We are the ${keys.high ? 'high' : 'low'} end`)
    expect([value('Our public key'), value('Sending +AES key'), value('Sending +MAC key'), value('Receiving AES key'), value('Receiving MAC key')])
      .to.deep.equal([keys.publicKey, keys.sendingAesKey, keys.sendingMacKey, keys.receivingAesKey, keys.receivingMacKey].map(hexEncode))
    expect(value('Session id')).to.equal(hexEncode(sha1(Uint8Array.of(0), mpi(dhShared(privateKey, bigEndian(theirs))))))
  }

  it('give the same results for what libotr recorded, with the keys that it had', () => {
    const steps = transcript('v3-full')
    const data = steps.flatMap(({ messages }) => messages).filter(({ message }) => message.kind === 'v3-data')
    expect(data.length).to.be.greaterThan(10)
    const parsed = parse(data.map(({ text }) => text))
    for (const [at, { message }] of data.entries()) expectParsed(parsed[at], message as DataMessageV3)
    const dumps = steps.flatMap(({ dump }) => dump === undefined ? [] : [dump])
    const aesKeys = new Set<string>()
    for (const { ours, oursPrevious, theirs, theirsPrevious } of dumps) {
      for (const { privateKey } of [ours, oursPrevious]) {
        for (const publicKey of [theirs, theirsPrevious]) {
          if (publicKey === undefined) continue
          expectSessionKeys(privateKey, publicKey)
          const { sendingAesKey, receivingAesKey } = sessionKeysV3(privateKey, publicKey)
          for (const key of [sendingAesKey, receivingAesKey]) aesKeys.add(hexEncode(key))
        }
      }
    }
    let read = 0
    for (const { message, text } of data) {
      for (const aes of aesKeys) {
        const { plaintext } = readAndForge(message as DataMessageV3, { aesKey: hexDecode(aes) })
        if (plaintext === undefined) continue
        expect(lineOf('otr_readforge', [aes], text)).to.include(plaintext.text)
        read++
      }
    }
    expect(read).to.be.greaterThan(5)
  })
})

describe('what we forge is accepted', function () {
  this.timeout(300_000)

  it('by a live libotr, which shows what nobody wrote', async function () {
    if (!isBuilt(libotr)) skipWithout(this, `no libotr: ${howToInstall}`)
    const pair = await Pair.open(otr4, libotr)
    try {
      await pair.establish(pair.theirs)
      await pair.say(pair.theirs, 'your turn')
      const mark = pair.network.log.length
      pair.network.hook = () => []
      await pair.ours.call('send', { to: pair.theirs.address, text: 'what was written' })
      pair.network.hook = (parcel) => [parcel]
      const message = readable(pair.network.sentSince(mark, pair.ours.address)[0] ?? '')
      const keys = await pair.theirs.call('x-dh-keys', { to: pair.ours.address }) as unknown as Readonly<Record<string, string>> & { readonly ourKeyId: number, readonly theirKeyId: number }
      const [ourPrivate = '', theirPublic = ''] = [
        message.recipientKeyId === keys.ourKeyId ? keys['ourPrivate'] : keys['ourOldPrivate'], message.senderKeyId === keys.theirKeyId ? keys['theirPublic'] : keys['theirOldPublic'],
      ]
      const aesKey = sessionKeysV3(hexDecode(ourPrivate.replace(/^00/, '')), hexDecode(theirPublic.replace(/^00/, ''))).receivingAesKey
      const { plaintext, forged } = readAndForge(message, { aesKey }, { text: 'what nobody wrote' })
      expect(plaintext?.text).to.equal('what was written')
      const { out } = await pair.theirs.link.ask('receive', { from: pair.ours.address, message: armorMessage(forged!) })
      expect(out.filter(({ type }) => type === 'message').map((event) => (event as unknown as Record<string, unknown>)['text'])).to.deep.equal(['what nobody wrote'])
    } finally {
      await pair.close()
    }
  })

  it('by a live libotr: what was said after a key exchange that it held, forged with its own private key of that exchange', async function () {
    if (!isBuilt(libotr)) skipWithout(this, `no libotr: ${howToInstall}`)
    const pair = await Pair.open(otr4, libotr)
    try {
      await pair.establish(pair.theirs)
      const keys = await pair.theirs.call('x-dh-keys', { to: pair.ours.address }) as unknown as Readonly<Record<string, string>>
      const transcript = readTranscript(formatTranscript(pair.network.log))
      const roles = [pair.theirs, pair.ours].map(({ address }) => decodeTranscript(transcript).messages.find(({ message }) => message.kind === 'v3-dh-commit')?.from === address ? 'bob' : 'alice') as Role[]
      const [theirs = 'bob', ours = 'alice'] = roles
      const forged = forgeAfterAke({
        transcript, privateKey: hexDecode(keys['ourOldPrivate']!.replace(/^00/, '')), now: realNow(),
        texts: [{ from: ours, text: 'never written' }, { from: ours, text: 'nor this' }, { from: theirs, text: 'nor this answer' }],
      }, systemRandom)
      const lines = forged.slice(-3)
      expect(lines.map(({ from }) => from)).to.deep.equal([pair.ours.address, pair.ours.address, pair.theirs.address])
      for (const { text, message } of lines.slice(0, 2)) {
        const { out } = await pair.theirs.link.ask('receive', { from: pair.ours.address, message })
        expect(out.filter(({ type }) => type === 'message').map((event) => (event as unknown as Record<string, unknown>)['text'])).to.deep.equal([text])
      }
      // The answer is in libotr's name, and our own program, whose keys nobody gave away, takes it for libotr's.
      const answer = forgeAfterAke({ transcript, privateKey: hexDecode(keys['ourOldPrivate']!.replace(/^00/, '')), now: realNow(), texts: [{ from: theirs, text: 'in its name' }] }, systemRandom).at(-1)!
      const { out } = await pair.ours.link.ask('receive', { from: pair.theirs.address, message: answer.message })
      expect(out.filter(({ type }) => type === 'message').map((event) => (event as unknown as Record<string, unknown>)['text'])).to.deep.equal(['in its name'])
    } finally {
      await pair.close()
    }
  })

  it('by a live otrr, in version 4: with the chain key, and with the revealed MAC key alone', async function () {
    if (!isBuilt(otrr)) skipWithout(this, `no otrr: ${howToInstall}`)
    const [us, them] = ['alice@example.org', 'bob@example.org']
    const link = startPeer(otrr)
    try {
      await link.ask('account', { account: them, versions: '4' })
      const party = new V4Party('alice', 'bob', { account: { expiration: realNow() + 86_400 }, theirAddress: them, seed: String(realNow()) })
      party.now = realNow()
      const give = async (message: V4Message): Promise<Record<string, unknown>[]> => {
        const { out } = await link.ask('receive', { from: us, message: armorMessage(message) })
        const events = out as unknown as Record<string, unknown>[]
        const sent = events.filter(({ type }) => type === 'send').map((event) => classify(String(event['message'])))
        for (const line of sent) if (line.kind === 'message') party.do(() => receiveMessage(party.session, line.message as V4Message, party.context))
        for (const next of party.take()) events.push(...await give(next))
        return events
      }
      party.start()
      for (const message of party.take()) await give(message)
      expect(party.session.state).to.equal('encrypted')

      // The first message begins a chain of ours; in the second its chain key is still to be had before it is sent.
      party.send('first')
      for (const message of party.take()) await give(message)
      for (const how of ['chain key', 'MAC key'] as const) {
        const { ratchet } = party.encrypted
        if (ratchet.turn !== 'theirs') throw new Error('we send in a chain of our own')
        const chainKey = copySecret(ratchet.sending.chainKey)
        party.send('meet at six')
        const message = party.takeOne('v4-data')
        const macKey = showMacKey(chainStep(chainKey).mkEnc)
        const forged = how === 'chain key'
          ? readAndForge(message, { chainKey }, { text: 'nobody wrote this' }).forged!
          : modifyDataMessage(message, { macKey, oldText: 'six', newText: 'ten', offset: 8 })
        const read = (await give(forged)).filter(({ type }) => type === 'message').map((event) => event['text'])
        expect(read, how).to.deep.equal([how === 'chain key' ? 'nobody wrote this' : 'meet at ten'])
      }
    } finally {
      await link.close()
    }
  })
})
