import { generateDh3072, generateEcdh, isValidDh3072, isValidEcdh, randomBytes, type RandomSource } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { Reader, type PrekeyMessage } from '../wire/index.js'
import type { OwnPrekeyMessage } from './prekey-vault.js'

/** How long the private halves of a prekey message are kept when nobody answers it, seconds: 13 weeks. */
export const PREKEY_MESSAGE_LIFETIME = 7_862_400

/**
 * Makes a Prekey Message whose identifier is none of `taken`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function createPrekeyMessage(
  { instanceTag, taken, now }: { readonly instanceTag: number, readonly taken: ReadonlySet<number>, readonly now: number }, random: RandomSource,
): OwnPrekeyMessage {
  const identifier = freeIdentifier(taken, random)
  const y = generateEcdh(random)
  const b = generateDh3072(random)
  return { message: { kind: 'v4-prekey', identifier, instanceTag, y: y.publicKey, b: b.publicKey }, y, b, madeAt: now }
}

function freeIdentifier(taken: ReadonlySet<number>, random: RandomSource): number {
  // Among 2^32 a source that hits those that are taken ten times in a row is broken.
  for (let tries = 0; tries < 10; tries++) {
    const identifier = new Reader(randomBytes(random, 4)).int('Prekey Message Identifier')
    if (!taken.has(identifier)) return identifier
  }
  throw new OtrError('OTR_RANDOM_FAILED', 'the random source gives no new identifier')
}

/**
 * Checks the keys of a Prekey Message: Y is on the curve, and B is in the group. The decoder has checked the rest.
 *
 * @returns which key is wrong; `undefined` if none is
 * @see [OTRv4, "Prekey Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-message)
 */
export function prekeyMessageFault({ y, b }: PrekeyMessage): 'ECDH key' | 'DH key' | undefined {
  if (!isValidEcdh(y)) return 'ECDH key'
  if (!isValidDh3072(b)) return 'DH key'
  return undefined
}
