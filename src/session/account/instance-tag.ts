import { randomBytes, type RandomSource } from '../../crypto/index.js'
import { OtrError } from '../../errors.js'
import { isInstanceTag, Reader } from '../../wire/index.js'

/**
 * Draws a random instance tag: 0x100 to 0xFFFFFFFF.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Instance Tags"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#instance-tags)
 */
export function generateInstanceTag(random: RandomSource): number {
  // One draw in 2^24 is out of range; a source that gives ten of them in a row is broken.
  for (let tries = 0; tries < 10; tries++) {
    const tag = new Reader(randomBytes(random, 4)).int('instance tag')
    if (isInstanceTag(tag)) return tag
  }
  throw new OtrError('OTR_RANDOM_FAILED', 'the random source gives no valid instance tag')
}
