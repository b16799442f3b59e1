import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { isZero, wipe } from './compare.js'
import { copySecret, secretBytes, type Secret } from './secret.js'

/**
 * Where randomness comes from: returns exactly `length` new, uniformly distributed bytes, synchronously. A source that
 * fails must throw; the operation that called it then fails, with nothing sent and nothing stored.
 */
export type RandomSource = (length: number) => Uint8Array

/**
 * The platform's generator, `crypto.getRandomValues` of Node, Bun, Deno and browsers. It has no fallback. On a platform with another source,
 * pass that as `random`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` if the generator is missing, throws, or leaves the array unchanged
 */
export const systemRandom: RandomSource = (length) => {
  const bytes = secretBytes(length)
  try {
    // getRandomValues refuses more than 65,536 bytes a call.
    for (let at = 0; at < length; at += 65_536) fill(bytes.subarray(at, at + 65_536))
  } catch (error) {
    wipe(bytes)
    throw error instanceof OtrError ? error : failed('threw')
  }
  return bytes
}

function fill(bytes: Uint8Array): void {
  const { crypto } = globalThis as { readonly crypto?: { getRandomValues?: (bytes: Uint8Array) => unknown } }
  if (typeof crypto?.getRandomValues !== 'function') throw failed('is not there')
  crypto.getRandomValues(bytes)
  // By chance once in 2^128 at least.
  if (bytes.length >= 16 && isZero(bytes)) throw failed('gave nothing but zeros')
}

function failed(what: string): OtrError {
  return new OtrError('OTR_RANDOM_FAILED', `crypto.getRandomValues ${what}: run this where the platform has a sound one, or give another source as \`random\``)
}

/**
 * Draws `length` bytes. All code of this library draws through this function, never from the source itself.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` if the source throws or returns anything but `length` bytes
 */
export function randomBytes(random: RandomSource, length: number): Uint8Array {
  let bytes: unknown
  try {
    bytes = random(length)
  } catch (error) {
    if (error instanceof OtrError && error.code === 'OTR_RANDOM_FAILED') throw error
    throw new OtrError('OTR_RANDOM_FAILED', 'the random source threw')
  }
  if (!(bytes instanceof Uint8Array) || bytes.length !== length) {
    throw new OtrError('OTR_RANDOM_FAILED', `the random source did not return ${length} bytes`)
  }
  wipeWatch?.filled(bytes)
  if (Object.getPrototypeOf(bytes) === Uint8Array.prototype) return bytes
  // A Buffer's `slice` is a view, so wiping the one would wipe the other.
  const plain = copySecret(bytes)
  wipe(bytes)
  return plain
}

/** As `randomBytes`, but returns an array to which nobody else refers, and overwrites the source's array. For secrets that are kept and wiped. */
export function randomCopy(random: RandomSource, length: number): Secret {
  const drawn = randomBytes(random, length)
  const copy = copySecret(drawn)
  wipe(drawn)
  return copy
}
