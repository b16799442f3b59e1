/** The words of the state under way, cleared after each call: computations never overlap. Over a buffer of their own, so that nothing copies them. */
const state = new Uint32Array(new ArrayBuffer(64))
const input = new Uint32Array(new ArrayBuffer(64))

/** "expand 32-byte k" */
const SIGMA = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const

/**
 * The first bytes of XChaCha20's key stream (draft-irtf-cfrg-xchacha-03), at most 64. The one of `@noble/ciphers` copies the key to the moving heap, where the
 * copy stays.
 */
export function xchacha20Bytes(key: Uint8Array, nonce: Uint8Array, stream: Uint8Array): Uint8Array {
  // HChaCha20: words 0 to 3 and 12 to 15 are the inner key.
  begin((n) => wordAt(key, 4 * n))
  for (let n = 0; n < 4; n++) state[12 + n] = wordAt(nonce, 4 * n)
  permute()
  for (let n = 0; n < 4; n++) {
    input[4 + n] = state[n] ?? 0
    input[8 + n] = state[12 + n] ?? 0
  }
  begin((n) => input[4 + n] ?? 0)
  state[12] = 0
  state[13] = 0
  state[14] = wordAt(nonce, 16)
  state[15] = wordAt(nonce, 20)
  input.set(state)
  permute()
  for (let at = 0; at < stream.length; at++) stream[at] = ((state[at >> 2] ?? 0) + (input[at >> 2] ?? 0)) >>> (8 * (at & 3))
  state.fill(0)
  input.fill(0)
  return stream
}

/** The constants, and the eight words of a key. */
function begin(keyWord: (n: number) => number): void {
  state.set(SIGMA)
  for (let n = 0; n < 8; n++) state[4 + n] = keyWord(n)
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
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
