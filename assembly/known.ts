// Remembers the public points that were last found valid: a key exchange checks each of its points several times, and a ratchet multiplies the
// other side's key twice, once as it arrives and once to answer. Only public data is kept: encodings, and tables of their multiples.

import { KNOWN, KNOWN_END, KNOWN_SIZE } from './memory'

// The state of a slot, at its byte 60.
const GOOD: u32 = 1
const WITH_TABLE: u32 = 2

let oldest = KNOWN

/** The slot of a point, 0 if there is none. Always looks at all slots, because the point may be secret. */
export function find(at: usize): usize {
  let found: usize = 0
  for (let slot = KNOWN; slot < KNOWN_END; slot += KNOWN_SIZE) {
    let difference = <u64>(load<u8>(slot, 56) ^ load<u8>(at, 56)) | <u64>(load<u32>(slot, 60) == 0)
    for (let i: usize = 0; i < 56; i += 8) difference |= load<u64>(slot + i) ^ load<u64>(at + i)
    found |= slot & (<usize>(difference != 0) - 1)
  }
  return found
}

/** Remembers a point. It replaces the one that was remembered first. */
export function keep(at: usize): void {
  memory.copy(oldest, at, 57)
  store<u32>(oldest, GOOD, 60)
  oldest += KNOWN_SIZE
  if (oldest == KNOWN_END) oldest = KNOWN
}

/** The address of a slot's table, which may not be built yet. */
@inline export function table(slot: usize): usize { return slot + 64 }

export function hasTable(slot: usize): bool { return load<u32>(slot, 60) == WITH_TABLE }

export function keepTable(slot: usize): void { store<u32>(slot, WITH_TABLE, 60) }
