import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { equalBytes } from '../../src/crypto/compare.js'
import { chacha20 } from '../../src/crypto/chacha20.js'
import { dh3072PublicKey, dh3072SharedSecret, isValidDh3072 } from '../../src/crypto/dh3072.js'
import { ecdhSharedSecret, isValidEcdh } from '../../src/crypto/ecdh.js'
import { ed448KeyPair, eddsaVerify } from '../../src/crypto/eddsa.js'
import { hcmac, hwc, kdf, usage } from '../../src/crypto/kdf.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { ringVerify, type Ring } from '../../src/crypto/ringsignature.js'
import { prune } from '../../src/crypto/scalars.js'
import { mixedSharedSecret, ssid, thirdBraceKey } from '../../src/crypto/shared-secret.js'
import {
  extraSymmetricKeys, interactiveAlice, interactiveBob, ratchetReceive, ratchetSend, type InteractiveResult, type MessageKeys, type RatchetState,
} from '../../src/ratchet/index.js'
import { chainStep } from '../../src/crypto/kdf.js'
import { dataMessageV4MacInput, decodeMessage, unarmor, type DataMessageV4, type OtrMessage } from '../../src/wire/index.js'
import { seededRandom } from '../support/seeded.js'
import { copySecret } from '../../src/crypto/secret.js'

interface DataRecord extends Record<'what' | 'message' | 'chainKey' | 'MKenc' | 'MKmac' | 'extra' | 'plaintext' | 'ecdh' | 'dh' | 'revealed', string> {
  readonly ratchet: number
  readonly id: number
  readonly pn: number
}
type Pair = [publicKey: string, privateKey: string]
interface Recording extends Record<'identity' | 'authR' | 'authI' | 'tR' | 'tI' | 'K' | 'ssid' | 'firstRoot' | 'root' | 'chain' | 'smpSecretInput' | 'smpSecretOtr4j' | 'smpSecretSpec', string> {
  readonly alice: { ed: string, forging: string }
  readonly bob: { ed: string, forging: string }
  readonly bobSecrets: { y: Pair, b: Pair, firstECDHKeyPair: Pair, firstDHKeyPair: Pair }
  readonly aliceSecrets: { x: Pair, a: Pair, firstECDHKeyPair: Pair, firstDHKeyPair: Pair }
  readonly data: DataRecord[]
  readonly esk: Record<'base' | 'context' | 'key', string> & { index: number }
}

const recording = JSON.parse(readFileSync(new URL('data/v4-otr4j-interactive.json', import.meta.url), 'utf8')) as Recording
const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const decode = <Kind extends OtrMessage['kind']>(text: string, kind: Kind): Extract<OtrMessage, { kind: Kind }> => {
  const message = decodeMessage(unarmor(text, 10_000))
  expect(message.kind).equal(kind)
  return message as Extract<OtrMessage, { kind: Kind }>
}
const pair = ([publicKey, privateKey]: Pair): { publicKey: Uint8Array, privateKey: Uint8Array } =>
  ({ publicKey: hex(publicKey), privateKey: hex(privateKey) })

const { aliceSecrets, bobSecrets } = recording
const identity = decode(recording.identity, 'v4-identity')
const authR = decode(recording.authR, 'v4-auth-r')
const authI = decode(recording.authI, 'v4-auth-i')
const messages: DataMessageV4[] = recording.data.map(({ message }) => decode(message, 'v4-data'))

const alice: InteractiveResult = {
  k: copySecret(hex(recording.K)),
  ourEcdh: pair(aliceSecrets.firstECDHKeyPair),
  ourDh: pair(aliceSecrets.firstDHKeyPair),
  theirEcdh: identity.firstEcdh,
  theirDh: identity.firstDh,
}
const bob: InteractiveResult = {
  k: copySecret(hex(recording.K)),
  ourEcdh: pair(bobSecrets.firstECDHKeyPair),
  ourDh: pair(bobSecrets.firstDHKeyPair),
  theirEcdh: authR.firstEcdh,
  theirDh: authR.firstDh,
}

const expectKeys = (keys: MessageKeys, record: DataRecord): void => {
  expect(toHex(keys.mkEnc)).equal(record.MKenc)
  expect(toHex(keys.mkMac)).equal(record.MKmac)
  expect(toHex(keys.extraBase)).equal(record.extra)
}
const receive = (state: RatchetState, n: number): RatchetState => {
  const received = ratchetReceive(state, messages[n]!, { now: 0 })
  if (received.kind !== 'keys') throw new Error(`message ${n}: ${received.kind}`)
  expectKeys(received.keys, recording.data[n]!)
  return received.state
}

describe('vectors: v4 crypto against otr4j', () => {
  it('long-term keys from their symmetric keys, and the profile signatures', () => {
    for (const [keys, profile] of [[recording.alice, authR.clientProfile], [recording.bob, identity.clientProfile]] as const) {
      expect(ed448KeyPair(hex(keys.ed)).publicKey).deep.equal(profile.publicKey)
      expect(ed448KeyPair(hex(keys.forging)).publicKey).deep.equal(profile.forgingKey)
      expect(eddsaVerify(profile.publicKey, profile.signedBytes, profile.signature)).equal(true)
    }
  })

  it('ephemeral public keys from their private keys, all of them valid', () => {
    const { ed448 } = getArithmetic()
    for (const [publicKey, privateKey] of [bobSecrets.y, bobSecrets.firstECDHKeyPair, aliceSecrets.firstECDHKeyPair]) {
      expect(toHex(ed448.multiplyBase(hex(privateKey)))).equal(publicKey)
      expect(isValidEcdh(hex(publicKey))).equal(true)
    }
    for (const [publicKey, privateKey] of [bobSecrets.b, bobSecrets.firstDHKeyPair, aliceSecrets.firstDHKeyPair]) {
      expect(toHex(dh3072PublicKey(hex(privateKey)))).equal(publicKey)
      expect(isValidDh3072(hex(publicKey))).equal(true)
    }
  })

  it('computes the same K and SSID', () => {
    const kEcdh = ecdhSharedSecret(hex(bobSecrets.y[1]), authR.x)
    const kDh = dh3072SharedSecret(hex(bobSecrets.b[1]), authR.a)
    const k = mixedSharedSecret(kEcdh, thirdBraceKey(kDh))
    expect(toHex(k)).equal(recording.K)
    expect(toHex(ssid(k))).equal(recording.ssid)
  })

  it('both ring signatures verify, in the form DATA(m) only', () => {
    const ringR: Ring = [identity.clientProfile.forgingKey, authR.clientProfile.publicKey, identity.y]
    const ringI: Ring = [identity.clientProfile.publicKey, authR.clientProfile.forgingKey, authR.x]
    for (const [ring, sigma, t] of [[ringR, authR.sigma, recording.tR], [ringI, authI.sigma, recording.tI]] as const) {
      expect(ringVerify(ring, sigma, hex(t))).equal('data')
      expect(ringVerify(ring, sigma, hex(t), ['data'])).equal('data')
      expect(ringVerify(ring, sigma, hex(t), ['bare'])).equal(undefined)
      expect(ringVerify(ring, sigma, hex(t).subarray(1))).equal(undefined)
    }
  })

  it('the first root key, and the root and chain key of the first chain, on both sides', () => {
    expect(toHex(kdf(usage.firstRootKey, [hex(recording.K)], 64))).equal(recording.firstRoot)
    const a = interactiveAlice(alice)
    const b = interactiveBob(bob)
    expect(toHex(a.rootKey)).equal(recording.root)
    expect(toHex(b.rootKey)).equal(recording.root)
    expect(toHex(a.sending.chainKey)).equal(recording.chain)
    expect(toHex(b.receiving?.chainKey ?? new Uint8Array())).equal(recording.chain)
  })

  it('Alice sends the first chain as recorded', () => {
    let state = interactiveAlice(alice)
    for (const n of [0, 1]) {
      expect(toHex(state.sending.chainKey)).equal(recording.data[n]!.chainKey)
      const sent = ratchetSend(state, 'due', { random: seededRandom(0), now: 0 })
      expectKeys(sent.keys, recording.data[n]!)
      const { previousChain, ratchetId, messageId, ecdh, dh } = messages[n]!
      expect(sent.header).deep.equal({ previousChain, ratchetId, messageId, ecdh, dh })
      expect(sent.revealedMacKeys).length(0)
      state = sent.state
    }
  })

  it('Bob receives the first chain, in either order', () => {
    const inOrder = receive(receive(interactiveBob(bob), 0), 1)
    const swapped = receive(receive(interactiveBob(bob), 1), 0)
    expect(swapped.receiving).deep.equal(inOrder.receiving)
    expect(swapped.skipped).length(0)
    expect(inOrder.macKeysToReveal.map(toHex).join('')).equal(recording.data[0]!.MKmac + recording.data[1]!.MKmac)
  })

  it('Alice follows Bob into his first chain, with its new DH key', () => {
    let state: RatchetState = interactiveAlice(alice)
    for (let i = 0; i < 2; i++) state = ratchetSend(state, 'due', { random: seededRandom(0), now: 0 }).state
    state = receive(state, 2)
    expect(toHex(chainStep(hex(recording.data[2]!.chainKey)).nextChainKey)).equal(toHex(state.receiving?.chainKey ?? new Uint8Array()))
    const next = ratchetSend(state, 'due', { random: seededRandom(0), now: 0 })
    expect(next.header).include({ ratchetId: messages[3]!.ratchetId, messageId: 0, previousChain: messages[3]!.previousChain })
    expect(next.header.dh).length(0)
    expect(next.revealedMacKeys).deep.equal(messages[3]!.revealedMacKeys)
  })

  recording.data.forEach((record, n) => {
    it(`message ${n}, ratchet ${record.ratchet}: keys, authenticator, text`, () => {
      const message = messages[n]!
      const keys = chainStep(hex(record.chainKey))
      expectKeys(keys, record)
      expect(equalBytes(hcmac(usage.authenticator, [keys.mkMac, dataMessageV4MacInput(message)], 64), message.authenticator)).equal(true)
      expect(toHex(chacha20(keys.mkEnc, message.ciphertext))).equal(record.plaintext)
      expect(message).include({ ratchetId: record.ratchet, messageId: record.id, previousChain: record.pn })
      expect(message.dh.length > 0).equal(record.ratchet % 3 === 0)
      expect(isValidEcdh(message.ecdh)).equal(true)
      if (message.dh.length > 0) expect(isValidDh3072(message.dh)).equal(true)
    })
  })

  it('the MAC keys revealed are those of the messages verified since, each once', () => {
    const verified: Record<string, string[]> = { alice: [], bob: [] }
    recording.data.forEach((record) => {
      const [sender, receiver] = record.what.startsWith('alice') ? ['alice', 'bob'] : ['bob', 'alice']
      if (record.ratchet > 0 && record.id === 0) {
        const revealed = record.revealed.match(/.{128}/g) ?? []
        expect(revealed.sort()).deep.equal(verified[sender]!.sort())
        verified[sender] = []
      }
      verified[receiver]!.push(record.MKmac)
    })
  })

  it('the extra symmetric key of a TLV', () => {
    const { base, context, index, key } = recording.esk
    expect(toHex(extraSymmetricKeys(hex(base), [{ index, context: hex(context) }])[0] ?? new Uint8Array())).equal(key)
  })

  it('the SMP secret, in both forms', () => {
    const { ed448 } = getArithmetic()
    const input = hex(recording.smpSecretInput)
    expect(toHex(ed448.reduceScalar(hwc(usage.smpSecret, [input], 64)))).equal(recording.smpSecretOtr4j)
    const pruned = hwc(usage.smpSecret, [input], 57)
    prune(pruned)
    expect(toHex(ed448.reduceScalar(pruned))).equal(recording.smpSecretSpec)
  })
})
