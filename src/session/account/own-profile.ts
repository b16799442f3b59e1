import { generateEd448KeyPair, generateForgingPoint, ed448KeyPair, type DsaPrivateKey, type Ed448KeyPair, type RandomSource } from '../../crypto/index.js'
import { CLIENT_PROFILE_LIFETIME, CLIENT_PROFILE_RENEWAL, createClientProfile, lifetimeFault } from '../../v4/index.js'
import type { ClientProfile } from '../../wire/index.js'
import type { Account, AccountSecrets, Ed448Keys, V4Identity } from './account.js'

/** What `makeV4Identity` needs to know. */
export interface NewV4Identity {
  /** The instance tag of this device. */
  readonly instanceTag: number
  /** The account's version 3 key, where it has one: the profile then says "34" and carries the transitional signature. */
  readonly dsa?: DsaPrivateKey
  /** Seconds since 1970. */
  readonly now: number
  /** When the Client Profile ends; default a week from now. */
  readonly expiration?: number
}

/**
 * Fresh long-term keys. With `discard`, the default, a secret of the forging key is never made: nobody can be forced to hand it over.
 * Fails with `OTR_RANDOM_FAILED`.
 */
export function generateEd448Keys(random: RandomSource, forging: 'discard' | 'keep' = 'discard'): Ed448Keys {
  const { symmetricKey } = generateEd448KeyPair(random)
  if (forging === 'discard') return { symmetricKey, forgingKey: generateForgingPoint(random) }
  const pair = generateEd448KeyPair(random)
  return { symmetricKey, forgingKey: pair.publicKey, forgingSecret: pair.symmetricKey }
}

/** The identity of these keys, with a new Client Profile. */
export function makeV4Identity({ symmetricKey, forgingKey }: Ed448Keys, options: NewV4Identity, random: RandomSource): V4Identity {
  const identity = ed448KeyPair(symmetricKey)
  return { identity, forgingKey, clientProfile: newProfile(identity, forgingKey, options, random) }
}

/** The account of these secrets, with the Client Profile that it had; a new one where there is none. */
export function restoreAccount(
  address: string, { dsa, ed448, instanceTag }: AccountSecrets, clientProfile: ClientProfile | undefined, now: number, random: RandomSource,
): Account {
  const account = { address, instanceTag, ...(dsa !== undefined && { v3: { dsa } }) }
  if (ed448 === undefined) return account
  if (clientProfile === undefined) return { ...account, v4: makeV4Identity(ed448, { instanceTag, now, ...(dsa !== undefined && { dsa }) }, random) }
  return { ...account, v4: { identity: ed448KeyPair(ed448.symmetricKey), forgingKey: ed448.forgingKey, clientProfile } }
}

/** When the Client Profile of an account was made, as far as it tells. Seconds; `undefined` for an account without version 4. */
export function profileMade({ v4 }: Account): number | undefined {
  return v4 === undefined ? undefined : v4.clientProfile.expiration - CLIENT_PROFILE_LIFETIME
}

/** When the Client Profile of an account is to be renewed, seconds: a day before its end. `sure`: as in `renewProfile`. */
export function profileRenewal({ v4 }: Account, sure: number): number | undefined {
  return v4 === undefined ? undefined : renewalOf(v4.clientProfile.expiration, CLIENT_PROFILE_RENEWAL, sure)
}

/**
 * When a profile that ends then is to be renewed, seconds; at once where it lasts longer than others accept, as one that was made by a
 * clock far ahead does.
 */
export function renewalOf(expiration: number, before: number, sure: number): number {
  return lastsTooLong(expiration, sure) ? sure : expiration - before
}

function lastsTooLong(expiration: number, sure: number): boolean {
  return Number.isFinite(sure) && lifetimeFault(expiration, sure) === 'lifetime'
}

/**
 * At which time a profile that ends at `expiration` is renewed, if it is to be renewed now; else `undefined`. A clock that is far ahead
 * for one look must not make a profile that lasts for years: later than a week after the end only a time counts that we are sure of.
 */
export function timeOfRenewal(expiration: number, before: number, now: number, sure: number): number | undefined {
  if (lastsTooLong(expiration, sure)) return sure
  const due = expiration - before
  if (now >= due && now <= expiration + RENEWED_AT_ONCE) return now
  return sure >= due ? sure : undefined
}

/** How long after the end of a profile one look at the clock is enough, seconds: one week. */
const RENEWED_AT_ONCE = 604_800

/**
 * The account with a new Client Profile where the old one is about to end; else the very same object. `now`: what the clock says; `sure`:
 * the time that we are sure of (`SteadyTime`). Seconds.
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
