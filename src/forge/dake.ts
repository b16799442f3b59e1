import { equalBytes, ringSign, ssid, wipe, type Ed448KeyPair, type RandomSource, type RingMessageForm } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { interactiveAlice, interactiveBob } from '../ratchet/index.js'
import { dakeTranscripts } from '../v4/dake-transcripts.js'
import { generateDakeKeys, wipeDakeKeys, type DakeKeys } from '../v4/dake-state.js'
import type { V4Encrypted } from '../v4/index.js'
import { dakeMixedSecret } from '../v4/mixed-secret.js'
import type { AuthIMessage, AuthRMessage, IdentityMessage } from '../wire/index.js'
import { forgedSession, knownSide, type ForgedSide } from './side.js'

/** What an interactive DAKE is forged of. */
export interface DakeForgery {
  /** The person who appears to have sent the Identity message and the Auth-I message. */
  readonly bob: ForgedSide
  /** The person who appears to have sent the Auth-R message. */
  readonly alice: ForgedSide
  /**
   * A long-term key of either side, or a forging key whose secret was kept. It signs each message whose ring contains it. The other messages, or all if
   * it is absent, are signed by the one-time keys of the exchange, which the forger made. So anybody can forge this exchange. Secret.
   */
  readonly signer?: Ed448KeyPair
  /** How the challenge contains the signed message: `bare` (the draft, the default) or `data`. */
  readonly form?: RingMessageForm
  /** phi': further bytes that both applications bind a session to; any number. */
  readonly phiExtra?: Uint8Array
  /** The receiver's tag of the Identity message: 0, the default, as before Bob has heard of Alice's instance; or hers. */
  readonly identityTo?: number
  /** When it appears to have happened, seconds since 1970: both profiles have to be valid then. */
  readonly now: number
}

/** Which key made a ring signature: the forger knows, and nobody can find out. */
export type Signer = 'long-term key' | 'forging key' | 'one-time key'

/** An interactive DAKE that nobody held. */
export interface ForgedDake {
  /** The three messages, in order. */
  readonly messages: readonly [IdentityMessage, AuthRMessage, AuthIMessage]
  /** Who signed the Auth-R and the Auth-I message. Keep it secret. */
  readonly signedBy: readonly [authR: Signer, authI: Signer]
  /** The secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  /** Bob's session: give it to `sendMessage` and `receiveMessage` of `otr4/v4`. It holds secrets. */
  readonly bob: V4Encrypted
  /** Alice's session. It holds secrets. */
  readonly alice: V4Encrypted
}

/**
 * "Forge DAKE and Session Keys": an interactive DAKE between two people, of their Client Profiles alone. It verifies as one that they held.
 * All random secrets are wiped, except those that the two sessions contain.
 *
 * @throws OtrError `OTR_PROFILE` for a profile that does not verify at `now`; `OTR_ARGUMENT` for a signer that belongs to neither; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 */
export function forgeDake(forgery: DakeForgery, random: RandomSource): ForgedDake {
  const { signer, form = 'bare', phiExtra, identityTo = 0, now } = forgery
  const [bob, alice] = [knownSide(forgery.bob, now, 'Bob'), knownSide(forgery.alice, now, 'Alice')]
  checkSigner(signer, [bob, alice])
  const bobs = generateDakeKeys(random, [])
  const alices = generateDakeKeys(random, [bobs.ecdh, bobs.dh, bobs.firstEcdh, bobs.firstDh].map(({ publicKey }) => publicKey))
  try {
    const identity: IdentityMessage = {
      kind: 'v4-identity', senderTag: bob.tag, receiverTag: identityTo, clientProfile: bob.clientProfile,
      y: bobs.ecdh.publicKey, b: bobs.dh.publicKey, firstEcdh: bobs.firstEcdh.publicKey, firstDh: bobs.firstDh.publicKey,
    }
    const unsigned = {
      kind: 'v4-auth-r' as const, senderTag: alice.tag, receiverTag: bob.tag, clientProfile: alice.clientProfile,
      x: alices.ecdh.publicKey, a: alices.dh.publicKey, firstEcdh: alices.firstEcdh.publicKey, firstDh: alices.firstDh.publicKey,
    }
    const t = dakeTranscripts({
      identity, authR: unsigned, bobAccount: bob.address, aliceAccount: alice.address, ...phiExtra !== undefined && { phiExtra },
    })
    // {F_b, H_a, Y} and {H_b, F_a, X}.
    const ringR = [bob.clientProfile.forgingKey, alice.clientProfile.publicKey, identity.y] as const
    const ringI = [bob.clientProfile.publicKey, alice.clientProfile.forgingKey, unsigned.x] as const
    const signedR = signingKey(signer, ringR, ['forging key', 'long-term key'])
    const signedI = signingKey(signer, ringI, ['long-term key', 'forging key'])
    const authR: AuthRMessage = {
      ...unsigned, sigma: ringSign({ ring: ringR, secret: signedR.secret ?? bobs.ecdh.privateKey, message: t.authR(), form, random }),
    }
    const authI: AuthIMessage = {
      kind: 'v4-auth-i', senderTag: bob.tag, receiverTag: alice.tag,
      sigma: ringSign({ ring: ringI, secret: signedI.secret ?? alices.ecdh.privateKey, message: t.authI(), form, random }),
    }
    const k = dakeMixedSecret(bobs, authR.x, authR.a)
    const sessions = {
      bob: forgedSession(bob, alice, { initiator: true, offline: false, k, ratchet: interactiveBob({ k, ...firstKeys(bobs, authR) }) }, now),
      alice: forgedSession(alice, bob, { initiator: false, offline: false, k, ratchet: interactiveAlice({ k, ...firstKeys(alices, identity) }) }, now),
    }
    const id = ssid(k)
    wipe(k)
    return { messages: [identity, authR, authI], signedBy: [signedR.by, signedI.by], ssid: id, ...sessions }
  } finally {
    wipeDakeKeys(bobs)
    wipeDakeKeys(alices)
  }
}

/** What a ratchet begins with: our first keys, and theirs. */
function firstKeys(ours: DakeKeys, theirs: { readonly firstEcdh: Uint8Array, readonly firstDh: Uint8Array }): Omit<Parameters<typeof interactiveBob>[0], 'k'> {
  return { ourEcdh: ours.firstEcdh, ourDh: ours.firstDh, theirEcdh: theirs.firstEcdh, theirDh: theirs.firstDh }
}

/** The secret with which a ring is signed; none if the signer's key is not in it. `names`: what the first two keys of the ring are. */
export function signingKey(
  signer: Ed448KeyPair | undefined, ring: readonly [Uint8Array, Uint8Array, Uint8Array], names: readonly [Signer, Signer],
): { readonly by: Signer, readonly secret?: Uint8Array } {
  if (signer === undefined) return { by: 'one-time key' }
  const place = ring.findIndex((key) => equalBytes(key, signer.publicKey))
  const by = names[place]
  return by === undefined ? { by: 'one-time key' } : { by, secret: signer.secretScalar }
}

/** @throws OtrError `OTR_ARGUMENT` for a key that neither side has: a mistake, for no signature would be made with it */
export function checkSigner(signer: Ed448KeyPair | undefined, sides: readonly ForgedSide[]): void {
  if (signer === undefined) return
  const keys = sides.flatMap(({ clientProfile: { publicKey, forgingKey } }) => [publicKey, forgingKey])
  if (!keys.some((key) => equalBytes(key, signer.publicKey))) throw new OtrError('OTR_ARGUMENT', 'the signing key is neither a long-term key nor a forging key of the two')
}
