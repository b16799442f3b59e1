import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { systemRandom, ed448KeyPair } from '../../src/crypto/index.js'
import { dakeTranscripts } from '../../src/v4/dake-transcripts.js'
import { smpSecret } from '../../src/v4/smp.js'
import { createSession, receiveMessage, verifyClientProfile, type V4Account, type V4Session } from '../../src/v4/index.js'
import {
  armor, decodeMessage, encodeMessage, hexDecode, hexEncode, unarmor, type AuthIMessage, type AuthRMessage, type DataMessageV4, type IdentityMessage,
} from '../../src/wire/index.js'
import { copySecret } from '../../src/crypto/secret.js'

type Pair = [string, string]

const vector = JSON.parse(readFileSync(new URL('data/v4-otr4j-interactive.json', import.meta.url), 'utf8')) as {
  ids: Pair
  alice: { ed: string, forging: string, tag: string }
  bob: { ed: string, forging: string, tag: string }
  identity: string
  authR: string
  authI: string
  tR: string
  tI: string
  ssid: string
  K: string
  bobSecrets: { y: Pair, b: Pair, firstECDHKeyPair: Pair, firstDHKeyPair: Pair }
  aliceSecrets: { firstECDHKeyPair: Pair, firstDHKeyPair: Pair }
  data: { what: string, message: string, ratchet: number, plaintext: string }[]
  smpSecretInput: string
  smpSecretOtr4j: string
  smpSecretSpec: string
}

const parse = (text: string): unknown => decodeMessage(unarmor(text, 1_000_000))
const identity = parse(vector.identity) as IdentityMessage
const authR = parse(vector.authR) as AuthRMessage
const authI = parse(vector.authI) as AuthIMessage
const [alice, bob] = vector.ids
const now = identity.clientProfile.expiration - 86_400
const env = { random: systemRandom, now }
const pair = ([publicKey, privateKey]: Pair) => ({ publicKey: hexDecode(publicKey), privateKey: copySecret(hexDecode(privateKey)) })
/** A DH private key as 80 bytes. */
const dhPair = ([publicKey, privateKey]: Pair) => {
  const secret = hexDecode(privateKey.length % 2 === 0 ? privateKey : `0${privateKey}`)
  const padded = new Uint8Array(80)
  padded.set(secret, 80 - secret.length)
  return { publicKey: hexDecode(publicKey.length % 2 === 0 ? publicKey : `0${publicKey}`), privateKey: copySecret(padded) }
}

/** An account whose profile is the recorded one. Its key is not: it never has to sign for the other side to accept. */
const bobAccount = (): V4Account => ({
  address: bob, instanceTag: identity.senderTag, identity: ed448KeyPair(hexDecode(vector.bob.ed)), clientProfile: identity.clientProfile,
})
const aliceAccount = (): V4Account => ({
  address: alice, instanceTag: authR.senderTag, identity: ed448KeyPair(hexDecode(vector.alice.ed)), clientProfile: authR.clientProfile,
})

const bobAwaiting = (): V4Session => ({
  ...createSession({ theirTag: 0 }),
  dake: {
    kind: 'awaiting-auth-r',
    identity,
    keys: {
      ecdh: pair(vector.bobSecrets.y),
      dh: dhPair(vector.bobSecrets.b),
      firstEcdh: pair(vector.bobSecrets.firstECDHKeyPair),
      firstDh: dhPair(vector.bobSecrets.firstDHKeyPair),
    },
    since: now,
    older: [],
    early: [],
  },
})

const aliceAwaiting = (): V4Session => {
  const verdict = verifyClientProfile(identity.clientProfile, { senderTag: identity.senderTag, now })
  if ('fault' in verdict) throw new Error(verdict.fault)
  return {
    ...createSession({ theirTag: identity.senderTag }),
    dake: {
      kind: 'awaiting-auth-i',
      identity,
      authR,
      form: 'data',
      otherFormAt: undefined,
      them: { publicKey: identity.clientProfile.publicKey, fingerprint: verdict.profile.fingerprint, versions: '4' },
      mixedSecret: copySecret(hexDecode(vector.K)),
      firstEcdh: pair(vector.aliceSecrets.firstECDHKeyPair),
      firstDh: dhPair(vector.aliceSecrets.firstDHKeyPair),
      since: now,
      older: [],
      early: [],
    },
  }
}

const texts = (events: readonly { type: string, text?: string }[]): string[] => events.flatMap((event) => event.text ?? [])
const plain = (hex: string): string => new TextDecoder().decode(hexDecode(hex)).split('\0')[0] ?? ''

describe('a version 4 conversation recorded between two otr4j clients', () => {
  it('has profiles that verify, and messages that encode to the same bytes', () => {
    for (const message of [identity, authR]) {
      expect(verifyClientProfile(message.clientProfile, { senderTag: message.senderTag, now })).to.have.property('profile')
    }
    expect(armor(encodeMessage(identity))).to.equal(vector.identity)
    expect(armor(encodeMessage(authR))).to.equal(vector.authR)
    expect(armor(encodeMessage(authI))).to.equal(vector.authI)
  })

  it('signs the values t that we compute, phi among them', () => {
    const transcripts = dakeTranscripts({ identity, authR, bobAccount: bob, aliceAccount: alice })
    expect(hexEncode(transcripts.authR())).to.equal(vector.tR)
    expect(hexEncode(transcripts.authI())).to.equal(vector.tI)
  })

  it('completes for us in the place of Bob, and Alice\'s first messages can be read', () => {
    const step = receiveMessage(bobAwaiting(), authR, { ...env, account: bobAccount(), theirAddress: alice })
    if (step.state.state !== 'encrypted') throw new Error(JSON.stringify(step.events))
    expect(hexEncode(step.state.ssid)).to.equal(vector.ssid)
    // The DSA group of the profile's v3 key tells which implementation made it, and so its form of the SMP secret.
    expect(step.state.learned).to.deep.equal({ ring: 'data', smpSecret: 'wide' })
    let state: V4Session = step.state
    const read: string[] = []
    for (const { message, plaintext } of vector.data.filter(({ what, ratchet }) => what.startsWith('alice') && ratchet === 0)) {
      const received = receiveMessage(state, parse(message) as DataMessageV4, { ...env, account: bobAccount(), theirAddress: alice })
      expect(texts(received.events)).to.deep.equal([plain(plaintext)])
      read.push(plaintext)
      state = received.state
    }
    expect(read).to.have.length(2)
  })

  it('completes for us in the place of Alice, and Bob\'s first message can be read', () => {
    const step = receiveMessage(aliceAwaiting(), authI, { ...env, account: aliceAccount(), theirAddress: bob })
    if (step.state.state !== 'encrypted') throw new Error(JSON.stringify(step.events))
    expect(hexEncode(step.state.ssid)).to.equal(vector.ssid)
    const first = vector.data.find(({ what }) => what.startsWith('bob'))!
    const received = receiveMessage(step.state, parse(first.message) as DataMessageV4, { ...env, account: aliceAccount(), theirAddress: bob })
    expect(texts(received.events)).to.deep.equal([plain(first.plaintext)])
  })

  it('is refused where the host gives another account, or another phi\'', () => {
    for (const options of [{ theirAddress: 'mallory@example.org' }, { theirAddress: alice, phiExtra: Uint8Array.of(1) }]) {
      const before = bobAwaiting()
      const step = receiveMessage(before, authR, { ...env, account: bobAccount(), ...options })
      expect(step.state).to.equal(before)
      expect(step.outgoing).to.have.length(0)
      expect(step.events).to.deep.equal([{ type: 'notice', code: 'handshake-failed', detail: 'Auth-R message: ring signature' }])
    }
  })

  it('is refused under the dialect that hashes the bare message, and accepted under the two others', () => {
    const states = (['spec', 'otrr', 'otr4j', 'auto'] as const).map((dialect) =>
      receiveMessage(bobAwaiting(), authR, { ...env, account: bobAccount(), theirAddress: alice, dialect }).state.state)
    expect(states).to.deep.equal(['plaintext', 'encrypted', 'encrypted', 'encrypted'])
  })

  it('has an SMP secret that we form alike in both ways', () => {
    const input = hexDecode(vector.smpSecretInput)
    const parts = () => ({
      initiator: input.slice(1, 57), responder: input.slice(57, 113), ssid: input.slice(113, 121), typed: input.slice(125),
    })
    expect(hexEncode(smpSecret(parts(), 'wide'))).to.equal(vector.smpSecretOtr4j)
    expect(hexEncode(smpSecret(parts(), 'pruned'))).to.equal(vector.smpSecretSpec)
  })
})
