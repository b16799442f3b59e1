import { publicBytes } from '../wire/public-bytes.js'
import { block, clearCore, fillState, rounds } from './chacha-core.js'
import { secretBytes, type Secret } from './secret.js'

const inner = secretBytes(32)

/**
 * Reduces XChaCha20 to ChaCha20 (draft-irtf-cfrg-xchacha-03). It passes the inner key to `use`: HChaCha20 of the key and of the first 16 bytes of
 * the nonce. The inner key is valid until `use` returns or throws, and serves one message. So the platform never gets the key itself.
 */
export function withInnerKey<T>(key: Uint8Array, nonce: Uint8Array, use: (inner: Secret) => T): T {
  try {
    fillState(key, nonce)
    rounds()
    // HChaCha20 takes the first four words and the last four.
    for (let at = 0; at < 32; at++) inner[at] = (block[(at >> 2) + (at < 16 ? 0 : 8)] ?? 0) >>> (8 * (at & 3))
    clearCore()
    return use(inner)
  } finally {
    inner.fill(0)
  }
}

/** Returns the nonce for the inner key: four zeros and the last 8 bytes of `nonce`. */
export function innerNonce(nonce: Uint8Array): Uint8Array {
  const last = publicBytes(12)
  for (let at = 4; at < 12; at++) last[at] = nonce[at + 12] ?? 0
  return last
}
