import { wipe } from './compare.js'
import { hmacSha256 } from './hash.js'
import type { Pause } from './pause.js'
import { secretBytes, secretWords, type Secret } from './secret.js'
import { uint32be } from '../wire/bytes.js'

/** How scrypt pauses and reports its progress. */
export interface SlicedScryptOptions {
  readonly pause: Pause
  /** 0 to 1. */
  readonly onProgress: (done: number) => void
}

/**
 * How many blocks are mixed between two pauses. They take 1.3 milliseconds on a laptop and 20 on a ten-year-old telephone, so a page stays
 * responsive on both.
 */
export const MIXES_PER_SLICE = 512

/**
 * scrypt (RFC 7914) with pauses: a key of 32 bytes. We do not use that of `@noble/hashes`, because it pauses by `scheduler.yield`, which a caller
 * cannot replace and which continues before waiting messages and timers.
 *
 * @param passphrase - of any length; not changed
 * @param salt - of any length
 * @param cost - it takes 128 * r * 2^log2N bytes of memory, which are overwritten at the end, also after an error
 * @param options - `pause` is awaited between slices; `onProgress` gets a number from 0 to 1
 */
export async function slicedScrypt(
  passphrase: Uint8Array, salt: Uint8Array, { log2N, r, p }: { readonly log2N: number, readonly r: number, readonly p: number },
  { pause, onProgress }: SlicedScryptOptions,
): Promise<Secret> {
  const N = 2 ** log2N
  const words = 32 * r
  const total = 2 * N * p
  const lanes = pbkdf2Once(passphrase, salt, 128 * r * p)
  const table = secretWords(words * N)
  const block = secretWords(words)
  const mixed = secretWords(words)
  let done = 0
  /** Calls `step` `count` times, with pauses. */
  const inSlices = async (step: (i: number) => void): Promise<void> => {
    for (let i = 0; i < N;) {
      const end = Math.min(N, i + MIXES_PER_SLICE)
      done += end - i
      for (; i < end; i++) step(i)
      if (done === total) return
      onProgress(done / total)
      await pause()
    }
  }
  try {
    for (let lane = 0; lane < p; lane++) {
      const bytes = new DataView(lanes.buffer, lanes.byteOffset + 128 * r * lane, 128 * r)
      for (let i = 0; i < words; i++) table[i] = bytes.getUint32(4 * i, true)
      // Each row of the table is the mixed row before it; the mixed last row is the input of the second loop.
      await inSlices((i) => {
        if (i < N - 1) mix(table, words * i, table, words * (i + 1), r)
        else mix(table, words * i, block, 0, r)
      })
      await inSlices(() => {
        const row = words * ((block[words - 16] ?? 0) & (N - 1))
        for (let i = 0; i < words; i++) mixed[i] = (block[i] ?? 0) ^ (table[row + i] ?? 0)
        mix(mixed, 0, block, 0, r)
      })
      for (let i = 0; i < words; i++) bytes.setUint32(4 * i, block[i] ?? 0, true)
    }
    const key = pbkdf2Once(passphrase, lanes, 32)
    onProgress(1)
    return key
  } finally {
    wipe(lanes)
    for (const memory of [table, block, mixed]) memory.fill(0)
  }
}

/** PBKDF2 with HMAC-SHA-256 and one iteration (RFC 8018), `length` bytes: a multiple of 32. */
function pbkdf2Once(passphrase: Uint8Array, salt: Uint8Array, length: number): Secret {
  const key = secretBytes(length)
  for (let at = 0; at < length; at += 32) {
    const block = hmacSha256(passphrase, salt, uint32be(at / 32 + 1))
    key.set(block, at)
    wipe(block)
  }
  return key
}

/** scryptBlockMix: 2r blocks of 16 words from `input` to `output`, the even ones first. The two must not overlap. */
function mix(input: Uint32Array, from: number, output: Uint32Array, to: number, r: number): void {
  let before = from + 16 * (2 * r - 1)
  let beforeIn = input
  for (let i = 0; i < 2 * r; i++) {
    const at = to + 16 * ((i >> 1) + (i & 1) * r)
    salsa(beforeIn, before, input, from + 16 * i, output, at)
    beforeIn = output
    before = at
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** Salsa20/8 of a XOR b, both of 16 words, into `out`. */
function salsa(a: Uint32Array, i: number, b: Uint32Array, j: number, out: Uint32Array, at: number): void {
  const a0 = (a[i] ?? 0) ^ (b[j] ?? 0)
  const a1 = (a[i + 1] ?? 0) ^ (b[j + 1] ?? 0)
  const a2 = (a[i + 2] ?? 0) ^ (b[j + 2] ?? 0)
  const a3 = (a[i + 3] ?? 0) ^ (b[j + 3] ?? 0)
  const a4 = (a[i + 4] ?? 0) ^ (b[j + 4] ?? 0)
  const a5 = (a[i + 5] ?? 0) ^ (b[j + 5] ?? 0)
  const a6 = (a[i + 6] ?? 0) ^ (b[j + 6] ?? 0)
  const a7 = (a[i + 7] ?? 0) ^ (b[j + 7] ?? 0)
  const a8 = (a[i + 8] ?? 0) ^ (b[j + 8] ?? 0)
  const a9 = (a[i + 9] ?? 0) ^ (b[j + 9] ?? 0)
  const a10 = (a[i + 10] ?? 0) ^ (b[j + 10] ?? 0)
  const a11 = (a[i + 11] ?? 0) ^ (b[j + 11] ?? 0)
  const a12 = (a[i + 12] ?? 0) ^ (b[j + 12] ?? 0)
  const a13 = (a[i + 13] ?? 0) ^ (b[j + 13] ?? 0)
  const a14 = (a[i + 14] ?? 0) ^ (b[j + 14] ?? 0)
  const a15 = (a[i + 15] ?? 0) ^ (b[j + 15] ?? 0)
  let x0 = a0, x1 = a1, x2 = a2, x3 = a3, x4 = a4, x5 = a5, x6 = a6, x7 = a7
  let x8 = a8, x9 = a9, x10 = a10, x11 = a11, x12 = a12, x13 = a13, x14 = a14, x15 = a15
  for (let round = 0; round < 8; round += 2) {
    x4 ^= rotate((x0 + x12) | 0, 7); x8 ^= rotate((x4 + x0) | 0, 9); x12 ^= rotate((x8 + x4) | 0, 13); x0 ^= rotate((x12 + x8) | 0, 18)
    x9 ^= rotate((x5 + x1) | 0, 7); x13 ^= rotate((x9 + x5) | 0, 9); x1 ^= rotate((x13 + x9) | 0, 13); x5 ^= rotate((x1 + x13) | 0, 18)
    x14 ^= rotate((x10 + x6) | 0, 7); x2 ^= rotate((x14 + x10) | 0, 9); x6 ^= rotate((x2 + x14) | 0, 13); x10 ^= rotate((x6 + x2) | 0, 18)
    x3 ^= rotate((x15 + x11) | 0, 7); x7 ^= rotate((x3 + x15) | 0, 9); x11 ^= rotate((x7 + x3) | 0, 13); x15 ^= rotate((x11 + x7) | 0, 18)
    x1 ^= rotate((x0 + x3) | 0, 7); x2 ^= rotate((x1 + x0) | 0, 9); x3 ^= rotate((x2 + x1) | 0, 13); x0 ^= rotate((x3 + x2) | 0, 18)
    x6 ^= rotate((x5 + x4) | 0, 7); x7 ^= rotate((x6 + x5) | 0, 9); x4 ^= rotate((x7 + x6) | 0, 13); x5 ^= rotate((x4 + x7) | 0, 18)
    x11 ^= rotate((x10 + x9) | 0, 7); x8 ^= rotate((x11 + x10) | 0, 9); x9 ^= rotate((x8 + x11) | 0, 13); x10 ^= rotate((x9 + x8) | 0, 18)
    x12 ^= rotate((x15 + x14) | 0, 7); x13 ^= rotate((x12 + x15) | 0, 9); x14 ^= rotate((x13 + x12) | 0, 13); x15 ^= rotate((x14 + x13) | 0, 18)
  }
  out[at] = x0 + a0
  out[at + 1] = x1 + a1
  out[at + 2] = x2 + a2
  out[at + 3] = x3 + a3
  out[at + 4] = x4 + a4
  out[at + 5] = x5 + a5
  out[at + 6] = x6 + a6
  out[at + 7] = x7 + a7
  out[at + 8] = x8 + a8
  out[at + 9] = x9 + a9
  out[at + 10] = x10 + a10
  out[at + 11] = x11 + a11
  out[at + 12] = x12 + a12
  out[at + 13] = x13 + a13
  out[at + 14] = x14 + a14
  out[at + 15] = x15 + a15
}
