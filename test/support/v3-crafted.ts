/** A correspondent in version 3 who keeps no rule: any key ids, any next key, in messages that are authentic. */
import { dh1536SharedSecret } from '../../src/crypto/dh1536.js'
import { hmacSha1 } from '../../src/crypto/hash.js'
import { deriveAkeKeys } from '../../src/v3/ake-keys.js'
import { signExchange } from '../../src/v3/ake-signature.js'
import { selectKeys } from '../../src/v3/key-management.js'
import { startHandshake, type V3Encrypted } from '../../src/v3/index.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { dataMessageV3MacInput, encodePlaintext, type DataMessageV3, type Tlv } from '../../src/wire/index.js'
import { alice, bob, inSpokenVersion, Party, settle } from '../scenario/v3-parties.js'
import { copySecret } from '../../src/crypto/secret.js'

export function encryptedOf({ session }: Party): V3Encrypted {
  if (session.state !== 'encrypted') throw new Error(`the session is ${session.state}`)
  return session
}

/** The fields of a data message that a test chooses; the rest is as the receiver expects it. */
export interface Crafted {
  readonly senderKeyId?: number
  readonly recipientKeyId?: number
  readonly nextDh: Uint8Array
  readonly counter: number
  readonly text?: string
  readonly tlvs?: readonly Tlv[]
}

/**
 * A data message that is authentic to `receiver` under the pair of keys that it names. It is made with the receiver's private key, which gives the
 * same shared secret as the sender's.
 */
export function craftData(receiver: Party, crafted: Crafted): DataMessageV3 {
  const session = encryptedOf(receiver)
  const { keys } = session
  const { senderKeyId = keys.theirKeyId, recipientKeyId = keys.ourKeyId, nextDh, text = '', tlvs = [] } = crafted
  const selected = selectKeys(keys, recipientKeyId, senderKeyId)
  if (selected === undefined) throw new Error('the receiver has no such keys')
  const { receivingCipher, receivingMacKey } = sessionKeys(selected.ours, selected.theirs)
  const counter = new Uint8Array(8)
  new DataView(counter.buffer).setUint32(4, crafted.counter)
  const block = new Uint8Array(16)
  block.set(counter)
  const draft: DataMessageV3 = inSpokenVersion({
    kind: 'v3-data', senderTag: session.theirTag, receiverTag: receiver.account.instanceTag, flags: 0, senderKeyId, recipientKeyId, nextDh, counter,
    encryptedMessage: receivingCipher.apply(block, encodePlaintext(text, tlvs)), authenticator: new Uint8Array(20), oldMacKeys: new Uint8Array(0),
  })
  return { ...draft, authenticator: hmacSha1(receivingMacKey, dataMessageV3MacInput(draft)) }
}

/** Two parties in an encrypted session for which `a` gave its first key this serial number; `a` began the exchange, or answered. */
export function pairWithKeyId(keyId: number, aRole: 'begins' | 'answers'): { a: Party, b: Party } {
  const a = new Party(alice, `key id ${keyId} alice`)
  const b = new Party(bob, `key id ${keyId} bob`)
  const [first, second] = aRole === 'begins' ? [a, b] : [b, a]
  first.do(() => startHandshake(first.session, first.context))
  const [commit] = first.take()
  second.receive(commit!)
  const [dhKey] = second.take()
  if (aRole === 'begins') {
    const { ake } = a.session
    if (ake.kind !== 'awaiting-dh-key' || (dhKey?.kind !== 'v3-dh-key' && dhKey?.kind !== 'v2-dh-key')) throw new Error('no D-H Key message')
    const { revealSignature } = deriveAkeKeys(dh1536SharedSecret(ake.ours.privateKey, dhKey.gy))
    const signed = signExchange(revealSignature, ake.ours.publicKey, dhKey.gy, a.account.dsa, keyId, a.random)
    a.receive(dhKey)
    const [reveal] = a.take()
    b.receive({ ...reveal!, ...signed })
  } else {
    b.receive(dhKey!)
    const [reveal] = b.take()
    const { ake } = a.session
    if (ake.kind !== 'awaiting-reveal-signature' || b.session.ake.kind !== 'awaiting-signature') throw new Error('no Reveal Signature message')
    const { signature } = deriveAkeKeys(dh1536SharedSecret(copySecret(b.session.ake.ours.privateKey), ake.ours.publicKey))
    const signed = signExchange(signature, ake.ours.publicKey, b.session.ake.ours.publicKey, a.account.dsa, keyId, a.random)
    a.receive(reveal!)
    const [last] = a.take()
    b.receive({ ...last!, ...signed })
  }
  settle(a, b)
  const session = encryptedOf(a)
  a.session = { ...session, keys: { ...session.keys, ourKeyId: keyId + 1 } }
  encryptedOf(b)
  a.said()
  b.said()
  return { a, b }
}
