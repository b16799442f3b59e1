// The module `symmetric`: what messages of version 4 are made of, SHAKE-256 and ChaCha20. The key is at IN_A, data at BUFFER, and results
// there. Time depends on lengths only. Each function wipes what it computed with; the binding wipes what it put in and took out.

import * as chacha from './chacha'
import { permute } from './keccak-permutation'

export const IN_A: usize = 4096
const ROOM: usize = 4096 + 64
export const BUFFER: usize = 8192
export const BUFFER_LENGTH: usize = 16384

export function memoryEnd(): usize { return BUFFER + BUFFER_LENGTH }

/** The `length` bytes at BUFFER, encrypted or decrypted in place by ChaCha20: key at IN_A, nonce 0, from block `counter` on. */
export function chacha20(length: usize, counter: u32): void {
  chacha.chacha20(BUFFER, length, IN_A, counter, ROOM)
  memory.fill(ROOM, 0, chacha.CHACHA_ROOM)
}

// SHAKE-256 (FIPS 202): rate 136 bytes, suffix 1111.

const RATE: usize = 136
// A state apart: a long input comes in several calls.
const STATE = memory.data(200, 8)

let position: usize = 0

/** Takes in the next `length` bytes at BUFFER. */
export function absorb(length: usize): void {
  let at = BUFFER
  while (length > 0) {
    if (position == 0 && length >= RATE) {
      for (let i: usize = 0; i < RATE; i += 8) store<u64>(STATE + i, load<u64>(STATE + i) ^ load<u64>(at + i))
      permute(STATE)
      at += RATE
      length -= RATE
    } else {
      store<u8>(STATE + position, load<u8>(STATE + position) ^ load<u8>(at))
      at++
      length--
      position++
      if (position == RATE) {
        permute(STATE)
        position = 0
      }
    }
  }
}

/**
 * Writes the next `length` bytes of output to BUFFER. The first call ends the input; those before the last take multiples of the rate;
 * the last one leaves it empty, for the next input.
 */
export function squeeze(length: usize, first: bool, last: bool): void {
  if (first) {
    store<u8>(STATE + position, load<u8>(STATE + position) ^ 0x1f)
    store<u8>(STATE, load<u8>(STATE, RATE - 1) ^ 0x80, RATE - 1)
  }
  for (let at: usize = 0; at < length; at += RATE) {
    permute(STATE)
    memory.copy(BUFFER + at, STATE, min(RATE, length - at))
  }
  if (last) {
    memory.fill(STATE, 0, 200)
    position = 0
  }
}

// One block of input: the five bytes OTRv4, the usage id, `length` bytes at `from`; 64 bytes of output, which may lie where the input was.
function shortKdf(to: usize, usage: u8, from: usize, length: usize): void {
  store<u32>(STATE, 0x7652544f)
  store<u8>(STATE, 0x34, 4)
  store<u8>(STATE, usage, 5)
  memory.copy(STATE + 6, from, length)
  store<u8>(STATE + 6 + length, 0x1f)
  store<u8>(STATE, 0x80, RATE - 1)
  permute(STATE)
  memory.copy(to, STATE, 64)
  memory.fill(STATE, 0, 200)
}

/**
 * What a message takes of the chain key, 64 bytes at BUFFER, between two inputs of the hash: MKenc, the base of the extra symmetric keys,
 * MKmac, and the next chain key, 64 bytes each, in this order at BUFFER. otrv4.md, "Calculating Encryption and MAC Keys".
 */
export function messageKeys(): void {
  const chainKey = BUFFER + 256
  memory.copy(chainKey + 1, BUFFER, 64)
  store<u8>(chainKey, 0xff)
  shortKdf(BUFFER, 0x15, chainKey + 1, 64)
  shortKdf(BUFFER + 64, 0x17, chainKey, 65)
  shortKdf(BUFFER + 128, 0x16, BUFFER, 64)
  shortKdf(BUFFER + 192, 0x14, chainKey + 1, 64)
  memory.fill(chainKey, 0, 65)
}
