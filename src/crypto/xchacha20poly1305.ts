import { xchacha20, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { OtrError } from '../errors.js'
import { equalBytes } from './compare.js'
import { hostAead, type Aead } from './host-aead.js'

/** Bytes that sealing adds: the tag of Poly1305. */
export const XCHACHA20_POLY1305_TAG_LENGTH = 16

/** Bytes of a nonce. So long that a random one never comes twice. */
export const XCHACHA20_POLY1305_NONCE_LENGTH = 24

/**
 * Seals with XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): the ciphertext with its tag of 16 bytes behind it. For what is stored; no
 * part of OTR itself.
 *
 * @param key 32 bytes
 * @param nonce 24 bytes, never the same for two plaintexts under one key: draw it at random
 * @param associatedData is authenticated with the plaintext, and not stored
 */
export function sealXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  check(key, nonce)
  return aead().seal(key, nonce, associatedData, plaintext)
}

/** The reverse; `undefined` where key, nonce, associated data, ciphertext or tag is not what was sealed. The plaintext is a new array: wipe it. */
export function openXChaCha20Poly1305(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  check(key, nonce)
  if (sealed.length < XCHACHA20_POLY1305_TAG_LENGTH) return undefined
  return aead().open(key, nonce, associatedData, sealed)
}

const noble: Aead = {
  seal: (key, nonce, associatedData, plaintext) => xchacha20poly1305(key, nonce, associatedData).encrypt(plaintext),
  open(key, nonce, associatedData, sealed) {
    try {
      return xchacha20poly1305(key, nonce, associatedData).decrypt(sealed)
    } catch {
      return undefined
    }
  },
}

let chosen: Aead | undefined

/** The host's where it has one that gives what noble's gives; it is asked once. */
function aead(): Aead {
  return chosen ??= hostAgrees() ?? noble
}

function hostAgrees(): Aead | undefined {
  try {
    const host = hostAead()
    const [key, nonce, data] = [32, 24, 100].map((length) => new Uint8Array(length).fill(length)) as [Uint8Array, Uint8Array, Uint8Array]
    const sealed = noble.seal(key, nonce, data, data)
    const opened = host?.open(key, nonce, data, sealed)
    const agrees = opened !== undefined && equalBytes(opened, data) && equalBytes(host?.seal(key, nonce, data, data) ?? key, sealed) &&
      host?.open(key, nonce, key, sealed) === undefined
    return agrees ? host : undefined
  } catch {
    return undefined
  }
}

/** The first `length` bytes of XChaCha20's key stream: a pseudo-random function of the 24 bytes of `nonce` under `key`. */
export function xchacha20KeyStream(key: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  check(key, nonce)
  return xchacha20(key, nonce, new Uint8Array(length))
}

function check(key: Uint8Array, nonce: Uint8Array): void {
  if (key.length !== 32 || nonce.length !== XCHACHA20_POLY1305_NONCE_LENGTH) {
    throw new OtrError('OTR_INTERNAL', 'XChaCha20 takes a key of 32 bytes and a nonce of 24')
  }
}
