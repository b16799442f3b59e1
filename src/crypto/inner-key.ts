import { publicBytes } from '../wire/public-bytes.js'
import { block, clearCore, fillState, rounds } from './chacha-core.js'
import { secretBytes } from './secret.js'

const inner = secretBytes(32)

/**
 * The step from XChaCha20 to ChaCha20 (draft-irtf-cfrg-xchacha-03): gives `use` the inner key, HChaCha20 of the key and the first 16 bytes of the nonce, which is
 * valid until `use` returns or throws. So the platform does not get the key itself; an inner key serves one message.
 */
export function withInnerKey<T>(key: Uint8Array, nonce: Uint8Array, use: (inner: Uint8Array) => T): T {
  try {
    fillState(key, nonce)
    rounds()
    // The first four words, and the last.
    for (let at = 0; at < 32; at++) inner[at] = (block[(at >> 2) + (at < 16 ? 0 : 8)] ?? 0) >>> (8 * (at & 3))
    clearCore()
    return use(inner)
  } finally {
    inner.fill(0)
  }
}

/** The nonce that goes with the inner key: four zeros, and the last 8 bytes. */
export function innerNonce(nonce: Uint8Array): Uint8Array {
  const last = publicBytes(12)
  for (let at = 4; at < 12; at++) last[at] = nonce[at + 12] ?? 0
  return last
}
