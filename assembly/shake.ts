// SHAKE-256 (FIPS 202): rate 136 bytes, suffix 1111.

import { BUFFER } from './memory'
import { permute } from './keccak-permutation'

const RATE: usize = 136
// Its own state, apart from the scratch of the other functions: a long input comes in several calls.
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
