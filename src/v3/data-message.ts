import { compareBytes, equalBytes, wipe } from '../crypto/compare.js'
import { isValidDh1536 } from '../crypto/dh1536.js'
import { OtrError } from '../errors.js'
import type { HandCopied, MessageContent, ProtocolEvent } from '../protocol/index.js'
import {
  dataMessageV3MacView, decodePlaintext, encodePlaintext, IGNORE_UNREADABLE, uint64be, type Plaintext, type Tlv,
} from '../wire/index.js'
import type { V3Context } from './context.js'
import { generationOf, type MessageNamed } from './generation.js'
import { selectKeys, usedPair, withPair, withUsed, type UsedPair, type V3Keys, type V3ReadingKeys } from './key-management.js'
import { withMessage, type V3Encrypted } from './session.js'
import { isWiped, sessionKeys, type SessionKeys } from './session-keys.js'
import { copySecret, packedBytes, secretBytes, type Secret } from '../crypto/secret.js'
import { publicBytes } from '../wire/public-bytes.js'

const none: Uint8Array = publicBytes(0)
const noMacKeys = secretBytes(0)

/** Makes the 16-byte counter block: the counter of the message, then zeros. */
function counterBlock(counter: Uint8Array): Uint8Array {
  const block = publicBytes(16)
  block.set(counter)
  return block
}

/** Returns the session keys for sending: of our previous key (`our_keyid - 1`) and their newest (`their_keyid`). */
export function sendingKeys(keys: V3Keys): SessionKeys {
  return sessionKeys(keys.oursPrevious, keys.theirs)
}

/** The beginning of a data message, before its flags and key ids; `kind` says the version. */
export interface DataHeader {
  readonly kind: MessageNamed<'data'>['kind']
  readonly senderTag: number
  readonly receiverTag: number
  readonly flags: number
}

/**
 * Encrypts a data message under the next counter, and reveals the MAC keys that are waiting for it.
 *
 * @throws OtrError `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_STALE_SESSION`
 * @see [OTRv3, "Key Management"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function encryptData(
  keys: V3Keys, header: DataHeader, text: string, tlvs: readonly Tlv[],
): { readonly keys: V3Keys, readonly message: MessageNamed<'data'> } {
  const plaintext = encodePlaintext(text, tlvs)
  const senderKeyId = keys.ourKeyId - 1
  const pair = usedPair(keys, senderKeyId, keys.theirKeyId)
  const sent = pair.sent + 1
  if (!Number.isSafeInteger(sent)) throw new OtrError('OTR_INTERNAL', 'the counter is used up')
  const counter = uint64be(sent)
  const { sendingCipher, sendingMac } = sendingKeys(keys)
  const message = {
    kind: header.kind,
    senderTag: header.senderTag,
    receiverTag: header.receiverTag,
    flags: header.flags,
    senderKeyId,
    recipientKeyId: keys.theirKeyId,
    nextDh: keys.ours.publicKey,
    counter,
    encryptedMessage: sendingCipher.apply(counterBlock(counter), plaintext, publicBytes),
    authenticator: none,
    oldMacKeys: keys.oldMacKeys,
  }
  wipe(plaintext)
  message.authenticator = sendingMac.of(dataMessageV3MacView(message))
  const after: HandCopied<UsedPair> = { ourKeyId: pair.ourKeyId, theirKeyId: pair.theirKeyId, sent, received: pair.received }
  return { keys: withUsed(keys, withPair(keys.used, after), noMacKeys), message }
}

/** The result of decrypting a data message. Only `accepted` changes the session. */
export type Decrypted =
  | { readonly kind: 'unreadable' | 'duplicate' }
  | Accepted

/** A decrypted message, whose MAC and counter were verified. */
export interface Accepted {
  readonly kind: 'accepted'
  readonly plaintext: Plaintext
  /** How the pair of keys was used, this message included. */
  readonly pair: UsedPair
  /** Shared with the cache of session keys: copy it before it leaves this folder. */
  readonly extraKey: Secret
}

/** Returns the events of a message that do not depend on its TLVs. */
export function contentOf({ oldMacKeys }: MessageNamed<'data'>, { text, wellFormed }: Plaintext): ProtocolEvent[] {
  const events: ProtocolEvent[] = []
  if (text !== '') events.push({ type: 'message', text })
  if (!wellFormed) events.push({ type: 'notice', code: 'malformed-content', detail: 'text or TLVs that are not well formed' })
  if (oldMacKeys.length > 0) events.push({ type: 'revealed-mac-keys', keys: oldMacKeys })
  return events
}

/**
 * Checks the key ids, the MAC, the counter and the range of the next key of a data message, then decrypts it. It neither rotates keys nor
 * changes anything.
 *
 * @see [OTRv3, "Key Management"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function decryptData(keys: V3ReadingKeys, message: MessageNamed<'data'>): Decrypted {
  const { senderKeyId, recipientKeyId, counter } = message
  const selected = selectKeys(keys, recipientKeyId, senderKeyId)
  if (selected === undefined || isWiped(selected.ours)) return { kind: 'unreadable' }
  const { receivingCipher, receivingMac, receivingMacKey, extraKey } = sessionKeys(selected.ours, selected.theirs)
  if (!equalBytes(receivingMac.of(dataMessageV3MacView(message)), message.authenticator)) return { kind: 'unreadable' }
  const pair = usedPair(keys, recipientKeyId, senderKeyId)
  // The first counter must be greater than zero.
  if (compareBytes(counter, pair.received?.counter ?? publicBytes(8)) <= 0) {
    return { kind: pair.received === undefined ? 'unreadable' : 'duplicate' }
  }
  if (!isValidDh1536(message.nextDh)) return { kind: 'unreadable' }
  const bytes = receivingCipher.apply(counterBlock(counter), message.encryptedMessage, packedBytes)
  const plaintext = decodePlaintext(bytes)
  wipe(bytes)
  const received = { counter, macKey: pair.received?.macKey ?? copySecret(receivingMacKey) }
  const after: HandCopied<UsedPair> = { ourKeyId: pair.ourKeyId, theirKeyId: pair.theirKeyId, sent: pair.sent, received }
  return { kind: 'accepted', plaintext, pair: after, extraKey }
}

/** Makes a data message and the session after it. */
export function dataMessage(
  session: V3Encrypted, { text, tlvs = [], ignoreUnreadable = text === '' }: MessageContent, context: V3Context,
): { readonly state: V3Encrypted, readonly message: MessageNamed<'data'> } {
  const { data: kind, hasTags } = generationOf(context)
  const flags = ignoreUnreadable ? IGNORE_UNREADABLE : 0
  const header = { kind, senderTag: hasTags ? context.account.instanceTag : 0, receiverTag: session.theirTag, flags }
  const { keys, message } = encryptData(session.keys, header, text, tlvs)
  return { state: withMessage(session, { keys, smp: session.smp, lastSent: context.now, heartbeatOwed: false }), message }
}
