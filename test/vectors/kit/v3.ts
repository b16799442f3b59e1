import {
  aes128Ctr, decodeDsaPublicKey, dh1536SharedSecret, dsaVerify, encodeDsaPublicKey, equalBytes, generateDh1536, hmacSha1, hmacSha256, isValidDh1536, sha256, validateDsaPublicKey, type Dh1536KeyPair,
} from '../../../src/crypto/index.js'
import { deriveAkeKeys } from '../../../src/v3/ake-keys.js'
import { verifyExchange } from '../../../src/v3/ake-signature.js'
import { sessionKeys } from '../../../src/v3/session-keys.js'
import { sendMessage, startHandshake } from '../../../src/v3/index.js'
import { concatBytes, dataMessageV3MacInput, encodeMessage, Reader, uint32be, Writer, type DataMessageV2, type DataMessageV3, type OtrMessageV2, type OtrMessageV3 } from '../../../src/wire/index.js'
import { alice, bob, Party, settle, speaking } from '../../scenario/v3-parties.js'
import { copySecret, type SecretPair } from '../../../src/crypto/secret.js'
import { messageOf } from './dake.js'
import type { Check, Checks, Given } from './given.js'

export const pairOf = (secret: Uint8Array): SecretPair<Dh1536KeyPair> => generateDh1536(() => secret.slice())
const zeros = new Uint8Array(16)
const counterOf = (top: Uint8Array): Uint8Array => concatBytes(top, new Uint8Array(8))

export const v3Keys: Checks = {
  dhKeyPair: (given) => ({ public: pairOf(given.bytes('secret')).publicKey }),
  dhElement: (given) => isValidDh1536(given.bytes('number')) ? { member: true } : undefined,
  akeKeys(given) {
    const s = dh1536SharedSecret(copySecret(given.bytes('secret')), given.bytes('public'))
    return { s: copySecret(s), ...akeKeysOf(s) }
  },
  sessionKeys(given) {
    const ours = pairOf(given.bytes('secret'))
    const { sendingKey, sendingMacKey, receivingKey, receivingMacKey, extraKey } = sessionKeys(ours, given.bytes('public'))
    const number = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
    return { high: number(ours.publicKey) > number(given.bytes('public')), sendingKey, sendingMacKey, receivingKey, receivingMacKey, extraKey }
  },
  dsaVerify: (given) => dsaVerify(decodeDsaPublicKey(given.bytes('publicKey')), given.bytes('signed'), given.bytes('signature')) ? {} : undefined,
  aes: (given) => ({ output: aes128Ctr(copySecret(given.bytes('key')), counterOf(given.bytes('top')), given.bytes('input')) }),
}

function akeKeysOf(s: Parameters<typeof deriveAkeKeys>[0]): { readonly [name: string]: Uint8Array } {
  const { ssid, revealSignature, signature } = deriveAkeKeys(s)
  return { ssid, c: revealSignature.c, cPrime: signature.c, m1: revealSignature.m1, m2: revealSignature.m2, m1Prime: signature.m1, m2Prime: signature.m2 }
}

const secretFields = (given: Given): Parameters<typeof verifyExchange>[0] => ({ c: copySecret(given.bytes('c')), m1: copySecret(given.bytes('m1')), m2: copySecret(given.bytes('m2')) })

/** A whole exchange; version 2 has no tags. */
export function exchangeIn(version: 2 | 3): Check {
  return (given, expected) => {
    const [x, y, r] = [pairOf(given.bytes('x')), pairOf(given.bytes('y')), copySecret(given.bytes('r'))]
    const s = dh1536SharedSecret(x.privateKey, y.publicKey)
    const keys = { s: copySecret(s), ...akeKeysOf(s) }
    const gxmpi = new Writer().mpi(x.publicKey).finish()
    const [encryptedGx, hashedGx] = [aes128Ctr(r, zeros, gxmpi), sha256(gxmpi)]
    const [bobTag, aliceTag] = version === 2 ? [0, 0] : [given.int('bobTag'), given.int('aliceTag')]
    const sent = messageOf(expected.bytes('dhCommit'), `v${version}-dh-commit`)
    // The nonce of DSA is given; ours is always our own. So what was signed is computed, and the signature verified.
    const signed = (who: 'bob' | 'alice', direction: 'c' | 'cPrime', own: Uint8Array, theirs: Uint8Array): { readonly [name: string]: Uint8Array } | undefined => {
      const theirSigned = expected.record(`${who}Signed`)
      const publicKey = given.record(who).bytes('publicKey')
      const prime = direction === 'cPrime' ? 'Prime' : ''
      const m = hmacSha256(expected.bytes(`m1${prime}`), new Writer().mpi(own).mpi(theirs).finish(), publicKey, uint32be(given.int(`${who}KeyId`)))
      const signature = theirSigned.bytes('signature')
      if (!dsaVerify(decodeDsaPublicKey(publicKey), m, signature)) return undefined
      const whole = concatBytes(publicKey, uint32be(given.int(`${who}KeyId`)), signature)
      const encrypted = aes128Ctr(copySecret(expected.bytes(direction)), zeros, whole)
      return { m, signature, x: whole, encrypted, mac: copySecret(hmacSha256(expected.bytes(`m2${prime}`), uint32be(encrypted.length), encrypted), 0, 20) }
    }
    const bobSigned = signed('bob', 'c', x.publicKey, y.publicKey)
    const aliceSigned = signed('alice', 'cPrime', y.publicKey, x.publicKey)
    if (bobSigned === undefined || aliceSigned === undefined) return undefined
    const messages: { readonly [name: string]: OtrMessageV2 | OtrMessageV3 } = {
      dhCommit: { kind: `v${version}-dh-commit`, senderTag: bobTag, receiverTag: sent?.receiverTag ?? 0, encryptedGx, hashedGx },
      dhKey: { kind: `v${version}-dh-key`, senderTag: aliceTag, receiverTag: bobTag, gy: y.publicKey },
      revealSignature: { kind: `v${version}-reveal-signature`, senderTag: bobTag, receiverTag: aliceTag, revealedKey: given.bytes('r'), encryptedSignature: bobSigned['encrypted']!, mac: bobSigned['mac']! },
      signature: { kind: `v${version}-signature`, senderTag: aliceTag, receiverTag: bobTag, encryptedSignature: aliceSigned['encrypted']!, mac: aliceSigned['mac']! },
    }
    return { encryptedGx, hashedGx, ...keys, bobSigned, aliceSigned, ...Object.fromEntries(Object.entries(messages).map(([name, message]) => [name, encodeMessage(message)])) }
  }
}

export const v3Ake: Checks = {
  exchange: exchangeIn(3),
  openCommit(given) {
    const gxmpi = aes128Ctr(copySecret(given.bytes('r')), zeros, given.bytes('encryptedGx'))
    if (!equalBytes(sha256(gxmpi), given.bytes('hashedGx'))) return undefined
    const reader = new Reader(gxmpi)
    const gx = reader.mpi('g^x')
    reader.end()
    return isValidDh1536(gx) ? { gx } : undefined
  },
  verifySignature(given) {
    const found = verifyExchange(secretFields(given), given.bytes('ours'), given.bytes('theirs'), { encryptedSignature: given.bytes('encrypted'), mac: given.bytes('mac') })
    if (found === undefined) return undefined
    validateDsaPublicKey(found.publicKey)
    return { publicKey: encodeDsaPublicKey(found.publicKey), keyId: found.keyId }
  },
}

export function readData(message: DataMessageV2 | DataMessageV3 | undefined, receivingKey: Uint8Array, receivingMacKey: Uint8Array): { readonly [name: string]: unknown } | undefined {
  if (message === undefined) return undefined
  const authenticated = dataMessageV3MacInput(message)
  if (!equalBytes(hmacSha1(receivingMacKey, authenticated), message.authenticator)) return undefined
  return {
    plaintext: aes128Ctr(copySecret(receivingKey), counterOf(message.counter), message.encryptedMessage), senderKeyId: message.senderKeyId, recipientKeyId: message.recipientKeyId,
    nextKey: message.nextDh, authenticated, revealed: message.oldMacKeys,
  }
}

/** Two real sessions that draw the keys that are given. */
export function conversationIn(version: 2 | 3): Check {
  return (given) => speaking(version, () => {
    const source = (name: string): (length: number) => Uint8Array => {
      const left = given.byteList(name)
      return (length) => length === 40 ? left.shift()!.slice() : new Uint8Array(length).fill(0x55)
    }
    const parties = { alice: new Party(alice, ''), bob: new Party(bob, '') }
    parties.alice.random = source('aliceSecrets')
    parties.bob.random = source('bobSecrets')
    parties.bob.do(() => startHandshake(parties.bob.session, parties.bob.context))
    settle(parties.alice, parties.bob)
    return {
      messages: given.records('sent').map((one) => {
        const by = one.text('by') === 'alice' ? 'alice' : 'bob'
        const [from, to] = [parties[by], parties[by === 'alice' ? 'bob' : 'alice']]
        from.do(() => sendMessage(from.session, { text: one.text('text') }, from.context))
        const [message] = from.take()
        if ((message?.kind !== 'v2-data' && message?.kind !== 'v3-data') || message.kind !== `v${version}-data`) throw new Error('no data message')
        to.said()
        if (!one.flag('lost')) {
          to.receive(message)
          const [event] = to.said()
          if (event?.type !== 'message' || event.text !== one.text('text')) throw new Error('it was not read')
        }
        const { senderKeyId, recipientKeyId, counter, oldMacKeys } = message
        return { senderKeyId, recipientKeyId, counter: new DataView(counter.buffer, counter.byteOffset).getUint32(4), revealed: Array.from({ length: oldMacKeys.length / 20 }, (_, n) => oldMacKeys.slice(20 * n, 20 * n + 20)), message: encodeMessage(message) }
      }),
    }
  })
}

export const v3Data: Checks = {
  readData: (given) => readData(messageOf(given.bytes('message'), 'v3-data'), given.bytes('receivingKey'), given.bytes('receivingMacKey')),
  conversation: conversationIn(3),
}
