import {
  dsaSign, dsaVerify, ed448Fingerprint, eddsaSign, eddsaVerify, isValidEcdh, validateDsaPublicKey,
  type DsaPrivateKey, type DsaPublicKey, type Ed448KeyPair, type RandomSource,
} from '../crypto/index.js'
import { OtrError } from '../errors.js'
import {
  DSA_SIGNATURE_LENGTH, encodeClientProfile, encodeClientProfileFields, isInstanceTag, makeClientProfile, transitionalSignedBytes,
  type ClientProfile, type ClientProfileContents,
} from '../wire/index.js'
import { lifetimeFault, type LifetimeFault } from './profile-lifetime.js'

/** How long a new Client Profile is valid, seconds: one week. */
export const CLIENT_PROFILE_LIFETIME = 604_800
/** How long before its end a profile is renewed, seconds: one day. */
export const CLIENT_PROFILE_RENEWAL = 86_400
/** How long after its end our own published profile is still used locally, seconds: one day. */
export const CLIENT_PROFILE_GRACE = 86_400

declare const verified: unique symbol

/** A Client Profile whose signatures, dates and keys were verified: only `verifyClientProfile` makes one. */
export interface VerifiedClientProfile {
  /** Marks a profile whose signature was checked: only `verifyClientProfile` makes one. */
  readonly [verified]?: never
  /** The profile itself. */
  readonly profile: ClientProfile
  /** The bytes of the whole profile, as both DAKEs hash them. */
  readonly bytes: Uint8Array
  /** 56 bytes. */
  readonly fingerprint: Uint8Array
  /** The OTRv3 key that the profile names as its owner's. Nothing more than a claim: see `verifyClientProfile`. */
  readonly dsaPublicKey?: DsaPublicKey
}

/** What goes into a new Client Profile. */
export interface NewClientProfile {
  /** The instance tag that it is for. */
  readonly instanceTag: number
  /** The long-term key that signs it. Secret. */
  readonly identity: Ed448KeyPair
  /** F, a point of 57 bytes. */
  readonly forgingKey: Uint8Array
  /** One character a version: "4", "34" or "43". */
  readonly versions: string
  /** Seconds since 1970. */
  readonly expiration: number
  /** The OTRv3 key, which signs the profile too. Must be there when `versions` has "3", and is left out otherwise. */
  readonly dsa?: DsaPrivateKey
}

/**
 * Makes and signs a Client Profile. Its fields are in ascending order.
 *
 * @throws OtrError `OTR_PROFILE` for other versions than "4" alone or with "3", for "3" without an OTRv3 key, and for one whose
 *   signatures have another length than 40 bytes; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Creating a Client Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#creating-a-client-profile)
 */
export function createClientProfile(input: NewClientProfile, random: RandomSource): ClientProfile {
  if (!acceptableVersions(input.versions)) throw new OtrError('OTR_PROFILE', 'a Client Profile has version 4, perhaps 3, and nothing else')
  const dsa = input.versions.includes('3') ? input.dsa : undefined
  if (dsa === undefined && input.versions.includes('3')) throw new OtrError('OTR_PROFILE', 'a Client Profile with version 3 needs an OTRv3 key')
  let contents: ClientProfileContents = {
    instanceTag: input.instanceTag,
    publicKey: input.identity.publicKey,
    forgingKey: input.forgingKey,
    versions: input.versions,
    expiration: Math.floor(input.expiration),
  }
  if (dsa !== undefined) {
    const { p, q, g, y } = dsa
    contents = { ...contents, dsaPublicKey: { p, q, g, y } }
    // The fields are the number that DSA signs, as they are: no hash before it (spec/decisions.md, 9).
    const transitionalSignature = dsaSign(dsa, encodeClientProfileFields(contents), random)
    if (transitionalSignature.length !== DSA_SIGNATURE_LENGTH) {
      throw new OtrError('OTR_PROFILE', 'a Client Profile takes an OTRv3 key whose q has 160 bits')
    }
    contents = { ...contents, transitionalSignature }
  }
  return makeClientProfile(contents, eddsaSign(input.identity.symmetricKey, encodeClientProfileFields(contents)))
}

/** Why a profile was refused. Stable; for the detail of a notice. */
export type ProfileFault =
  | 'signature' | 'instance tag' | LifetimeFault | 'versions' | 'public key' | 'forging key' | 'transitional signature'

/** What a profile is held against. */
export interface ProfileExpectation {
  /** The sender's instance tag of the message that the profile came in. */
  readonly senderTag: number
  /** Seconds since 1970. */
  readonly now: number
  /** Seconds after its end during which the profile still passes: `CLIENT_PROFILE_GRACE` for our own published one, else 0. */
  readonly grace?: number
}

/**
 * Checks a Client Profile in the draft's order: signature, instance tag, expiration, versions, both keys, and the transitional
 * signature. The DSA key and that signature come together or not at all; if version 3 is among the versions, they are required.
 *
 * The transitional signature is checked because the draft has it, and **conveys no trust**: it is over a remainder of the profile's bytes,
 * not over their hash, so it does not bind the profile to the DSA key (spec/decisions.md, 9; docs/advisories/transitional-signature.md).
 *
 * @see [OTRv4, "Validating a Client Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#validating-a-client-profile)
 */
export function verifyClientProfile(
  profile: ClientProfile, { senderTag, now, grace = 0 }: ProfileExpectation,
): { readonly profile: VerifiedClientProfile } | { readonly fault: ProfileFault } {
  if (!eddsaVerify(profile.publicKey, profile.signedBytes, profile.signature)) return { fault: 'signature' }
  if (profile.instanceTag !== senderTag || !isInstanceTag(senderTag)) return { fault: 'instance tag' }
  const ends = lifetimeFault(profile.expiration, now, grace)
  if (ends !== undefined) return { fault: ends }
  if (!acceptableVersions(profile.versions)) return { fault: 'versions' }
  if (!isValidEcdh(profile.publicKey)) return { fault: 'public key' }
  if (!isValidEcdh(profile.forgingKey)) return { fault: 'forging key' }
  const transition = verifyTransition(profile)
  if (transition === 'wrong') return { fault: 'transitional signature' }
  return {
    profile: {
      profile,
      bytes: encodeClientProfile(profile),
      fingerprint: ed448Fingerprint(profile.publicKey, profile.forgingKey),
      ...(transition !== 'absent' && { dsaPublicKey: transition }),
    },
  }
}

/** 4 must be there, 1 and 2 must not, and nobody sends anything but digits of versions that exist, in either order (otrr: "43"). */
const acceptable: readonly string[] = ['4', '34', '43']

function acceptableVersions(versions: string): boolean {
  return acceptable.includes(versions)
}

function verifyTransition({ dsaPublicKey, transitionalSignature, ...rest }: ClientProfile): DsaPublicKey | 'absent' | 'wrong' {
  if (dsaPublicKey === undefined && transitionalSignature === undefined) return rest.versions.includes('3') ? 'wrong' : 'absent'
  if (dsaPublicKey === undefined || transitionalSignature === undefined) return 'wrong'
  try {
    validateDsaPublicKey(dsaPublicKey)
  } catch (error) {
    if (error instanceof OtrError) return 'wrong'
    throw error
  }
  const signed = transitionalSignedBytes({ ...rest, dsaPublicKey, transitionalSignature })
  return dsaVerify(dsaPublicKey, signed, transitionalSignature) ? dsaPublicKey : 'wrong'
}
