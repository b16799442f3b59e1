// The module `symmetric`: SHAKE-256 and ChaCha20, for messages of version 4. The key is at IN_A, data at BUFFER, and results are there, too.
// Time depends on lengths only. Each function wipes what it computed with; the binding wipes arguments and results.

import * as chacha from './chacha'
import { permute } from './keccak-permutation'

export const IN_A: usize = 4096
const ROOM: usize = 4096 + 64
export const BUFFER: usize = 8192
export const BUFFER_LENGTH: usize = 16384

export function memoryEnd(): usize { return BUFFER + BUFFER_LENGTH }

/** Encrypts or decrypts the `length` bytes at BUFFER in place by ChaCha20: key at IN_A, nonce 0, from block `counter` on. */
export function chacha20(length: usize, counter: u32): void {
  chacha.chacha20(BUFFER, length, IN_A, counter, ROOM)
  memory.fill(ROOM, 0, chacha.CHACHA_ROOM)
}

// SHAKE-256 (FIPS 202): rate 136 bytes, suffix 1111.

const RATE: usize = 136
// The state is separate, because a long input comes in several calls.
const STATE = memory.data(200, 8)

let position: usize = 0

/** Absorbs the next `length` bytes at BUFFER. */
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
 * Writes the next `length` bytes of output to BUFFER. The first call ends the input. All calls but the last must ask for multiples of the rate.
 * The last call clears the state for the next input.
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

// The KDF for one block of input: the five bytes OTRv4, the usage id, `length` bytes at `from`. The 64 bytes of output may overwrite the input.
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
 * The keys of a message from the chain key, 64 bytes at BUFFER; call it between two inputs of the hash. Writes MKenc, the base of the extra symmetric
 * keys, MKmac, and the next chain key, 64 bytes each, in this order to BUFFER. otrv4.md, "Calculating Encryption and MAC Keys".
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
