import { aes128Ctr, chacha20, chainStep, equalBytes, hmacSha1, sha1, wipe } from '../crypto/index.js'
import { copySecret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { deriveMacKey } from '../ratchet/keys.js'
import { dataAuthenticator } from '../v4/data-message.js'
import {
  dataMessageV3MacView, decodePlaintext, encodePlaintext, utf8Encode, type DataMessageV2, type DataMessageV3, type DataMessageV4, type Plaintext,
  type Tlv,
} from '../wire/index.js'
import { copyPublic, publicBytes } from '../wire/public-bytes.js'

/** A data message of any version. */
export type AnyDataMessage = DataMessageV2 | DataMessageV3 | DataMessageV4

/** How many bytes a MAC key has: 64 in version 4, 20 in versions 3 and 2. */
export function macKeyLength({ kind }: AnyDataMessage): 64 | 20 {
  return kind === 'v4-data' ? 64 : 20
}

/**
 * "ReMAC Message": returns the message with a new authenticator, made with a MAC key. Text and header stay as they are given; change them before.
 *
 * @param macKey - 64 bytes in version 4, 20 in versions 3 and 2
 * @throws OtrError `OTR_ARGUMENT` for a key of another length
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function reMac<M extends AnyDataMessage>(message: M, macKey: Uint8Array): M {
  return { ...message, authenticator: authenticatorOf(message, macKey) }
}

/**
 * Whether the authenticator of a message was made with a MAC key. If so, anybody who has that key could have written the message.
 *
 * @param macKey - 64 bytes in version 4, 20 in versions 3 and 2; another length never fits
 * @see [OTRv4, "Revealing MAC Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#revealing-mac-keys)
 */
export function isAuthenticatedBy(message: AnyDataMessage, macKey: Uint8Array): boolean {
  return macKey.length === macKeyLength(message) && equalBytes(authenticatorOf(message, macKey), message.authenticator)
}

function authenticatorOf(message: AnyDataMessage, macKey: Uint8Array): Uint8Array {
  const length = macKeyLength(message)
  if (macKey.length !== length) throw new OtrError('OTR_ARGUMENT', `a MAC key of this version has ${length} bytes`)
  return message.kind === 'v4-data' ? dataAuthenticator(macKey, message) : hmacSha1(macKey, dataMessageV3MacView(message))
}

/** What `modifyDataMessage` changes. */
export interface Modification {
  /** The revealed MAC key of the message: 64 bytes in version 4, 20 in versions 3 and 2. */
  readonly macKey: Uint8Array
  /** The text that is there, as you guess it. */
  readonly oldText: string
  /** The text to put there, of as many bytes of UTF-8. */
  readonly newText: string
  /** Where, in bytes from the beginning of the text. */
  readonly offset: number
}

/**
 * "Modify Data Message": replaces guessed text in a message that cannot be read, and makes its MAC anew. If the guess is wrong, the message
 * verifies all the same and says something else.
 *
 * @throws OtrError `OTR_ARGUMENT` for texts of different length, an offset outside the message, or a key of another length
 * @see [OTRv4, "Modify an Encrypted Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#modify-an-encrypted-data-message)
 */
export function modifyDataMessage<M extends AnyDataMessage>(message: M, { macKey, oldText, newText, offset }: Modification): M {
  const [before, after] = [utf8Encode(oldText), utf8Encode(newText)]
  const encrypted = encryptedOf(message)
  if (before.length !== after.length) throw new OtrError('OTR_ARGUMENT', `the old text has ${before.length} bytes and the new one ${after.length}: they must have as many`)
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + before.length > encrypted.length) {
    throw new OtrError('OTR_ARGUMENT', `the message has ${encrypted.length} bytes of text: nothing of ${before.length} bytes stands at ${offset}`)
  }
  const changed = copyPublic(encrypted)
  for (const [at, byte] of before.entries()) changed[offset + at] = (changed[offset + at] ?? 0) ^ byte ^ (after[at] ?? 0)
  return reMac(withEncrypted(message, changed), macKey)
}

/** With which key a data message is read. */
export type ReadingKey =
  /** Version 4: chain_key[j] of the chain, 64 bytes. `messageId`: its j; if absent, that of the message. Secret. */
  | { readonly chainKey: Uint8Array, readonly messageId?: number }
  /** Version 4: MKenc, 64 bytes. Secret. */
  | { readonly messageKey: Uint8Array }
  /** Versions 3 and 2: the AES key, 16 bytes. Secret. */
  | { readonly aesKey: Uint8Array }

/** What `readAndForge` made of a message. */
export interface ReadAndForged<M extends AnyDataMessage> {
  /** What the message says. `undefined` if its authenticator is not that of the key: then nothing was decrypted. */
  readonly plaintext: Plaintext | undefined
  /** The message with the new text, if there was one to be put in. */
  readonly forged?: M
}

/** The most steps by which a chain key is advanced: more than any program skips. */
const FURTHEST = 100_000

/**
 * "Read and Forge Data Message": decrypts a message, and writes another text in its place, with its MAC. Everything but the text stays: number,
 * keys, and the MAC keys that it reveals.
 *
 * @param message - any data message
 * @param key - a chain key, a message key or an AES key: see `ReadingKey`
 * @param replacement - the new text, and TLVs behind it; absent: the message is only read
 * @throws OtrError `OTR_ARGUMENT` for a key of another version or length, or one that comes after the message in its chain; `OTR_INVALID_TEXT`,
 *   `OTR_TLV_TOO_LONG`
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function readAndForge<M extends AnyDataMessage>(
  message: M, key: ReadingKey, replacement?: { readonly text: string, readonly tlvs?: readonly Tlv[] },
): ReadAndForged<M> {
  const mkEnc = encryptionKey(message, key)
  const macKey = showMacKey(mkEnc)
  try {
    const genuine = isAuthenticatedBy(message, macKey)
    const read = genuine ? decrypt(message, mkEnc) : undefined
    if (replacement === undefined) return { plaintext: read }
    const bytes = encodePlaintext(replacement.text, replacement.tlvs ?? [])
    const forged = reMac(withEncrypted(message, cipher(message, mkEnc, bytes)), macKey)
    wipe(bytes)
    return { plaintext: read, forged }
  } finally {
    wipe(mkEnc, macKey)
  }
}

function decrypt(message: AnyDataMessage, mkEnc: Uint8Array): Plaintext {
  const bytes = cipher(message, mkEnc, encryptedOf(message))
  const plaintext = decodePlaintext(bytes)
  wipe(bytes)
  return plaintext
}

/**
 * "Show MAC Key": the MAC key that belongs to an encryption key: 64 bytes for an MKenc of version 4 (64 bytes), 20 for an AES key of versions 3 and
 * 2 (16 bytes). Secret: wipe it.
 *
 * @throws OtrError `OTR_ARGUMENT` for a key of another length
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function showMacKey(key: Uint8Array): Uint8Array {
  if (key.length === 64) return deriveMacKey(key)
  if (key.length === 16) return sha1(key)
  throw new OtrError('OTR_ARGUMENT', 'a message key has 64 bytes (version 4), an AES key 16 (versions 3 and 2)')
}

/** MKenc, or the AES key: a copy that the caller wipes. */
function encryptionKey(message: AnyDataMessage, key: ReadingKey): Uint8Array {
  if (message.kind !== 'v4-data') {
    if (!('aesKey' in key) || key.aesKey.length !== 16) throw new OtrError('OTR_ARGUMENT', 'messages of versions 3 and 2 are read with an AES key of 16 bytes')
    return copySecret(key.aesKey)
  }
  if ('aesKey' in key) throw new OtrError('OTR_ARGUMENT', 'messages of version 4 are read with a chain key or a message key of 64 bytes')
  if ('messageKey' in key) {
    if (key.messageKey.length !== 64) throw new OtrError('OTR_ARGUMENT', 'a message key has 64 bytes')
    return copySecret(key.messageKey)
  }
  const { chainKey, messageId = message.messageId } = key
  if (chainKey.length !== 64) throw new OtrError('OTR_ARGUMENT', 'a chain key has 64 bytes')
  const steps = message.messageId - messageId
  if (!Number.isSafeInteger(messageId) || messageId < 0 || steps < 0 || steps > FURTHEST) {
    throw new OtrError('OTR_ARGUMENT', `the message has the number ${message.messageId}: a chain key leads forward only, and not from ${messageId}`)
  }
  let at = copySecret(chainKey)
  for (let i = 0; ; i++) {
    const { mkEnc, mkMac, extraBase, nextChainKey } = chainStep(at)
    wipe(at, mkMac, extraBase)
    if (i === steps) {
      wipe(nextChainKey)
      return mkEnc
    }
    wipe(mkEnc)
    at = nextChainKey
  }
}

/** Both ciphers are streams: to encrypt is to decrypt. */
function cipher(message: AnyDataMessage, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (message.kind === 'v4-data') return chacha20(key, bytes)
  const counter = publicBytes(16)
  counter.set(message.counter)
  return aes128Ctr(key, counter, bytes)
}

function encryptedOf(message: AnyDataMessage): Uint8Array {
  return message.kind === 'v4-data' ? message.ciphertext : message.encryptedMessage
}

function withEncrypted<M extends AnyDataMessage>(message: M, bytes: Uint8Array): M {
  return message.kind === 'v4-data' ? { ...message, ciphertext: bytes } : { ...message, encryptedMessage: bytes }
}
