import { wipe } from '../crypto/compare.js'
import { generateDh1536, type Dh1536KeyPair } from '../crypto/dh1536.js'
import type { RandomSource } from '../crypto/random.js'
import { OtrError } from '../errors.js'
import { answeredExchange, ownExchange } from './ake-state.js'
import { isKnownKey, type V3ReadingKeys } from './key-management.js'
import type { V3Session } from './session.js'
import type { SecretPair } from '../crypto/secret.js'

/**
 * Generates a key pair of ours. If the random source repeats itself, we would encrypt two texts with the same key and counter, so a known key
 * is refused.
 *
 * @param known - public keys that it must differ from: ours, and theirs
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function newKeyPair(random: RandomSource, known: readonly (Uint8Array | undefined)[]): SecretPair<Dh1536KeyPair> {
  const pair = generateDh1536(random)
  if (!isKnownKey(pair.publicKey, known)) return pair
  wipe(pair.privateKey)
  throw new OtrError('OTR_RANDOM_FAILED', 'the random source gave a private key for the second time')
}

/** Returns our public keys in a session, in its side sessions, and in its key exchanges under way. */
export function ownPublicKeys(session: V3Session): readonly Uint8Array[] {
  const { ake, side } = session
  const running = session.state === 'encrypted' ? publicKeysOf(session.keys) : []
  const exchanges = [ake.kind === 'none' ? undefined : ake, answeredExchange(ake), ownExchange(ake)]
  return [...running, ...side.flatMap(({ keys }) => publicKeysOf(keys)), ...exchanges.flatMap((one) => one === undefined ? [] : [one.ours.publicKey])]
}

function publicKeysOf({ ours, oursPrevious }: V3ReadingKeys): Uint8Array[] {
  return [ours.publicKey, oursPrevious.publicKey]
}
