/** The forging toolkit on what other programs recorded with their keys: otr4j for version 4, libotr for version 3. */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parse, isAuthenticatedBy, readAndForge, sessionKeysV3, showMacKey, publishedMacKeys, decodeTranscript, readTranscript } from '../../src/forge/index.js'
import { hexDecode, hexEncode, type DataMessageV3, type DataMessageV4 } from '../../src/wire/index.js'
import { transcript } from './v3-transcript.js'

const otr4j = JSON.parse(readFileSync(new URL('data/v4-otr4j-interactive.json', import.meta.url), 'utf8')) as {
  readonly identity: string
  readonly authR: string
  readonly authI: string
  readonly data: readonly { readonly message: string, readonly chainKey: string, readonly MKenc: string, readonly MKmac: string, readonly plaintext: string }[]
}

describe('the forging toolkit on a conversation of otr4j', () => {
  it('shows the MAC key of every message key', () => {
    expect(otr4j.data.length).to.be.greaterThan(5)
    for (const { MKenc, MKmac, message } of otr4j.data) {
      expect(hexEncode(showMacKey(hexDecode(MKenc)))).to.equal(MKmac)
      expect(isAuthenticatedBy(parse(message).message as DataMessageV4, hexDecode(MKmac))).to.equal(true)
    }
  })

  it('reads every message with its chain key and with its message key, and no other', () => {
    for (const [at, { message, chainKey, MKenc, plaintext }] of otr4j.data.entries()) {
      const data = parse(message).message as DataMessageV4
      const text = Buffer.from(hexDecode(plaintext)).toString('utf8').split('\0')[0]
      expect(readAndForge(data, { chainKey: hexDecode(chainKey) }).plaintext?.text).to.equal(text)
      expect(readAndForge(data, { messageKey: hexDecode(MKenc) }).plaintext?.text).to.equal(text)
      const other = otr4j.data[(at + 1) % otr4j.data.length]!
      expect(readAndForge(data, { messageKey: hexDecode(other.MKenc) }).plaintext).to.equal(undefined)
    }
  })

  it('names the fields of every message', () => {
    for (const line of [otr4j.identity, otr4j.authR, otr4j.authI, ...otr4j.data.map(({ message }) => message)]) {
      const { fields, message } = parse(line)
      expect(fields.length, message.kind).to.be.greaterThan(2)
      expect(fields[0]?.[1]).to.equal(message.senderTag)
    }
  })

  it('finds the messages that its revealed MAC keys authenticate', () => {
    const found = publishedMacKeys(decodeTranscript(readTranscript(otr4j.data.map(({ message }) => message).join('\n'))).messages)
    const macs = otr4j.data.map(({ MKmac }) => MKmac)
    for (const { macKey, authenticates } of found) {
      if (!macs.includes(hexEncode(macKey))) continue
      expect(authenticates).to.deep.equal([macs.indexOf(hexEncode(macKey)) + 1])
    }
    expect(found.filter(({ authenticates }) => authenticates.length === 1).length).to.be.greaterThan(0)
  })
})

describe('the forging toolkit on a conversation of libotr', () => {
  const steps = transcript('v3-full')
  const dumps = steps.flatMap(({ dump }) => dump === undefined ? [] : [dump])

  it('finds the session keys that libotr had, with either side\'s private key', () => {
    let compared = 0
    for (const dump of dumps) {
      for (const pair of dump.pairs) {
        const ours = pair.our === dump.ourKeyId ? dump.ours : pair.our === dump.ourKeyId - 1 ? dump.oursPrevious : undefined
        const theirs = pair.their === dump.theirKeyId ? dump.theirs : pair.their === dump.theirKeyId - 1 ? dump.theirsPrevious : undefined
        if (ours === undefined || theirs === undefined) continue
        const keys = sessionKeysV3(ours.privateKey, theirs)
        expect(hexEncode(keys.sendingMacKey)).to.equal(hexEncode(pair.sendingMacKey))
        expect(hexEncode(keys.receivingMacKey)).to.equal(hexEncode(pair.receivingMacKey))
        expect(hexEncode(keys.extraKey)).to.equal(hexEncode(pair.extraKey))
        expect(hexEncode(showMacKey(keys.sendingAesKey))).to.equal(hexEncode(pair.sendingMacKey))
        compared++
      }
    }
    expect(compared).to.be.greaterThan(5)
  })

  it('every MAC key that libotr revealed authenticates messages of the conversation', () => {
    const lines = steps.flatMap(({ messages }) => messages.map(({ text }) => text))
    const { messages } = decodeTranscript(readTranscript(lines.join('\n')))
    const found = publishedMacKeys(messages)
    expect(found.length).to.be.greaterThan(1)
    for (const { authenticates, macKey } of found) {
      expect(authenticates.length, hexEncode(macKey)).to.be.greaterThan(0)
      for (const at of authenticates) expect(isAuthenticatedBy(messages.find((one) => one.at === at)!.message as DataMessageV3, macKey)).to.equal(true)
    }
  })
})
