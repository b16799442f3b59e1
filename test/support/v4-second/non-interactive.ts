import { concat, mpi, toBigEndian, uint } from './bytes.js'
import { account, checkProfile, ringVerify, ssidOf, type Accounts } from './dake.js'
import { isValidDh } from './dh.js'
import { decode, eddsaVerify } from './ed448.js'
import { id, kdf } from './kdf.js'
import type { Ensemble, NonInteractiveAuth } from './messages.js'
import type { Secrets } from './ratchet.js'

/** "Validating Prekey Ensembles". @throws Error with what is wrong */
export function checkEnsemble({ profile, prekeyProfile, prekey }: Ensemble, now: number): void {
  checkProfile(profile, prekey.instanceTag, now)
  if (!eddsaVerify(profile.publicKey, prekeyProfile.signed, prekeyProfile.signature)) throw new Error('prekey profile signature')
  if (prekeyProfile.instanceTag !== prekey.instanceTag) throw new Error('prekey profile instance tag')
  if (prekeyProfile.expiration <= BigInt(now)) throw new Error('prekey profile expired')
  decode(prekeyProfile.D)
  decode(prekey.Y)
  if (!isValidDh(prekey.B)) throw new Error('B')
}

/** The keys in a Non-Interactive-Auth message. @throws Error */
export function checkAuth(message: NonInteractiveAuth, now: number): void {
  checkProfile(message.profile, message.senderTag, now)
  decode(message.X)
  decode(message.firstEcdh)
  if (!isValidDh(message.A) || !isValidDh(message.firstDh)) throw new Error('DH key')
}

/**
 * t = HWC(bob's profile) || HWC(alice's profile) || Y || X || B || A || their_shared_prekey || HWC(phi), with phi as Alice sees it: Y and B
 * take the place of first keys, which Bob does not have.
 */
export function transcript({ profile, prekeyProfile, prekey }: Ensemble, message: NonInteractiveAuth, accounts: Accounts): Uint8Array {
  const phi = concat(
    uint(message.senderTag, 4), uint(message.receiverTag, 4), message.firstEcdh, mpi(message.firstDh), prekey.Y, mpi(prekey.B),
    account(accounts.alice), account(accounts.bob),
  )
  return concat(
    kdf(id.nonInteractiveBob, 64, profile.bytes), kdf(id.nonInteractiveAlice, 64, message.profile.bytes),
    prekey.Y, message.X, mpi(prekey.B), mpi(message.A), prekeyProfile.typedSharedPrekey, kdf(id.nonInteractivePhi, 64, phi),
  )
}

/** RVrf({F_b, H_a, Y}, sigma, t). */
export const checkSigma = ({ profile, prekey }: Ensemble, message: NonInteractiveAuth, t: Uint8Array): boolean =>
  ringVerify([profile.forgingKey, message.profile.publicKey, prekey.Y], message.sigma, t)

/** Everything that follows from the four shared secrets. */
export interface Agreed {
  readonly braceKey: Uint8Array
  readonly authMac: Uint8Array
  readonly K: Uint8Array
  readonly ssid: Uint8Array
}

/** As Alice computes it, with x and a; or as Bob does, with y, b, his shared prekey and his long-term key. */
export function agree(by: 'alice' | 'bob', { profile, prekeyProfile, prekey }: Ensemble, message: NonInteractiveAuth, t: Uint8Array, secrets: Secrets): Agreed {
  const ecdh = (theirs: Uint8Array): Uint8Array => by === 'alice' ? secrets.ecdh(message.X, theirs) : secrets.ecdh(theirs, message.X)
  const kDh = by === 'alice' ? secrets.dh(message.A, prekey.B) : secrets.dh(prekey.B, message.A)
  const braceKey = kdf(id.thirdBraceKey, 32, toBigEndian(kDh))
  const tmpK = kdf(id.tmpKey, 64, ecdh(prekey.Y), ecdh(prekeyProfile.D), ecdh(profile.publicKey), braceKey)
  const K = kdf(id.sharedSecret, 64, tmpK)
  return { braceKey, authMac: kdf(id.authMac, 64, kdf(id.authMacKey, 64, tmpK), t), K, ssid: ssidOf(K) }
}
