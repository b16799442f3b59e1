import { OtrError } from '../errors.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'

/** Half of all tries succeed: so many failures mean a source that repeats itself. */
const TRIES = 256

/**
 * A random point whose discrete logarithm nobody knows, for a forging key F without a secret: 57 bytes, a valid public key.
 * otrv4.md, "Public keys, Shared Prekeys, Forging keys and Fingerprints": random bytes are decoded until they are a point; its part of
 * small order is then removed by 4 * P. (To keep the secret of a forging key, make it with `generateEd448KeyPair`.) Fails with
 * `OTR_RANDOM_FAILED`.
 */
export function generateForgingPoint(random: RandomSource): Uint8Array {
  const { ed448 } = getArithmetic()
  for (let i = 0; i < TRIES; i++) {
    const bytes = randomBytes(random, 57).slice()
    // The last byte holds the sign of x alone.
    bytes[56] = (bytes[56] ?? 0) & 0x80
    let point: Uint8Array
    try {
      point = ed448.add(bytes, bytes)
    } catch (error) {
      if (error instanceof OtrError && error.code === 'OTR_POINT') continue
      throw error
    }
    point = ed448.add(point, point)
    if (!ed448.isIdentity(point)) return point
  }
  throw new OtrError('OTR_RANDOM_FAILED', `no point among ${TRIES} random values`)
}
