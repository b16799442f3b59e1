import { ChaCha20Poly1305 } from '@stablelib/chacha20poly1305'
import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { innerNonce, withInnerKey } from './inner-key.js'
import { fasterAead, platformAead, type Aead } from './platform-aead.js'
import { secretBytes } from './secret.js'
import { xchacha20Bytes } from './xchacha20.js'

/** Bytes that sealing adds: the tag of Poly1305. */
export const XCHACHA20_POLY1305_TAG_LENGTH = 16

/** Bytes of a nonce: long enough that random nonces never repeat. */
export const XCHACHA20_POLY1305_NONCE_LENGTH = 24

/**
 * Seals with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): returns the ciphertext followed by its tag of 16 bytes. For stores; not
 * part of OTR itself.
 *
 * @param key - 32 bytes
 * @param nonce - 24 bytes, never use one twice under the same key: draw it at random
 * @param associatedData - authenticated with the plaintext, not contained in the result
 */
export function sealXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  check(key, nonce)
  return aead().seal(key, nonce, associatedData, plaintext)
}

/** The reverse; returns `undefined` when key, nonce, associated data, ciphertext or tag differ from what was sealed. The plaintext is a new array: wipe it. */
export function openXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  check(key, nonce)
  if (sealed.length < XCHACHA20_POLY1305_TAG_LENGTH) return undefined
  return aead().open(key, nonce, associatedData, sealed)
}

/** The portable implementation: for short plaintexts it is faster than any other, the platform's included. */
export const portableAead: Aead = {
  seal: (key, nonce, associatedData, plaintext) => withCipher(key, nonce, (cipher) => cipher.seal(innerNonce(nonce), plaintext, associatedData)),
  open: (key, nonce, associatedData, sealed) => withCipher(key, nonce, (cipher) =>
    cipher.open(innerNonce(nonce), sealed, associatedData, secretBytes(sealed.length - XCHACHA20_POLY1305_TAG_LENGTH)) ?? undefined),
}

/** The cipher copies the inner key to the moving heap, and overwrites the last place alone: whoever finds it can read one record, of which they have the old file. */
function withCipher<T>(key: Uint8Array, nonce: Uint8Array, use: (cipher: ChaCha20Poly1305) => T): T {
  return withInnerKey(key, nonce, (inner) => {
    const cipher = new ChaCha20Poly1305(inner)
    try {
      return use(cipher)
    } finally {
      cipher.clean()
    }
  })
}

let chosen: Aead | undefined

function aead(): Aead {
  return chosen ??= fasterAead(portableAead, platformAead())
}

/** The first `length` bytes of XChaCha20's key stream, at most 64: a pseudo-random function of the 24 bytes of `nonce` under `key`. */
export function xchacha20KeyStream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  check(key, nonce)
  return xchacha20Bytes(key, nonce, secretBytes(length))
}

function check(key: Uint8Array, nonce: Uint8Array): void {
  wipeWatch?.used([key])
  if (key.length !== 32 || nonce.length !== XCHACHA20_POLY1305_NONCE_LENGTH) {
    throw new OtrError('OTR_INTERNAL', 'XChaCha20 takes a key of 32 bytes and a nonce of 24')
  }
}
