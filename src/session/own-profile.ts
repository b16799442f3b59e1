import { generateEd448KeyPair, generateForgingPoint, ed448KeyPair, type DsaPrivateKey, type Ed448KeyPair, type RandomSource } from '../crypto/index.js'
import { CLIENT_PROFILE_LIFETIME, CLIENT_PROFILE_RENEWAL, createClientProfile } from '../v4/index.js'
import type { ClientProfile } from '../wire/index.js'
import type { Account, AccountSecrets, Ed448Keys, V4Identity } from './account.js'

/** What `makeV4Identity` needs to know. */
export interface NewV4Identity {
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

/** When the Client Profile of an account is to be renewed, seconds: a day before its end. */
export function profileRenewal({ v4 }: Account): number | undefined {
  return v4 === undefined ? undefined : v4.clientProfile.expiration - CLIENT_PROFILE_RENEWAL
}

/** The account with a new Client Profile where the old one is about to end; else the very same object. */
export function renewProfile(account: Account, now: number, random: RandomSource): Account {
  const due = profileRenewal(account)
  if (account.v4 === undefined || due === undefined || now < due) return account
  const { identity, forgingKey } = account.v4
  const options = { instanceTag: account.instanceTag, now, ...(account.v3 !== undefined && { dsa: account.v3.dsa }) }
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
