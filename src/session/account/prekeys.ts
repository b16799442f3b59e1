import { equalBytes, generateEd448KeyPair, wipe, type Ed448KeyPair, type RandomSource } from '../../crypto/index.js'
import { copySecret } from '../../crypto/secret.js'
import { OtrError } from '../../errors.js'
import {
  CLIENT_PROFILE_GRACE, createPrekeyMessage, createPrekeyProfile, emptyVault, PREKEY_MESSAGE_LIFETIME, PREKEY_PROFILE_GRACE,
  PREKEY_PROFILE_LIFETIME, PREKEY_PROFILE_RENEWAL, type OwnPrekeyMessage, type OwnPrekeyProfile, type PrekeyVault,
} from '../../v4/index.js'
import type { ClientProfile, Ensemble, PrekeyMessage, PrekeyProfile } from '../../wire/index.js'
import type { Account } from './account.js'
import { limits } from '../budget/limits.js'
import { renewalOf, timeOfRenewal } from './own-profile.js'

export { emptyVault, type OwnPrekeyMessage, type OwnPrekeyProfile, type PrekeyVault }

/** What is published on a prekey server, with the secrets for the proofs that it is ours. */
export interface Publication {
  /** The account's Client Profile. */
  readonly clientProfile: ClientProfile
  /** The account's Prekey Profile. */
  readonly prekeyProfile: PrekeyProfile
  /** New prekey messages. */
  readonly messages: readonly PrekeyMessage[]
  /** For the proofs of the publication. These are copies: wipe them once the proofs are made. */
  readonly secrets: {
    /** Scalars of 57 bytes, little-endian, in the order of `messages`. */
    readonly y: readonly Uint8Array[]
    /** Exponents of 80 bytes, big-endian, in the order of `messages`. */
    readonly b: readonly Uint8Array[]
    /** The scalar of the shared prekey, 57 bytes, little-endian. */
    readonly d: Uint8Array
  }
}

/** The identity for a key exchange with a prekey server. The secrets are the account's own: do not wipe them. */
export interface PrekeyIdentity {
  /** The account's address. */
  readonly address: string
  /** The instance tag of this device. */
  readonly instanceTag: number
  /** The long-term key. Secret. */
  readonly identity: Ed448KeyPair
  /** The account's Client Profile. */
  readonly clientProfile: ClientProfile
}

/** The most prekey messages in one publication: their count is one byte on the wire. */
export const PUBLICATION_MESSAGES = 255

/** The version 4 identity of an account. @throws OtrError `OTR_POLICY` for an account without version 4 */
export function identityForPrekeys({ address, instanceTag, v4 }: Account): PrekeyIdentity {
  if (v4 === undefined) throw new OtrError('OTR_POLICY', 'this account does not speak version 4')
  return { address, instanceTag, identity: v4.identity, clientProfile: v4.clientProfile }
}

/**
 * Makes a Prekey Profile of an account, with its secret.
 *
 * @param now - seconds since 1970
 * @param expiration - seconds since 1970. Default: a week from now
 * @throws OtrError `OTR_POLICY` for an account without version 4; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Creating a Prekey Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#creating-a-prekey-profile)
 */
export function makePrekeyProfile(account: Account, now: number, random: RandomSource, expiration = now + PREKEY_PROFILE_LIFETIME): OwnPrekeyProfile {
  const { instanceTag, identity } = identityForPrekeys(account)
  const { symmetricKey, secretScalar, publicKey } = generateEd448KeyPair(random)
  wipe(symmetricKey)
  return { profile: createPrekeyProfile({ instanceTag, identity, sharedPrekey: publicKey, expiration }), secret: secretScalar }
}

/** The vault after a publication, and what the publication consists of. */
export interface Published {
  readonly vault: PrekeyVault
  readonly clientProfile: ClientProfile
  readonly profile: OwnPrekeyProfile
  readonly messages: readonly OwnPrekeyMessage[]
}

/**
 * Makes `count` new prekey messages, and a Prekey Profile if there is no valid one, and adds them to the vault.
 * @throws OtrError `OTR_ARGUMENT` for a count that is not a whole number from 0 to 255, `OTR_PREKEYS_FULL`, `OTR_POLICY`,
 *   `OTR_RANDOM_FAILED`; nothing is changed then
 */
export function publish(vault: PrekeyVault, account: Account, count: number, now: number, random: RandomSource): Published {
  if (!Number.isInteger(count) || count < 0 || count > PUBLICATION_MESSAGES) {
    throw new OtrError('OTR_ARGUMENT', `the number of prekey messages must be a whole number from 0 to ${PUBLICATION_MESSAGES}`)
  }
  if (vault.messages.length + count > limits.prekeys) throw new OtrError('OTR_PREKEYS_FULL', `at most ${limits.prekeys} unused prekey messages are kept`)
  const { instanceTag, clientProfile } = identityForPrekeys(account)
  const newest = vault.profiles.at(-1)
  const profile = newest !== undefined && newest.profile.expiration > now ? newest : makePrekeyProfile(account, now, random)
  const taken = new Set([...vault.messages.map(({ message }) => message.identifier), ...vault.used])
  const messages: OwnPrekeyMessage[] = []
  for (let n = 0; n < count; n++) {
    const made = createPrekeyMessage({ instanceTag, taken, now }, random)
    taken.add(made.message.identifier)
    messages.push(made)
  }
  const isKept = vault.clientProfiles.some(({ signature }) => equalBytes(signature, clientProfile.signature))
  return {
    vault: {
      clientProfiles: isKept ? vault.clientProfiles : [...vault.clientProfiles, clientProfile],
      profiles: profile === newest ? vault.profiles : [...vault.profiles, profile],
      messages: [...vault.messages, ...messages],
      used: vault.used,
    },
    clientProfile,
    profile,
    messages,
  }
}

/** The publication as ensembles: what a server would hand out. */
export function ensemblesOf({ clientProfile, profile, messages }: Published): Ensemble[] {
  return messages.map(({ message }) => ({ clientProfile, prekeyProfile: profile.profile, prekeyMessage: message }))
}

/** The publication with copies of the secrets that the proofs need. */
export function publicationOf({ clientProfile, profile, messages }: Published): Publication {
  return {
    clientProfile,
    prekeyProfile: profile.profile,
    messages: messages.map(({ message }) => message),
    secrets: { y: messages.map(({ y }) => copySecret(y.privateKey)), b: messages.map(({ b }) => copySecret(b.privateKey)), d: copySecret(profile.secret) },
  }
}

/**
 * Removes the prekey message that a received message has used: its private halves are overwritten, and its identifier is remembered. The
 * old vault must not be used afterwards.
 */
export function usePrekey(vault: PrekeyVault, identifier: number): PrekeyVault {
  const spent = vault.messages.find(({ message }) => message.identifier === identifier)
  if (spent === undefined) throw new OtrError('OTR_INTERNAL', 'a prekey message was used that does not exist')
  wipe(spent.y.privateKey, spent.b.privateKey)
  return {
    ...vault,
    messages: vault.messages.filter((one) => one !== spent),
    used: [...vault.used, identifier].slice(-limits.usedPrekeys),
  }
}

/** Overwrites all private halves: the vault must not be used afterwards. */
export function wipePrekeys({ profiles, messages }: PrekeyVault): void {
  for (const { secret } of profiles) wipe(secret)
  for (const { y, b } of messages) wipe(y.privateKey, b.privateKey)
}

/** When something in the vault is due, seconds; `undefined` for never. `sure`: as in `renewPrekeyProfile`. */
export function prekeyTimer({ clientProfiles, profiles, messages }: PrekeyVault, sure: number): number | undefined {
  const newest = profiles.at(-1)
  const times = [
    ...newest === undefined || clientProfiles.length === 0 ? [] : [renewalOf(newest.profile.expiration, PREKEY_PROFILE_RENEWAL, sure)],
    ...profiles.map(({ profile }) => profile.expiration + PREKEY_PROFILE_GRACE),
    ...clientProfiles.map(({ expiration }) => expiration + CLIENT_PROFILE_GRACE),
    ...messages.slice(0, 1).map(({ madeAt }) => madeAt + PREKEY_MESSAGE_LIFETIME),
  ]
  return times.length === 0 ? undefined : Math.min(...times)
}

/**
 * Wipes and removes what has expired: profiles after their day of grace, and prekey messages that nobody used. Returns the same object if
 * nothing has expired; otherwise the old vault must not be used afterwards. This cannot be undone, so it needs a time that we are sure of
 * (`SteadyTime`).
 */
export function expirePrekeys(vault: PrekeyVault, sure: number): PrekeyVault {
  const profiles = vault.profiles.filter(({ profile }) => profile.expiration + PREKEY_PROFILE_GRACE > sure)
  const clientProfiles = vault.clientProfiles.filter(({ expiration }) => expiration + CLIENT_PROFILE_GRACE > sure)
  const messages = vault.messages.filter(({ madeAt }) => madeAt + PREKEY_MESSAGE_LIFETIME > sure)
  const isSame = profiles.length === vault.profiles.length && clientProfiles.length === vault.clientProfiles.length &&
    messages.length === vault.messages.length
  if (isSame) return vault
  for (const gone of vault.profiles) if (!profiles.includes(gone)) wipe(gone.secret)
  for (const gone of vault.messages) if (!messages.includes(gone)) wipe(gone.y.privateKey, gone.b.privateKey)
  return { profiles, clientProfiles, messages, used: vault.used }
}

/**
 * Returns the vault with a new Prekey Profile if the newest is about to expire; otherwise, or if nothing was published, the same object.
 * `now` and `sure` as in `renewProfile`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function renewPrekeyProfile(vault: PrekeyVault, account: Account, now: number, sure: number, random: RandomSource): PrekeyVault {
  const newest = vault.profiles.at(-1)
  if (newest === undefined || vault.clientProfiles.length === 0) return vault
  const time = timeOfRenewal(newest.profile.expiration, PREKEY_PROFILE_RENEWAL, now, sure)
  return time === undefined ? vault : { ...vault, profiles: [...vault.profiles, makePrekeyProfile(account, time, random)] }
}
