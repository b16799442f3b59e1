import { OtrError } from '../errors.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { copyPublic } from '../wire/public-bytes.js'

/** After this many failed tries we assume that the source repeats itself: half of all tries succeed. */
const TRIES = 256

/**
 * Makes a forging key F without a secret: a random point whose discrete logarithm nobody knows. 57 bytes, a valid public key. It decodes random
 * bytes until they are a point P, and returns 4 * P, which has no part of small order. If you want to keep the secret of a forging key, use
 * `generateEd448KeyPair`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export function generateForgingPoint(random: RandomSource): Uint8Array {
  const { ed448 } = getArithmetic()
  for (let i = 0; i < TRIES; i++) {
    const bytes = copyPublic(randomBytes(random, 57))
    // The last byte contains only the sign of x.
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
