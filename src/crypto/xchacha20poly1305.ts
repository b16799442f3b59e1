import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { publicBytes } from '../wire/public-bytes.js'
import { clearCore, fillInner, nextBlock } from './chacha-core.js'
import { equalBytes } from './compare.js'
import { withInnerKey } from './inner-key.js'
import { fasterAead, platformAead, type Aead } from './platform-aead.js'
import { absorbPadded, beginMac, clearMac, finishMac } from './poly1305.js'
import { asSecret, secretBytes, type Secret } from './secret.js'
import { xchacha20Bytes } from './xchacha20.js'

/** The number of bytes that sealing adds: the tag of Poly1305. */
export const XCHACHA20_POLY1305_TAG_LENGTH = 16

/** The length of a nonce in bytes. It is so long that random nonces never repeat. */
export const XCHACHA20_POLY1305_NONCE_LENGTH = 24

/**
 * Seals with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): returns the ciphertext followed by its tag of 16 bytes. For stores; not
 * part of OTR itself.
 *
 * @param key - 32 bytes
 * @param nonce - 24 random bytes; never use one twice under the same key
 * @param associatedData - authenticated with the plaintext, not contained in the result
 * @param into - where the result is written: 16 bytes more than the plaintext, and not the same memory; a new array by default
 */
export function sealXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array, into?: Uint8Array): Uint8Array {
  check(key, nonce)
  return aead().seal(key, nonce, associatedData, plaintext, into)
}

/** Opens what `sealXChaCha20Poly1305` made. Returns `undefined` if key, nonce, associated data, ciphertext or tag differ. The plaintext is in `into` if it is given, 16 bytes shorter than `sealed`, else in a new array: wipe it. */
export function openXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array, into?: Secret): Secret | undefined {
  check(key, nonce)
  if (sealed.length < XCHACHA20_POLY1305_TAG_LENGTH) return undefined
  const opened = aead().open(key, nonce, associatedData, sealed, into)
  return opened === undefined ? undefined : asSecret(opened)
}

/** The portable implementation: for short plaintexts it is faster than the platform's. */
export const portableAead: Aead = {
  seal: (key, nonce, associatedData, plaintext, into) => withMac(key, nonce, (mac) => {
    const sealed = into ?? publicBytes(plaintext.length + XCHACHA20_POLY1305_TAG_LENGTH)
    const ciphertext = sealed.subarray(0, plaintext.length)
    combine(plaintext, ciphertext)
    mac(associatedData, ciphertext, sealed.subarray(plaintext.length))
    return sealed
  }),
  open: (key, nonce, associatedData, sealed, into) => withMac(key, nonce, (mac) => {
    const ciphertext = sealed.subarray(0, sealed.length - XCHACHA20_POLY1305_TAG_LENGTH)
    mac(associatedData, ciphertext, tag)
    if (!equalBytes(tag, sealed.subarray(ciphertext.length))) return undefined
    const plaintext = into ?? secretBytes(ciphertext.length)
    combine(ciphertext, plaintext)
    return plaintext
  }),
}

const macKey = secretBytes(32)
const tag = publicBytes(XCHACHA20_POLY1305_TAG_LENGTH)
const lengths = publicBytes(16)

/** Writes the tag of associated data and ciphertext. */
type Mac = (associatedData: Uint8Array, ciphertext: Uint8Array, tag: Uint8Array) => void

/** ChaCha20-Poly1305 (RFC 8439): the first block of the key stream is the key of the MAC, the second is the first for the text. */
function withMac<T>(key: Uint8Array, nonce: Uint8Array, use: (mac: Mac) => T): T {
  try {
    withInnerKey(key, nonce, (inner) => { fillInner(inner, nonce) })
    nextBlock(macKey, 0)
    return use((associatedData, ciphertext, into) => {
      beginMac(macKey)
      absorbPadded(associatedData)
      absorbPadded(ciphertext)
      new DataView(lengths.buffer).setUint32(0, associatedData.length, true)
      new DataView(lengths.buffer).setUint32(8, ciphertext.length, true)
      absorbPadded(lengths)
      finishMac(into)
    })
  } finally {
    macKey.fill(0)
    clearMac()
    clearCore()
  }
}

/** Encrypts a plaintext, or decrypts a ciphertext. */
function combine(data: Uint8Array, out: Uint8Array): void {
  for (let at = 0; at < data.length; at += 64) nextBlock(out, at, data)
}

let chosen: Aead | undefined

function aead(): Aead {
  return chosen ??= fasterAead(portableAead, platformAead())
}

/** The first `length` bytes of XChaCha20's key stream, at most 64: a pseudo-random function of the 24 bytes of `nonce` under `key`. */
export function xchacha20KeyStream(key: Uint8Array, nonce: Uint8Array, length: number): Secret {
  check(key, nonce)
  return xchacha20Bytes(key, nonce, secretBytes(length))
}

function check(key: Uint8Array, nonce: Uint8Array): void {
  wipeWatch?.used([key])
  if (key.length !== 32 || nonce.length !== XCHACHA20_POLY1305_NONCE_LENGTH) {
    throw new OtrError('OTR_INTERNAL', 'XChaCha20 takes a key of 32 bytes and a nonce of 24')
  }
}
