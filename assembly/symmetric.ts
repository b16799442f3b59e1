// The module `symmetric`: hashes and ciphers. Keys are at IN_A, a counter at IN_B, data at BUFFER, results there or at OUT. Time depends on
// lengths only. Each function wipes what it computed with; the binding wipes what it put in and took out.

import * as aes from './aes'
import * as chacha from './chacha'
import * as sha1 from './sha1'
import { permute } from './keccak-permutation'

export const IN_A: usize = 4096
export const IN_B: usize = 4096 + 64
export const OUT: usize = 4096 + 128
/** Round keys of AES: as `aesExpand` writes them. */
export const SCHEDULE: usize = 4096 + 192
export const SCHEDULE_LENGTH: usize = aes.SCHEDULE_LENGTH
const ROOM: usize = SCHEDULE + SCHEDULE_LENGTH
const ROOM_LENGTH: usize = 256
export const BUFFER: usize = 8192
export const BUFFER_LENGTH: usize = 16384

export function memoryEnd(): usize { return BUFFER + BUFFER_LENGTH }

function wipe(): void { memory.fill(ROOM, 0, ROOM_LENGTH) }

/** SCHEDULE = the round keys of the AES-128 key at IN_A. */
export function aesExpand(): void {
  aes.expandKey(SCHEDULE, IN_A, ROOM)
  wipe()
}

/** The `length` bytes at BUFFER, encrypted or decrypted in place by AES-128-CTR with SCHEDULE and the counter at IN_B, which counts on. */
export function aesCounterMode(length: usize): void {
  aes.counterMode(BUFFER, length, SCHEDULE, IN_B, ROOM)
  wipe()
}

/** The `length` bytes at BUFFER, encrypted or decrypted in place by ChaCha20: key at IN_A, nonce 0, from block `counter` on. */
export function chacha20(length: usize, counter: u32): void {
  chacha.chacha20(BUFFER, length, IN_A, counter, ROOM)
  wipe()
}

// SHA-1's state is at IN_A, 20 bytes; for HMAC there are two, the outer one behind the inner one.

/** The state before the first block. */
export function sha1Start(): void { sha1.start(IN_A) }

/** Takes in the `length` bytes at BUFFER, a multiple of 64. */
export function sha1Blocks(length: usize): void { sha1.blocks(IN_A, BUFFER, length) }

/** OUT = the hash, after the last `length` bytes at BUFFER; `before` bytes were taken in before them. */
export function sha1Finish(length: usize, before: usize): void {
  sha1.finish(OUT, IN_A, BUFFER, length, before, ROOM)
  wipe()
}

/** The two states of the key of up to 64 bytes at BUFFER, which is overwritten. */
export function hmacKey(): void { sha1.keyStates(IN_A, IN_A + 20, BUFFER) }

/** OUT = the MAC, after the last `length` bytes at BUFFER; `before` bytes were taken in before them. */
export function hmacFinish(length: usize, before: usize): void {
  sha1.mac(OUT, IN_A, IN_A + 20, BUFFER, length, before, ROOM)
  wipe()
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
