// SHA-1 (FIPS 180-4) and HMAC-SHA-1 (RFC 2104): time depends on lengths only.

import { compress } from './sha1-compression'

/** The length of an inner digest and two blocks. */
export const SHA1_ROOM: usize = 24 + 128

/** Sets the state before the first block. */
export function start(state: usize): void {
  store<u32>(state, 0x67452301)
  store<u32>(state, 0xefcdab89, 4)
  store<u32>(state, 0x98badcfe, 8)
  store<u32>(state, 0x10325476, 12)
  store<u32>(state, 0xc3d2e1f0, 16)
}

/** Processes the whole blocks in the `length` bytes at `data`; returns how many bytes these were. */
export function blocks(state: usize, data: usize, length: usize): usize {
  let at: usize = 0
  for (; at + 64 <= length; at += 64) compress(state, data + at)
  return at
}

/** Processes the last `length` bytes of a message, which has `before` bytes before them, and writes the digest. */
export function finish(to: usize, state: usize, data: usize, length: usize, before: usize, room: usize): void {
  const total = <u64>(before + length) << 3
  const whole = blocks(state, data, length)
  length -= whole
  memory.fill(room, 0, 128)
  memory.copy(room, data + whole, length)
  store<u8>(room + length, 0x80)
  const end = length < 56 ? 64 : 128
  store<u64>(room + end - 8, bswap<u64>(total))
  compress(state, room)
  if (end == 128) compress(state, room + 64)
  for (let i: usize = 0; i < 20; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)))
}

/** Computes HMAC's two states after the block of a key of 64 bytes, padded with zeros. Overwrites the key. */
export function keyStates(inner: usize, outer: usize, key: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(key + i, load<u64>(key + i) ^ 0x3636363636363636)
  start(inner)
  compress(inner, key)
  for (let i: usize = 0; i < 64; i += 8) store<u64>(key + i, load<u64>(key + i) ^ 0x6a6a6a6a6a6a6a6a)
  start(outer)
  compress(outer, key)
}

/** Computes the MAC from the two states, which it overwrites, and the last `length` bytes of the message, which has `before` bytes before them. */
export function mac(to: usize, inner: usize, outer: usize, data: usize, length: usize, before: usize, room: usize): void {
  const digest = room + 128
  finish(digest, inner, data, length, 64 + before, room)
  finish(to, outer, digest, 20, 64, room)
}
