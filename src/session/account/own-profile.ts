import { generateEd448KeyPair, generateForgingPoint, ed448KeyPair, type DsaPrivateKey, type Ed448KeyPair, type RandomSource } from '../../crypto/index.js'
import { CLIENT_PROFILE_LIFETIME, CLIENT_PROFILE_RENEWAL, createClientProfile, lifetimeFault } from '../../v4/index.js'
import type { ClientProfile } from '../../wire/index.js'
import type { Account, AccountSecrets, Ed448Keys, V4Identity } from './account.js'

/** Options of `makeV4Identity`. */
export interface NewV4Identity {
  /** The instance tag of this device. */
  readonly instanceTag: number
  /** The account's version 3 key, if it has one: the profile then says "34" and contains the transitional signature. */
  readonly dsa?: DsaPrivateKey
  /** Seconds since 1970. */
  readonly now: number
  /** When the Client Profile expires, seconds; default a week from now. */
  readonly expiration?: number
}

/**
 * Generates long-term keys.
 *
 * @param forging - `discard`: the secret of the forging key is never made, so nobody can be forced to hand it over; `keep`: it is in the result
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export function generateEd448Keys(random: RandomSource, forging: 'discard' | 'keep' = 'discard'): Ed448Keys {
  const { symmetricKey } = generateEd448KeyPair(random)
  if (forging === 'discard') return { symmetricKey, forgingKey: generateForgingPoint(random) }
  const pair = generateEd448KeyPair(random)
  return { symmetricKey, forgingKey: pair.publicKey, forgingSecret: pair.symmetricKey }
}

/**
 * Makes the identity of these keys, with a new Client Profile.
 *
 * @throws OtrError `OTR_PROFILE`, as `createClientProfile`; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Creating a Client Profile"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#creating-a-client-profile)
 */
export function makeV4Identity({ symmetricKey, forgingKey }: Ed448Keys, options: NewV4Identity, random: RandomSource): V4Identity {
  const identity = ed448KeyPair(symmetricKey)
  return { identity, forgingKey, clientProfile: newProfile(identity, forgingKey, options, random) }
}

/** Makes the account of these secrets, with the given Client Profile, or with a new one if it is `undefined`. */
export function restoreAccount(
  address: string, { dsa, ed448, instanceTag }: AccountSecrets, clientProfile: ClientProfile | undefined, now: number, random: RandomSource,
): Account {
  const account = { address, instanceTag, ...(dsa !== undefined && { v3: { dsa } }) }
  if (ed448 === undefined) return account
  if (clientProfile === undefined) return { ...account, v4: makeV4Identity(ed448, { instanceTag, now, ...(dsa !== undefined && { dsa }) }, random) }
  return { ...account, v4: { identity: ed448KeyPair(ed448.symmetricKey), forgingKey: ed448.forgingKey, clientProfile } }
}

/** When the Client Profile of an account was made, computed from its expiration. Seconds; `undefined` for an account without version 4. */
export function profileMade({ v4 }: Account): number | undefined {
  return v4 === undefined ? undefined : v4.clientProfile.expiration - CLIENT_PROFILE_LIFETIME
}

/** When to renew the Client Profile of an account: a day before it expires. Seconds. `sure`: as in `renewProfile`. */
export function profileRenewal({ v4 }: Account, sure: number): number | undefined {
  return v4 === undefined ? undefined : renewalOf(v4.clientProfile.expiration, CLIENT_PROFILE_RENEWAL, sure)
}

/**
 * When to renew a profile that expires at `expiration`: `before` seconds earlier. At once if it lasts longer than others accept, because
 * a clock that was far ahead made it. Seconds.
 */
export function renewalOf(expiration: number, before: number, sure: number): number {
  return lastsTooLong(expiration, sure) ? sure : expiration - before
}

function lastsTooLong(expiration: number, sure: number): boolean {
  return Number.isFinite(sure) && lifetimeFault(expiration, sure) === 'lifetime'
}

/**
 * The time to renew a profile with, if it is due now; otherwise `undefined`. A single clock reading far ahead must not make a profile that
 * lasts for years: later than a week after `expiration`, only a time that we are sure of counts.
 */
export function timeOfRenewal(expiration: number, before: number, now: number, sure: number): number | undefined {
  if (lastsTooLong(expiration, sure)) return sure
  const due = expiration - before
  if (now >= due && now <= expiration + RENEWED_AT_ONCE) return now
  return sure >= due ? sure : undefined
}

/** How long after a profile's expiration a single clock reading is enough, seconds: one week. */
const RENEWED_AT_ONCE = 604_800

/**
 * Returns the account with a new Client Profile if the old one is about to expire; otherwise the same object. `now`: the clock reading;
 * `sure`: the time that we are sure of (`SteadyTime`). Seconds.
 */
export function renewProfile(account: Account, now: number, sure: number, random: RandomSource): Account {
  if (account.v4 === undefined) return account
  const { identity, forgingKey, clientProfile: { expiration } } = account.v4
  const time = timeOfRenewal(expiration, CLIENT_PROFILE_RENEWAL, now, sure)
  if (time === undefined) return account
  const options = { instanceTag: account.instanceTag, now: time, ...(account.v3 !== undefined && { dsa: account.v3.dsa }) }
  return { ...account, v4: { identity, forgingKey, clientProfile: newProfile(identity, forgingKey, options, random) } }
}

function newProfile(
  identity: Ed448KeyPair, forgingKey: Uint8Array, { instanceTag, dsa, now, expiration }: NewV4Identity, random: RandomSource,
): ClientProfile {
  return createClientProfile({
    instanceTag,
    identity,
    forgingKey,
    versions: dsa === undefined ? '4' : '34',
    expiration: expiration ?? now + CLIENT_PROFILE_LIFETIME,
    ...(dsa !== undefined && { dsa }),
  }, random)
}
