import { OtrError } from '../errors.js'
import { wipe } from './compare.js'

/**
 * Where randomness comes from: returns exactly `length` fresh, uniformly distributed bytes. Synchronous. A source that cannot
 * deliver must throw; the operation that asked then fails, with nothing sent and nothing stored.
 */
export type RandomSource = (length: number) => Uint8Array

/** The platform's generator, `crypto.getRandomValues`: Node and browsers. */
export const systemRandom: RandomSource = (length) => {
  const bytes = new Uint8Array(length)
  // getRandomValues refuses more than 65,536 bytes a call.
  for (let at = 0; at < length; at += 65_536) globalThis.crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

/**
 * Draws `length` bytes and fails closed: a source that throws, or returns anything but `length` bytes, gives
 * `OTR_RANDOM_FAILED`. All code of this library draws through here, never from the source itself.
 */
export function randomBytes(random: RandomSource, length: number): Uint8Array {
  let bytes: unknown
  try {
    bytes = random(length)
  } catch {
    throw new OtrError('OTR_RANDOM_FAILED', 'the random source threw')
  }
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new OtrError('OTR_RANDOM_FAILED', `the random source did not return ${length} bytes`)
  }
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes
  // A Buffer of Node's, whose `slice` is a view: what is made of it would be wiped with it.
  const plain = new Uint8Array(bytes)
  wipe(bytes)
  return plain
}

/** As `randomBytes`, in an array that nobody else has: what the source gave is overwritten. For secrets that are kept and wiped. */
export function randomCopy(random: RandomSource, length: number): Uint8Array {
  const drawn = randomBytes(random, length)
  const copy = drawn.slice()
  wipe(drawn)
  return copy
}
