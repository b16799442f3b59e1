import { eddsaSign, eddsaVerify, isValidEcdh, type Ed448KeyPair } from '../crypto/index.js'
import { encodePrekeyProfileFields, type PrekeyProfile } from '../wire/index.js'
import { lifetimeFault, type LifetimeFault } from './profile-lifetime.js'

/** How long a new Prekey Profile is valid, seconds: one week. */
export const PREKEY_PROFILE_LIFETIME = 604_800
/** How long before its end it is renewed, seconds: one day. */
export const PREKEY_PROFILE_RENEWAL = 86_400
/** How long after its end what was sent by it can still be read, seconds: one day. */
export const PREKEY_PROFILE_GRACE = 86_400

/** What goes into a new Prekey Profile. */
export interface NewPrekeyProfile {
  /** That of the Client Profile. */
  readonly instanceTag: number
  /** H, which signs it. */
  readonly identity: Ed448KeyPair
  /** D: a point of 57 bytes. */
  readonly sharedPrekey: Uint8Array
  /** Seconds since 1970. */
  readonly expiration: number
}

/**
 * Makes and signs a Prekey Profile.
 *
 * @see [OTRv4, "Creating a Prekey Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#creating-a-prekey-profile)
 */
export function createPrekeyProfile({ instanceTag, identity, sharedPrekey, expiration }: NewPrekeyProfile): PrekeyProfile {
  const contents = { instanceTag, expiration: Math.floor(expiration), sharedPrekey }
  return { ...contents, signature: eddsaSign(identity.symmetricKey, encodePrekeyProfileFields(contents)) }
}

/** Why a Prekey Profile was refused. */
export type PrekeyProfileFault = 'signature' | 'instance tag' | LifetimeFault | 'shared prekey'

/** What a Prekey Profile is held against. */
export interface PrekeyProfileExpectation {
  /** H of the Client Profile that it came with: a point, 57 bytes. */
  readonly publicKey: Uint8Array
  /** The instance tag that it is for. */
  readonly instanceTag: number
  /** Seconds since 1970. */
  readonly now: number
  /** Seconds after its end during which it still passes: `PREKEY_PROFILE_GRACE` for our own, else 0. */
  readonly grace?: number
}

/**
 * Checks a Prekey Profile in the draft's order: signature, instance tag, expiration, shared prekey.
 *
 * @returns the first fault; `undefined` if there is none
 * @see [OTRv4, "Validating a Prekey Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#validating-a-prekey-profile)
 */
export function prekeyProfileFault(
  profile: PrekeyProfile, { publicKey, instanceTag, now, grace = 0 }: PrekeyProfileExpectation,
): PrekeyProfileFault | undefined {
  if (!eddsaVerify(publicKey, encodePrekeyProfileFields(profile), profile.signature)) return 'signature'
  if (profile.instanceTag !== instanceTag) return 'instance tag'
  const ends = lifetimeFault(profile.expiration, now, grace)
  if (ends !== undefined) return ends
  if (!isValidEcdh(profile.sharedPrekey)) return 'shared prekey'
  return undefined
}
