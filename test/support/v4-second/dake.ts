import { concat, data, littleEndian, mod, mpi, toBigEndian, toLittleEndian, uint } from './bytes.js'
import { add, decode, eddsaVerify, encode, G, multiply, q } from './ed448.js'
import { isValidDh } from './dh.js'
import { id, kdf } from './kdf.js'
import type { AuthI, AuthR, Identity, Profile } from './messages.js'

/** "Validating a Client Profile". @throws Error with what is wrong */
export function checkProfile(profile: Profile, senderTag: number, now: number): void {
  if (!eddsaVerify(profile.publicKey, profile.signed, profile.signature)) throw new Error('profile signature')
  if (profile.instanceTag !== senderTag) throw new Error('profile instance tag')
  if (profile.expiration <= BigInt(now)) throw new Error('profile expired')
  if (!profile.versions.includes('4')) throw new Error('profile versions')
  decode(profile.publicKey)
  decode(profile.forgingKey)
}

export const fingerprint = (profile: Profile): Uint8Array => kdf(id.fingerprint, 56, profile.publicKey, profile.forgingKey)

/** "To verify an Identity message", "To verify an Auth-R message": all but the ring signature. @throws Error */
export function checkKeys(message: Identity | AuthR, now: number): void {
  checkProfile(message.profile, message.senderTag, now)
  decode(message.type === 0x35 ? message.Y : message.X)
  decode(message.firstEcdh)
  if (!isValidDh(message.type === 0x35 ? message.B : message.A) || !isValidDh(message.firstDh)) throw new Error('DH key')
}

/** The addresses of the two: Bob sent the Identity message. */
export interface Accounts {
  readonly alice: string
  readonly bob: string
}

export const account = (name: string): Uint8Array => data(new TextEncoder().encode(name))

/** "Shared Session State", from the sender of the message. */
function phi(from: Identity | AuthR, to: Identity | AuthR, fromAccount: string, toAccount: string): Uint8Array {
  return concat(
    uint(from.senderTag, 4), uint(to.senderTag, 4), from.firstEcdh, mpi(from.firstDh), to.firstEcdh, mpi(to.firstDh),
    account(fromAccount), account(toAccount),
  )
}

/** t of the Auth-R message, and t of the Auth-I message. */
export function transcripts(identity: Identity, authR: AuthR, accounts: Accounts): { readonly authR: Uint8Array, readonly authI: Uint8Array } {
  const t = (first: number, bob: number, alice: number, usage: number, context: Uint8Array): Uint8Array => concat(
    Uint8Array.of(first), kdf(bob, 64, identity.profile.bytes), kdf(alice, 64, authR.profile.bytes),
    identity.Y, authR.X, mpi(identity.B), mpi(authR.A), kdf(usage, 64, context),
  )
  return {
    authR: t(0, id.authRBob, id.authRAlice, id.authRPhi, phi(authR, identity, accounts.alice, accounts.bob)),
    authI: t(1, id.authIBob, id.authIAlice, id.authIPhi, phi(identity, authR, accounts.bob, accounts.alice)),
  }
}

/** RVrf({A1, A2, A3}, sigma, m). */
export function ringVerify(ring: readonly [Uint8Array, Uint8Array, Uint8Array], sigma: Uint8Array, m: Uint8Array): boolean {
  const scalar = (n: number): bigint => mod(littleEndian(sigma.slice(57 * n, 57 * n + 57)), q)
  const T = ring.map((key, n) => encode(add(multiply(scalar(2 * n + 1), G), multiply(scalar(2 * n), decode(key)))))
  const h = kdf(id.auth, 57, encode(G), toLittleEndian(q, 57), ...ring, ...T, m)
  return mod(littleEndian(h), q) === mod(scalar(0) + scalar(2) + scalar(4), q)
}

/** Whether both ring signatures of a DAKE are right: RVrf({F_b, H_a, Y}, …) and RVrf({H_b, F_a, X}, …). */
export function checkSignatures(identity: Identity, authR: AuthR, authI: AuthI, accounts: Accounts): readonly [boolean, boolean] {
  const t = transcripts(identity, authR, accounts)
  return [
    ringVerify([identity.profile.forgingKey, authR.profile.publicKey, identity.Y], authR.sigma, t.authR),
    ringVerify([identity.profile.publicKey, authR.profile.forgingKey, authR.X], authI.sigma, t.authI),
  ]
}

/** K = KDF(usage_shared_secret || K_ecdh || brace_key, 64), with brace_key = KDF(usage_third_brace_key || k_dh, 32). */
export function mixedSecret(kEcdh: Uint8Array, kDh: bigint): { readonly K: Uint8Array, readonly braceKey: Uint8Array } {
  const braceKey = kdf(id.thirdBraceKey, 32, toBigEndian(kDh))
  return { K: kdf(id.sharedSecret, 64, kEcdh, braceKey), braceKey }
}

export const ssidOf = (K: Uint8Array): Uint8Array => kdf(id.ssid, 8, K)
