import { secretWords } from './secret.js'

/** "expand 32-byte k" */
const sigma = Uint32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574)

/**
 * The rounds of ChaCha20 (RFC 8439), in memory that the garbage collector never moves. Libraries copy a key, or values derived from it, to small
 * arrays of their own, and a search of the memory found such copies. Computations never overlap, so all share these two arrays. Call `clearCore`
 * after use.
 */
export const state = secretWords(16)
/** The result of `rounds`, before `state` is added. */
export const block = secretWords(16)

/** Fills the state with a key of 32 bytes and the 16 bytes that follow it: counter and nonce. */
export function fillState(key: Uint8Array, last: Uint8Array): void {
  state.set(sigma)
  for (let n = 0; n < 8; n++) state[4 + n] = wordAt(key, 4 * n)
  for (let n = 0; n < 4; n++) state[12 + n] = wordAt(last, 4 * n)
}

/** The state for XChaCha20's key stream: the inner key, a counter of 0, and the last 8 of the 24 bytes of the nonce. */
export function fillInner(inner: Uint8Array, nonce: Uint8Array): void {
  fillState(inner, nonce)
  state.fill(0, 12, 14)
  state[14] = wordAt(nonce, 16)
  state[15] = wordAt(nonce, 20)
}

/** Fills `out` with bytes of the next block, each combined by XOR with the byte of `data` at its place, if `data` is given; `out` may be `data`. */
export function nextBlock(out: Uint8Array, from: number, data?: Uint8Array): void {
  rounds()
  const end = Math.min(64, out.length - from)
  for (let at = 0; at < end; at++) {
    const key = ((block[at >> 2] ?? 0) + (state[at >> 2] ?? 0)) >>> (8 * (at & 3))
    out[from + at] = data === undefined ? key : key ^ (data[from + at] ?? 0)
  }
  state[12] = (state[12] ?? 0) + 1
}

export function clearCore(): void {
  state.fill(0)
  block.fill(0)
}

/** Twenty rounds. */
export function rounds(): void {
  let x0 = state[0] ?? 0, x1 = state[1] ?? 0, x2 = state[2] ?? 0, x3 = state[3] ?? 0
  let x4 = state[4] ?? 0, x5 = state[5] ?? 0, x6 = state[6] ?? 0, x7 = state[7] ?? 0
  let x8 = state[8] ?? 0, x9 = state[9] ?? 0, x10 = state[10] ?? 0, x11 = state[11] ?? 0
  let x12 = state[12] ?? 0, x13 = state[13] ?? 0, x14 = state[14] ?? 0, x15 = state[15] ?? 0
  for (let round = 0; round < 20; round += 2) {
    x0 = (x0 + x4) | 0; x12 = rotate(x12 ^ x0, 16); x8 = (x8 + x12) | 0; x4 = rotate(x4 ^ x8, 12)
    x0 = (x0 + x4) | 0; x12 = rotate(x12 ^ x0, 8); x8 = (x8 + x12) | 0; x4 = rotate(x4 ^ x8, 7)
    x1 = (x1 + x5) | 0; x13 = rotate(x13 ^ x1, 16); x9 = (x9 + x13) | 0; x5 = rotate(x5 ^ x9, 12)
    x1 = (x1 + x5) | 0; x13 = rotate(x13 ^ x1, 8); x9 = (x9 + x13) | 0; x5 = rotate(x5 ^ x9, 7)
    x2 = (x2 + x6) | 0; x14 = rotate(x14 ^ x2, 16); x10 = (x10 + x14) | 0; x6 = rotate(x6 ^ x10, 12)
    x2 = (x2 + x6) | 0; x14 = rotate(x14 ^ x2, 8); x10 = (x10 + x14) | 0; x6 = rotate(x6 ^ x10, 7)
    x3 = (x3 + x7) | 0; x15 = rotate(x15 ^ x3, 16); x11 = (x11 + x15) | 0; x7 = rotate(x7 ^ x11, 12)
    x3 = (x3 + x7) | 0; x15 = rotate(x15 ^ x3, 8); x11 = (x11 + x15) | 0; x7 = rotate(x7 ^ x11, 7)
    x0 = (x0 + x5) | 0; x15 = rotate(x15 ^ x0, 16); x10 = (x10 + x15) | 0; x5 = rotate(x5 ^ x10, 12)
    x0 = (x0 + x5) | 0; x15 = rotate(x15 ^ x0, 8); x10 = (x10 + x15) | 0; x5 = rotate(x5 ^ x10, 7)
    x1 = (x1 + x6) | 0; x12 = rotate(x12 ^ x1, 16); x11 = (x11 + x12) | 0; x6 = rotate(x6 ^ x11, 12)
    x1 = (x1 + x6) | 0; x12 = rotate(x12 ^ x1, 8); x11 = (x11 + x12) | 0; x6 = rotate(x6 ^ x11, 7)
    x2 = (x2 + x7) | 0; x13 = rotate(x13 ^ x2, 16); x8 = (x8 + x13) | 0; x7 = rotate(x7 ^ x8, 12)
    x2 = (x2 + x7) | 0; x13 = rotate(x13 ^ x2, 8); x8 = (x8 + x13) | 0; x7 = rotate(x7 ^ x8, 7)
    x3 = (x3 + x4) | 0; x14 = rotate(x14 ^ x3, 16); x9 = (x9 + x14) | 0; x4 = rotate(x4 ^ x9, 12)
    x3 = (x3 + x4) | 0; x14 = rotate(x14 ^ x3, 8); x9 = (x9 + x14) | 0; x4 = rotate(x4 ^ x9, 7)
  }
  block[0] = x0; block[1] = x1; block[2] = x2; block[3] = x3
  block[4] = x4; block[5] = x5; block[6] = x6; block[7] = x7
  block[8] = x8; block[9] = x9; block[10] = x10; block[11] = x11
  block[12] = x12; block[13] = x13; block[14] = x14; block[15] = x15
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** Returns four bytes as a little-endian word. */
function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
