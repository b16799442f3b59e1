import { readFileSync, readdirSync } from 'node:fs'
import { expect } from 'chai'
import {
  armor, classify, dataMessageV3MacInput, dataMessageV4MacInput, decodeMessage, encodeClientProfile, encodeMessage, hexEncode, unarmor,
  type OtrMessage,
} from '../../src/wire/index.js'

const folder = new URL('../vectors/data/', import.meta.url)

function load(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
}

/** Every string in a JSON value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(strings)
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(strings)
  return []
}

/** Every armored message in a recording, decoded and encoded again. */
function roundTrips(file: string): OtrMessage[] {
  return strings(load(file)).filter((text) => text.startsWith('?OTR:')).map((text) => {
    const bytes = unarmor(text)
    const message = decodeMessage(bytes)
    expect(hexEncode(encodeMessage(message))).to.equal(hexEncode(bytes))
    expect(armor(encodeMessage(message))).to.equal(text)
    return message
  })
}

describe('messages that others wrote decode and encode to the same characters', () => {
  it('libotr: all recordings, all five types', () => {
    const files = readdirSync(new URL('v3-libotr/', folder)).filter((file) => file.endsWith('.json'))
    expect(files).to.have.length(8)
    const messages = files.flatMap((file) => roundTrips(`v3-libotr/${file}`))
    expect(messages).to.have.length(65)
    expect(new Set(messages.map((message) => message.kind)))
      .to.deep.equal(new Set(['v3-dh-commit', 'v3-dh-key', 'v3-reveal-signature', 'v3-signature', 'v3-data']))
  })

  it('otr4j: Identity, Auth-R, Auth-I and Data', () => {
    const messages = roundTrips('v4-otr4j-interactive.json')
    expect(messages).to.have.length(14)
    expect(new Set(messages.map((message) => message.kind)))
      .to.deep.equal(new Set(['v4-identity', 'v4-auth-r', 'v4-auth-i', 'v4-data']))
  })
})

describe('fields of messages that others wrote', () => {
  it('libotr: what the MAC covers is the front of the message', () => {
    for (const text of strings(load('v3-libotr/v3-full.json')).filter((line) => line.startsWith('?OTR:AAMD'))) {
      const bytes = unarmor(text)
      const message = decodeMessage(bytes)
      if (message.kind !== 'v3-data') throw new Error(message.kind)
      const covered = dataMessageV3MacInput(message)
      expect(hexEncode(covered)).to.equal(hexEncode(bytes.slice(0, covered.length)))
      expect(bytes.length - covered.length).to.equal(20 + 4 + message.oldMacKeys.length)
    }
  })

  interface Recording {
    alice: { tag: string }
    bob: { tag: string }
    identity: string
    authR: string
    bobSecrets: { firstECDHKeyPair: string[], firstDHKeyPair: string[] }
    data: { message: string, ratchet: number, id: number, pn: number, ecdh: string, dh: string, revealed: string, flags: number }[]
  }

  it('otr4j: the fields of each Data message are those that otr4j printed', () => {
    const recording = load('v4-otr4j-interactive.json') as Recording
    expect(recording.data).to.have.length(11)
    for (const expected of recording.data) {
      const bytes = unarmor(expected.message)
      const message = decodeMessage(bytes)
      if (message.kind !== 'v4-data') throw new Error(message.kind)
      expect(message.ratchetId).to.equal(expected.ratchet)
      expect(message.messageId).to.equal(expected.id)
      expect(message.previousChain).to.equal(expected.pn)
      expect(message.flags).to.equal(expected.flags)
      expect(hexEncode(message.ecdh)).to.equal(expected.ecdh)
      expect(hexEncode(message.dh)).to.equal(expected.dh)
      expect(hexEncode(message.revealedMacKeys)).to.equal(expected.revealed)
      const covered = dataMessageV4MacInput(message)
      expect(hexEncode(covered)).to.equal(hexEncode(bytes.slice(0, covered.length)))
      expect(bytes.length - covered.length).to.equal(64 + 4 + message.revealedMacKeys.length)
    }
  })

  it('otr4j: Identity and its Client Profile', () => {
    const recording = load('v4-otr4j-interactive.json') as Recording
    const bytes = unarmor(recording.identity)
    const message = decodeMessage(bytes)
    if (message.kind !== 'v4-identity') throw new Error(message.kind)
    const tag = Number.parseInt(recording.bob.tag, 16)
    expect(message.senderTag).to.equal(tag)
    expect(message.receiverTag).to.equal(0)
    expect(hexEncode(message.firstEcdh)).to.equal(recording.bobSecrets.firstECDHKeyPair[0])
    expect(hexEncode(message.firstDh)).to.equal(recording.bobSecrets.firstDHKeyPair[0])
    const { clientProfile } = message
    expect(clientProfile.instanceTag).to.equal(tag)
    expect(clientProfile.versions).to.equal('34')
    expect(clientProfile.fieldOrder).to.deep.equal([1, 2, 3, 4, 5, 6, 7])
    expect(clientProfile.expiration).to.be.within(1_600_000_000, 2_000_000_000)
    expect(clientProfile.dsaPublicKey?.q).to.have.length(20)
    // The profile starts behind version, type and tags. Its key types are little-endian: 0010 is written 10 00.
    const encoded = encodeClientProfile(clientProfile)
    expect(hexEncode(bytes.slice(11, 11 + encoded.length))).to.equal(hexEncode(encoded))
    expect(hexEncode(encoded.slice(0, 14))).to.equal(`00000007` + `0001${recording.bob.tag}` + `0002` + `1000`)
  })

  it('libotr: every recorded line is classified', () => {
    const file = load('v3-libotr/v3-full.json') as { steps: { wire?: { msg: string }[] }[] }
    const kinds = new Set(file.steps.flatMap((step) => step.wire ?? []).map(({ msg }) => classify(msg).kind))
    expect(kinds).to.deep.equal(new Set(['query', 'message', 'fragment', 'plaintext']))
  })
})
