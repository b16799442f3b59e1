import { createHash } from 'node:crypto'
import type { RandomSource } from '../../src/crypto/random.js'

/** A random source that gives the same bytes for the same seed; every call returns a new array. */
export function seededRandom(seed: string | number): RandomSource {
  let calls = 0
  return (length) => {
    const hash = createHash('shake256', { outputLength: length })
    return new Uint8Array(hash.update(`${seed}/${calls++}`).digest())
  }
}
