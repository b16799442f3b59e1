import { sigma, withInnerKey, wordAt } from './inner-key.js'
import { secretWords } from './secret.js'

/** The words of the state under way, cleared after each call: computations never overlap. Over a buffer of their own, so that nothing copies them. */
const state = secretWords(16)
const input = secretWords(16)

/**
 * The first bytes of XChaCha20's key stream (draft-irtf-cfrg-xchacha-03), at most 64. The one of `@noble/ciphers` copies the key to the moving heap, where the
 * copy stays.
 */
export function xchacha20Bytes(key: Uint8Array, nonce: Uint8Array, stream: Uint8Array): Uint8Array {
  withInnerKey(key, nonce, (inner) => {
    input.set(sigma)
    for (let n = 0; n < 8; n++) input[4 + n] = wordAt(inner, 4 * n)
  })
  // The block's number, and four zeros before the rest of the nonce.
  input[14] = wordAt(nonce, 16)
  input[15] = wordAt(nonce, 20)
  state.set(input)
  permute()
  for (let at = 0; at < stream.length; at++) stream[at] = ((state[at >> 2] ?? 0) + (input[at >> 2] ?? 0)) >>> (8 * (at & 3))
  state.fill(0)
  input.fill(0)
  return stream
}

function permute(): void {
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 4; n++) quarter(n, 4 + n, 8 + n, 12 + n)
    for (let n = 0; n < 4; n++) quarter(n, 4 + (n + 1 & 3), 8 + (n + 2 & 3), 12 + (n + 3 & 3))
  }
}

function quarter(a: number, b: number, c: number, d: number): void {
  let wa = state[a] ?? 0
  let wb = state[b] ?? 0
  let wc = state[c] ?? 0
  let wd = state[d] ?? 0
  wa = (wa + wb) | 0; wd = rotate(wd ^ wa, 16)
  wc = (wc + wd) | 0; wb = rotate(wb ^ wc, 12)
  wa = (wa + wb) | 0; wd = rotate(wd ^ wa, 8)
  wc = (wc + wd) | 0; wb = rotate(wb ^ wc, 7)
  state[a] = wa
  state[b] = wb
  state[c] = wc
  state[d] = wd
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
