// AES-128 in counter mode, bitsliced (see generate/aes.mjs): time depends on lengths only.

import { substitute, shiftAndMix } from './aes-rounds'

/** The length of the 11 round keys in bit planes, eight words each. */
export const SCHEDULE_LENGTH: usize = 11 * 64
/** The length of the state. */
export const AES_ROOM: usize = 64

// Exchanges bit b of word w and bit w of word b, in each group of eight bits: turns 64 bytes into bit planes, and back.
function transpose(at: usize): void {
  exchange(at, 1, 0x5555555555555555)
  exchange(at, 2, 0x3333333333333333)
  exchange(at, 4, 0x0f0f0f0f0f0f0f0f)
}

@inline function exchange(at: usize, distance: usize, mask: u64): void {
  for (let i: usize = 0; i < 8; i++) {
    if (i & distance) continue
    const low = at + (i << 3), high = low + (distance << 3)
    const a = load<u64>(low), b = load<u64>(high)
    const t = ((a >> distance) ^ b) & mask
    store<u64>(high, b ^ t)
    store<u64>(low, a ^ (t << distance))
  }
}

/** Computes the round keys of the 16 bytes at `key`, in bit planes, the same for all four blocks. */
export function expandKey(keys: usize, key: usize, state: usize): void {
  let low = load<u64>(key), high = load<u64>(key, 8)
  let constant: u64 = 1
  for (let round: usize = 0; ; round++) {
    const at = keys + (round << 6)
    for (let i: usize = 0; i < 64; i += 16) {
      store<u64>(at + i, low)
      store<u64>(at + i, high, 8)
    }
    transpose(at)
    if (round == 10) break
    // The last word, rotated, through the S-box.
    memory.fill(state, 0, 64)
    store<u64>(state, rotr<u32>(<u32>(high >> 32), 8))
    transpose(state)
    substitute(state)
    transpose(state)
    const w0 = <u64>(<u32>low ^ load<u32>(state)) ^ constant
    const w1 = w0 ^ (low >> 32)
    const w2 = w1 ^ (high & 0xffffffff)
    low = w0 | (w1 << 32)
    high = w2 | ((w2 ^ (high >> 32)) << 32)
    constant <<= 1
    if (constant == 0x100) constant = 0x1b
  }
}

/**
 * Encrypts or decrypts `length` bytes at `data` in place, with the round keys at `keys`. The 16 bytes at `counter`, big-endian, count up by one
 * for each block.
 */
export function counterMode(data: usize, length: usize, keys: usize, counter: usize, state: usize): void {
  let high = bswap<u64>(load<u64>(counter)), low = bswap<u64>(load<u64>(counter, 8))
  while (length > 0) {
    const blocks = min(4, (length + 15) >> 4)
    for (let i: usize = 0; i < blocks << 4; i += 16) {
      store<u64>(state + i, bswap<u64>(high))
      store<u64>(state + i, bswap<u64>(low), 8)
      low++
      if (low == 0) high++
    }
    transpose(state)
    for (let i: usize = 0; i < 64; i += 8) store<u64>(state + i, load<u64>(state + i) ^ load<u64>(keys + i))
    for (let round: usize = 1; round <= 10; round++) {
      substitute(state)
      shiftAndMix(state, keys + (round << 6), round == 10)
    }
    transpose(state)
    if (length >= 64) {
      for (let i: usize = 0; i < 64; i += 8) store<u64>(data + i, load<u64>(data + i) ^ load<u64>(state + i))
      data += 64
      length -= 64
    } else {
      for (let i: usize = 0; i < length; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(state + i))
      length = 0
    }
  }
  store<u64>(counter, bswap<u64>(high))
  store<u64>(counter, bswap<u64>(low), 8)
}
