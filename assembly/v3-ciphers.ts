// The module `v3-ciphers`: AES-128-CTR, SHA-1 and HMAC-SHA-1, for messages of version 3. Keys are at IN_A, a counter at IN_B, data at BUFFER, results there or at OUT. Time depends on
// lengths only. Each function wipes what it computed with; the binding wipes arguments and results.

import * as aes from './aes'
import * as sha1 from './sha1'

export const IN_A: usize = 4096
export const IN_B: usize = 4096 + 64
export const OUT: usize = 4096 + 128
/** The round keys of AES, as `aesExpand` writes them. */
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

/** Encrypts or decrypts the `length` bytes at BUFFER in place by AES-128-CTR with SCHEDULE and the counter at IN_B, which counts up. */
export function aesCounterMode(length: usize): void {
  aes.counterMode(BUFFER, length, SCHEDULE, IN_B, ROOM)
  wipe()
}

// SHA-1's state is at IN_A, 20 bytes. For HMAC there are two: the inner one, then the outer one.

/** Sets the state before the first block. */
export function sha1Start(): void { sha1.start(IN_A) }

/** Processes the `length` bytes at BUFFER, a multiple of 64. */
export function sha1Blocks(length: usize): void { sha1.blocks(IN_A, BUFFER, length) }

/** OUT = the hash, after the last `length` bytes at BUFFER; `before` bytes were processed before them. */
export function sha1Finish(length: usize, before: usize): void {
  sha1.finish(OUT, IN_A, BUFFER, length, before, ROOM)
  wipe()
}

/** Computes the two states of the key of up to 64 bytes at BUFFER. Overwrites the key. */
export function hmacKey(): void { sha1.keyStates(IN_A, IN_A + 20, BUFFER) }

/** OUT = the MAC, after the last `length` bytes at BUFFER; `before` bytes were processed before them. */
export function hmacFinish(length: usize, before: usize): void {
  sha1.mac(OUT, IN_A, IN_A + 20, BUFFER, length, before, ROOM)
  wipe()
}
