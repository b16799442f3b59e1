import { Aes128Ctr } from '../crypto/aes.js'
import { isZero, wipe } from '../crypto/compare.js'
import { dh1536SharedSecret, type Dh1536KeyPair } from '../crypto/dh1536.js'
import { HmacSha1, sha1 } from '../crypto/hash.js'
import { compareIntegers } from '../crypto/integer.js'
import { OtrError } from '../errors.js'
import { h2, secretBytes } from './ake-keys.js'
import { copySecret, type Secret } from '../crypto/secret.js'
import { publicOf } from '../wire/public-bytes.js'

/** The keys that follow from a pair of D-H keys, one of ours and one of theirs. */
export interface SessionKeys {
  /** Sending AES key, 16 bytes. */
  readonly sendingKey: Secret
  /** Sending MAC key, 20 bytes. */
  readonly sendingMacKey: Secret
  /** Receiving AES key, 16 bytes. */
  readonly receivingKey: Secret
  /** Receiving MAC key, 20 bytes. */
  readonly receivingMacKey: Secret
  /** The extra symmetric key, 32 bytes. @see [OTRv3, "Extra symmetric key"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html) */
  readonly extraKey: Secret
  /** Ciphers and MACs with the keys above, prepared once. That saves half the time of a short message. */
  readonly sendingCipher: Aes128Ctr
  readonly sendingMac: HmacSha1
  readonly receivingCipher: Aes128Ctr
  readonly receivingMac: HmacSha1
}

/**
 * A cache of the keys of the pairs in use: it computes the Diffie-Hellman secret once for each pair and not for each message. It is no part of
 * the state, from which it can be computed again. Its index is the array of our private key, then that of their public key.
 */
const cache = new WeakMap<Uint8Array, Map<Uint8Array, SessionKeys>>()

/**
 * Whether a key pair was wiped, because its session was replaced or has ended. It must not be used: anybody can compute the keys of a private
 * key of zeros.
 */
export function isWiped({ privateKey }: Dh1536KeyPair): boolean {
  return isZero(privateKey)
}

/**
 * Returns the session keys of a pair, computed or from the cache. The arrays are shared: copy what leaves this folder.
 *
 * @throws OtrError `OTR_STALE_SESSION` if the pair was wiped: the program has kept an old session
 */
export function sessionKeys(ours: Dh1536KeyPair, theirs: Uint8Array): SessionKeys {
  let pairs = cache.get(ours.privateKey)
  let keys = pairs?.get(theirs)
  if (keys === undefined) {
    if (isWiped(ours)) throw new OtrError('OTR_STALE_SESSION', 'this session was replaced by a later one')
    keys = deriveSessionKeys(ours, theirs)
    if (pairs === undefined) cache.set(ours.privateKey, pairs = new Map<Uint8Array, SessionKeys>())
    pairs.set(theirs, keys)
  }
  return keys
}

/**
 * Derives the session keys of a pair. The side with the greater public key is the high end.
 *
 * @see [OTRv3, "Computing AES keys, MAC keys, and the secure session id"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
function deriveSessionKeys(ours: Dh1536KeyPair, theirs: Uint8Array): SessionKeys {
  const high = compareIntegers(ours.publicKey, theirs) > 0
  const s = dh1536SharedSecret(ours.privateKey, theirs)
  const secbytes = secretBytes(s)
  const aesKey = (byte: number): Secret => {
    const h1 = sha1(publicOf(byte), secbytes)
    const key = copySecret(h1, 0, 16)
    wipe(h1)
    return key
  }
  const sendingKey = aesKey(high ? 0x01 : 0x02)
  const receivingKey = aesKey(high ? 0x02 : 0x01)
  const extraKey = h2(0xff, secbytes)
  wipe(s, secbytes)
  const sendingMacKey = sha1(sendingKey)
  const receivingMacKey = sha1(receivingKey)
  return {
    sendingKey,
    sendingMacKey,
    receivingKey,
    receivingMacKey,
    extraKey,
    sendingCipher: new Aes128Ctr(sendingKey),
    sendingMac: new HmacSha1(sendingMacKey),
    receivingCipher: new Aes128Ctr(receivingKey),
    receivingMac: new HmacSha1(receivingMacKey),
  }
}

/**
 * Stores the keys of a pair whose private key is unknown, from those of the other side of the pair: sending and receiving change places. The forging
 * toolkit uses it. `ours` has any private key that is not zero.
 */
export function lendSessionKeys(ours: Dh1536KeyPair, theirs: Uint8Array, other: SessionKeys): void {
  const pairs = cache.get(ours.privateKey) ?? new Map<Uint8Array, SessionKeys>()
  cache.set(ours.privateKey, pairs)
  if (pairs.has(theirs)) return
  const [sendingKey, sendingMacKey] = [copySecret(other.receivingKey), copySecret(other.receivingMacKey)]
  const [receivingKey, receivingMacKey] = [copySecret(other.sendingKey), copySecret(other.sendingMacKey)]
  pairs.set(theirs, {
    sendingKey, sendingMacKey, receivingKey, receivingMacKey, extraKey: copySecret(other.extraKey),
    sendingCipher: new Aes128Ctr(sendingKey), sendingMac: new HmacSha1(sendingMacKey), receivingCipher: new Aes128Ctr(receivingKey), receivingMac: new HmacSha1(receivingMacKey),
  })
}

/** Wipes the cached keys of all pairs with this key of ours; with `theirs`, those of that pair only. */
export function forgetSessionKeys(ours: Dh1536KeyPair, theirs?: Uint8Array): void {
  const pairs = cache.get(ours.privateKey)
  if (pairs === undefined) return
  for (const [other, keys] of pairs) {
    if (theirs !== undefined && other !== theirs) continue
    wipe(keys.sendingKey, keys.sendingMacKey, keys.receivingKey, keys.receivingMacKey, keys.extraKey)
    keys.sendingCipher.wipe()
    keys.receivingCipher.wipe()
    keys.sendingMac.wipe()
    keys.receivingMac.wipe()
    pairs.delete(other)
  }
}
