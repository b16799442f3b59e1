import { hchacha } from '@noble/ciphers/chacha.js'
import { publicBytes } from '../wire/public-bytes.js'
import { secretBytes, secretWords } from './secret.js'

/** "expand 32-byte k" */
export const sigma = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

/** Filled for each key and wiped after it: to allocate arrays for each key would cost as much as everything else. */
const words = { key: secretWords(8), nonce: secretWords(4), inner: secretWords(8) }
const inner = secretBytes(32)

/**
 * The step from XChaCha20 to ChaCha20 (draft-irtf-cfrg-xchacha-03): gives `use` the inner key, HChaCha20 of the key and the first 16 bytes of the nonce, which is
 * valid until `use` returns or throws. So no library gets the key itself, which some copy to memory that cannot be wiped; an inner key serves one message.
 */
export function withInnerKey<T>(key: Uint8Array, nonce: Uint8Array, use: (inner: Uint8Array) => T): T {
  try {
    for (let n = 0; n < 8; n++) words.key[n] = wordAt(key, 4 * n)
    for (let n = 0; n < 4; n++) words.nonce[n] = wordAt(nonce, 4 * n)
    hchacha(sigma, words.key, words.nonce, words.inner)
    for (let at = 0; at < 32; at++) inner[at] = (words.inner[at >> 2] ?? 0) >>> (8 * (at & 3))
    return use(inner)
  } finally {
    words.key.fill(0)
    words.inner.fill(0)
    inner.fill(0)
  }
}

/** The nonce that goes with the inner key: four zeros, and the last 8 bytes. */
export function innerNonce(nonce: Uint8Array): Uint8Array {
  const last = publicBytes(12)
  for (let at = 4; at < 12; at++) last[at] = nonce[at + 12] ?? 0
  return last
}

/** Four bytes as a word, little-endian. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
