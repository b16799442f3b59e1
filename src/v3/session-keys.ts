import { Aes128Ctr } from '../crypto/aes.js'
import { isZero, wipe } from '../crypto/compare.js'
import { dh1536SharedSecret, type Dh1536KeyPair } from '../crypto/dh1536.js'
import { HmacSha1, sha1 } from '../crypto/hash.js'
import { compareIntegers } from '../crypto/integer.js'
import { OtrError } from '../errors.js'
import { h2, secretBytes } from './ake-keys.js'
import { copySecret, type Secret } from '../crypto/secret.js'
import { publicOf } from '../wire/public-bytes.js'

/** What one pair of D-H keys, one of ours and one of theirs, gives. */
export interface SessionKeys {
  /** Sending AES key, 16 bytes. */
  readonly sendingKey: Secret
  /** Sending MAC key, 20 bytes. */
  readonly sendingMacKey: Secret
  /** Receiving AES key, 16 bytes. */
  readonly receivingKey: Secret
  /** Receiving MAC key, 20 bytes. */
  readonly receivingMacKey: Secret
  /** "Extra symmetric key": 32 bytes. */
  readonly extraKey: Secret
  /** Ciphers and MACs prepared with the keys above. That saves half the work of a short message. */
  readonly sendingCipher: Aes128Ctr
  readonly sendingMac: HmacSha1
  readonly receivingCipher: Aes128Ctr
  readonly receivingMac: HmacSha1
}

/**
 * A cache of the keys of the pairs in use, so that a Diffie-Hellman is computed once for each pair and not for each message. It is not part of
 * the state, from which it can be computed again. Indexed by the array of our private key, then by that of their public key.
 */
const cache = new WeakMap<Uint8Array, Map<Uint8Array, SessionKeys>>()

/**
 * Whether a key pair was wiped, because its session was replaced or has ended. Anybody could compute what follows from it, read what it encrypts
 * and forge what it accepts.
 */
export function isWiped({ privateKey }: Dh1536KeyPair): boolean {
  return isZero(privateKey)
}

/**
 * The session keys of a pair, computed or from the cache. The arrays are shared: copy what leaves this folder.
 * @throws OtrError `OTR_STALE_SESSION` for a pair that was overwritten: a fault of the program that kept it
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

/** "Computing AES keys, MAC keys, and the secure session id": who has the greater public key is the high end. */
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

/** Wipes the cached keys of our key's pairs; with `theirs`, of that pair alone. */
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
