import { publicBytes } from '../wire/public-bytes.js'
import { secretWords } from './secret.js'

/**
 * Poly1305 (RFC 8439, 2.5) over memory that never moves: libraries hold the key in small arrays of their own, and a search of the memory found halves of keys in
 * what a collection had left of them. The numbers of 130 bits are ten limbs of 13 bits, as in A. Moon's poly1305-donna-16 (public domain): every product fits into 32 bits,
 * and nothing depends on a value. Computations never overlap, so all share this memory; `finishMac` clears it.
 */
const memory = secretWords(28)
/** Where each number begins: the multiplier, the sum, and what is added at the end, in words of 16 bits. */
const [R, H, PAD] = [0, 10, 20] as const
const reduced = secretWords(10)
const last = publicBytes(16)
const LIMB = 0x1fff
const mul = Math.imul

/** The bits of the multiplier that count, limb by limb. */
const clamp = [0x1fff, 0x1fff, 0x1f03, 0x1fff, 0x00ff, 0x1ffe, 0x1fff, 0x1f81, 0x1fff, 0x007f] as const

/** Begins the MAC of one message. `key` has 32 bytes and serves no other message. */
export function beginMac(key: Uint8Array): void {
  for (let n = 0; n < 10; n++) memory[R + n] = limbOf(key, n) & (clamp[n] ?? 0)
  memory.fill(0, H, PAD)
  for (let n = 0; n < 8; n++) memory[PAD + n] = (key[16 + 2 * n] ?? 0) | ((key[17 + 2 * n] ?? 0) << 8)
}

/** Takes in more of the message. Its end is filled with zeros to a multiple of 16 bytes, as ChaCha20-Poly1305 has it for each of its parts. */
export function absorbPadded(message: Uint8Array): void {
  const rest = message.length % 16
  absorb(message, message.length - rest)
  if (rest === 0) return
  for (let at = 0; at < 16; at++) last[at] = at < rest ? message[message.length - rest + at] ?? 0 : 0
  absorb(last, 16)
}

/** Writes the tag of 16 bytes, and clears the memory. */
export function finishMac(tag: Uint8Array): void {
  let carry = 0
  // Twice: the carry of the last limb comes back, five times, in the first.
  for (let n = 1; n < 12; n++) {
    const at = H + n % 10
    const sum = (memory[at] ?? 0) + (n === 10 ? 5 * carry : carry)
    memory[at] = sum & LIMB
    carry = sum >>> 13
  }
  memory[H + 2] = (memory[H + 2] ?? 0) + carry
  // The sum minus 2^130 - 5, which counts if it is not negative.
  carry = 5
  for (let n = 0; n < 10; n++) {
    const sum = (memory[H + n] ?? 0) + carry
    reduced[n] = sum & LIMB
    carry = sum >>> 13
  }
  for (let n = 0; n < 10; n++) memory[H + n] = ((memory[H + n] ?? 0) & (carry - 1)) | ((reduced[n] ?? 0) & -carry)
  carry = 0
  for (let n = 0; n < 8; n++) {
    const sum = wordOf(n) + (memory[PAD + n] ?? 0) + carry
    tag[2 * n] = sum
    tag[2 * n + 1] = sum >>> 8
    carry = sum >>> 16
  }
  clearMac()
}

export function clearMac(): void {
  memory.fill(0)
  reduced.fill(0)
}

/** 13 bits of a number of 128, from bit 13 n on. */
function limbOf(bytes: Uint8Array, n: number): number {
  const at = (13 * n) >> 3
  return (((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | (at + 2 < 16 ? (bytes[at + 2] ?? 0) << 16 : 0)) >>> ((13 * n) & 7)) & LIMB
}

/** 16 bits of the sum, from bit 16 n on. */
function wordOf(n: number): number {
  const first = Math.floor(16 * n / 13)
  const from = 16 * n - 13 * first
  return (((memory[H + first] ?? 0) >>> from) | ((memory[H + first + 1] ?? 0) << (13 - from)) | (first + 2 < 10 ? (memory[H + first + 2] ?? 0) << (26 - from) : 0)) & 0xffff
}

/** The first `length` bytes, whole blocks: the sum plus each block, times the multiplier, modulo 2^130 - 5. */
function absorb(message: Uint8Array, length: number): void {
  const r0 = memory[0] ?? 0, r1 = memory[1] ?? 0, r2 = memory[2] ?? 0, r3 = memory[3] ?? 0, r4 = memory[4] ?? 0
  const r5 = memory[5] ?? 0, r6 = memory[6] ?? 0, r7 = memory[7] ?? 0, r8 = memory[8] ?? 0, r9 = memory[9] ?? 0
  const s1 = 5 * r1, s2 = 5 * r2, s3 = 5 * r3, s4 = 5 * r4, s5 = 5 * r5, s6 = 5 * r6, s7 = 5 * r7, s8 = 5 * r8, s9 = 5 * r9
  let h0 = memory[H + 0] ?? 0, h1 = memory[H + 1] ?? 0, h2 = memory[H + 2] ?? 0, h3 = memory[H + 3] ?? 0, h4 = memory[H + 4] ?? 0
  let h5 = memory[H + 5] ?? 0, h6 = memory[H + 6] ?? 0, h7 = memory[H + 7] ?? 0, h8 = memory[H + 8] ?? 0, h9 = memory[H + 9] ?? 0
  for (let at = 0; at < length; at += 16) {
    const w0 = word(message, at), w1 = word(message, at + 4), w2 = word(message, at + 8), w3 = word(message, at + 12)
    h0 += w0 & LIMB; h1 += (w0 >>> 13) & LIMB; h2 += ((w0 >>> 26) | (w1 << 6)) & LIMB
    h3 += (w1 >>> 7) & LIMB; h4 += ((w1 >>> 20) | (w2 << 12)) & LIMB
    h5 += (w2 >>> 1) & LIMB; h6 += (w2 >>> 14) & LIMB; h7 += ((w2 >>> 27) | (w3 << 5)) & LIMB
    h8 += (w3 >>> 8) & LIMB; h9 += (w3 >>> 21) | 0x800
    let d = mul(h0, r0) + mul(h1, s9) + mul(h2, s8) + mul(h3, s7) + mul(h4, s6), c = d >>> 13
    d = (d & LIMB) + mul(h5, s5) + mul(h6, s4) + mul(h7, s3) + mul(h8, s2) + mul(h9, s1); c += d >>> 13
    const n0 = d & LIMB
    d = c + mul(h0, r1) + mul(h1, r0) + mul(h2, s9) + mul(h3, s8) + mul(h4, s7); c = d >>> 13
    d = (d & LIMB) + mul(h5, s6) + mul(h6, s5) + mul(h7, s4) + mul(h8, s3) + mul(h9, s2); c += d >>> 13
    const n1 = d & LIMB
    d = c + mul(h0, r2) + mul(h1, r1) + mul(h2, r0) + mul(h3, s9) + mul(h4, s8); c = d >>> 13
    d = (d & LIMB) + mul(h5, s7) + mul(h6, s6) + mul(h7, s5) + mul(h8, s4) + mul(h9, s3); c += d >>> 13
    const n2 = d & LIMB
    d = c + mul(h0, r3) + mul(h1, r2) + mul(h2, r1) + mul(h3, r0) + mul(h4, s9); c = d >>> 13
    d = (d & LIMB) + mul(h5, s8) + mul(h6, s7) + mul(h7, s6) + mul(h8, s5) + mul(h9, s4); c += d >>> 13
    const n3 = d & LIMB
    d = c + mul(h0, r4) + mul(h1, r3) + mul(h2, r2) + mul(h3, r1) + mul(h4, r0); c = d >>> 13
    d = (d & LIMB) + mul(h5, s9) + mul(h6, s8) + mul(h7, s7) + mul(h8, s6) + mul(h9, s5); c += d >>> 13
    const n4 = d & LIMB
    d = c + mul(h0, r5) + mul(h1, r4) + mul(h2, r3) + mul(h3, r2) + mul(h4, r1); c = d >>> 13
    d = (d & LIMB) + mul(h5, r0) + mul(h6, s9) + mul(h7, s8) + mul(h8, s7) + mul(h9, s6); c += d >>> 13
    const n5 = d & LIMB
    d = c + mul(h0, r6) + mul(h1, r5) + mul(h2, r4) + mul(h3, r3) + mul(h4, r2); c = d >>> 13
    d = (d & LIMB) + mul(h5, r1) + mul(h6, r0) + mul(h7, s9) + mul(h8, s8) + mul(h9, s7); c += d >>> 13
    const n6 = d & LIMB
    d = c + mul(h0, r7) + mul(h1, r6) + mul(h2, r5) + mul(h3, r4) + mul(h4, r3); c = d >>> 13
    d = (d & LIMB) + mul(h5, r2) + mul(h6, r1) + mul(h7, r0) + mul(h8, s9) + mul(h9, s8); c += d >>> 13
    const n7 = d & LIMB
    d = c + mul(h0, r8) + mul(h1, r7) + mul(h2, r6) + mul(h3, r5) + mul(h4, r4); c = d >>> 13
    d = (d & LIMB) + mul(h5, r3) + mul(h6, r2) + mul(h7, r1) + mul(h8, r0) + mul(h9, s9); c += d >>> 13
    const n8 = d & LIMB
    d = c + mul(h0, r9) + mul(h1, r8) + mul(h2, r7) + mul(h3, r6) + mul(h4, r5); c = d >>> 13
    d = (d & LIMB) + mul(h5, r4) + mul(h6, r3) + mul(h7, r2) + mul(h8, r1) + mul(h9, r0); c += d >>> 13
    const n9 = d & LIMB
    // The carry of the last limb comes back, five times, in the first.
    c = 5 * c + n0
    h0 = c & LIMB; h1 = n1 + (c >>> 13)
    h2 = n2; h3 = n3; h4 = n4; h5 = n5; h6 = n6; h7 = n7; h8 = n8; h9 = n9
  }
  memory[H + 0] = h0; memory[H + 1] = h1; memory[H + 2] = h2; memory[H + 3] = h3; memory[H + 4] = h4
  memory[H + 5] = h5; memory[H + 6] = h6; memory[H + 7] = h7; memory[H + 8] = h8; memory[H + 9] = h9
}

/** Four bytes as a word, little-endian. */
function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}
