import {
  dh3072SharedSecret, ecdhSharedSecret, equalBytes, generateEd448KeyPair, hcmac, ringSign, ssid, usage, type EcdhKeyPair,
  type Ed448KeyPair, type RandomSource, type RingMessageForm,
} from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { nonInteractiveAlice, nonInteractiveBob } from '../ratchet/index.js'
import { generateDakeKeys, wipeDakeKeys } from '../v4/dake-state.js'
import { createPrekeyMessage, createPrekeyProfile, verifyEnsemble, type OwnPrekeyMessage, type V4Encrypted } from '../v4/index.js'
import { agree, wipeAgreed } from '../v4/non-interactive.js'
import { nonInteractiveTranscript } from '../v4/non-interactive-transcript.js'
import type { ClientProfile, Ensemble, NonInteractiveAuthMessage, PrekeyProfile } from '../wire/index.js'
import { signingKey, type Signer } from './dake.js'
import { forgedSession, knownSide, type ForgedSide } from './side.js'

/** What a false ensemble is made of. */
export interface EnsembleForgery {
  /** The person whose ensemble it appears to be: their Client Profile, which anybody may have. */
  readonly clientProfile: ClientProfile
  /**
   * A Prekey Profile that they have published; or, for a false one, their long-term key, which signs it: nobody else can, because a Prekey
   * Profile has an ordinary signature. Secret.
   */
  readonly prekeyProfile: PrekeyProfile | { readonly identity: Ed448KeyPair, readonly expiration: number }
  /** Identifiers of prekey messages that this one must not have. */
  readonly taken?: ReadonlySet<number>
  /** When it appears to have been made, seconds since 1970. */
  readonly now: number
}

/** An ensemble in somebody's name, with the secrets of what is false in it. */
export interface FalseEnsemble {
  /** The ensemble as a prekey server would hand it out. */
  readonly ensemble: Ensemble
  /** The private halves of the false prekey message. Whoever has them can read what is written to this ensemble. Secret. */
  readonly prekeyMessage: OwnPrekeyMessage
  /** The shared prekey of a false Prekey Profile; absent with a published one. Secret. */
  readonly sharedPrekey?: Ed448KeyPair
}

/**
 * "False Prekey Ensemble": an ensemble in somebody's name. A prekey message is signed by nobody, so anybody can put one beside profiles that
 * were published; who has the long-term key can make the Prekey Profile too. Only the records of a prekey server could distinguish it from a true one.
 *
 * @throws OtrError `OTR_ARGUMENT` if the parts do not fit together at `now`; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 * @see [OTRv4, "Prekey Server Forged Conversations"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-server-forged-conversations)
 */
export function falsePrekeyEnsemble({ clientProfile, prekeyProfile, taken = new Set(), now }: EnsembleForgery, random: RandomSource): FalseEnsemble {
  const { instanceTag } = clientProfile
  const prekeyMessage = createPrekeyMessage({ instanceTag, taken, now }, random)
  const made = 'identity' in prekeyProfile ? falsePrekeyProfile(instanceTag, prekeyProfile, random) : { profile: prekeyProfile }
  const ensemble: Ensemble = { clientProfile, prekeyProfile: made.profile, prekeyMessage: prekeyMessage.message }
  const verdict = verifyEnsemble(ensemble, now)
  if ('fault' in verdict) throw new OtrError('OTR_ARGUMENT', `no ensemble can be made of these: ${verdict.fault}`)
  return { ensemble, prekeyMessage, ...'sharedPrekey' in made && { sharedPrekey: made.sharedPrekey } }
}

function falsePrekeyProfile(
  instanceTag: number, { identity, expiration }: { readonly identity: Ed448KeyPair, readonly expiration: number }, random: RandomSource,
): { readonly profile: PrekeyProfile, readonly sharedPrekey: Ed448KeyPair } {
  const sharedPrekey = generateEd448KeyPair(random)
  return { profile: createPrekeyProfile({ instanceTag, identity, sharedPrekey: sharedPrekey.publicKey, expiration }), sharedPrekey }
}

/** What a Non-Interactive-Auth message is forged of. */
export interface NonInteractiveForgery {
  /** The person who appears to have published the ensemble, and the ensemble: a true one or a false one. */
  readonly bob: { readonly address: string, readonly ensemble: Ensemble }
  /** The person who appears to have written to them. */
  readonly alice: ForgedSide
  /** Alice's long-term key, Bob's forging key if he kept its secret, or Y of a false prekey message. Nobody else can. Secret. */
  readonly signer: Ed448KeyPair | EcdhKeyPair
  /** How the challenge contains the signed message: `bare` (the draft, the default) or `data`. */
  readonly form?: RingMessageForm
  /** phi': further bytes that both applications bind a session to; any number. */
  readonly phiExtra?: Uint8Array
  /** When it appears to have happened, seconds since 1970: all profiles have to be valid then. */
  readonly now: number
}

/** A non-interactive DAKE that nobody held. */
export interface ForgedNonInteractiveDake {
  /** The message with which Alice appears to have begun. */
  readonly message: NonInteractiveAuthMessage
  /** Who signed it. Keep it secret. */
  readonly signedBy: Signer
  /** The secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  /** Bob's session: give it to `sendMessage` and `receiveMessage` of `otr4/v4`. It holds secrets. */
  readonly bob: V4Encrypted
  /** Alice's session. It holds secrets. */
  readonly alice: V4Encrypted
}

/**
 * Forges a non-interactive DAKE: the message with which Alice appears to have written to Bob while he was away. Both its ring signature and its MAC
 * verify for whoever has Bob's secrets. With an ensemble that Bob published, Alice can sign, and Bob, who has Y; with a false one, anybody who
 * has made it.
 *
 * @throws OtrError `OTR_PROFILE` for a profile that does not verify at `now`; `OTR_ARGUMENT` for an ensemble that does not, and for a signer
 *   whose key is not in the ring; `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 * @see [OTRv4, "Non-Interactive DAKE Overview"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#non-interactive-dake-overview)
 */
export function forgeNonInteractiveAuth(forgery: NonInteractiveForgery, random: RandomSource): ForgedNonInteractiveDake {
  const { form = 'bare', phiExtra, now, bob: { ensemble } } = forgery
  const { clientProfile: bobProfile, prekeyProfile: { sharedPrekey }, prekeyMessage } = ensemble
  const [bob, alice] = [knownSide({ address: forgery.bob.address, clientProfile: bobProfile }, now, 'Bob'), knownSide(forgery.alice, now, 'Alice')]
  const verdict = verifyEnsemble(ensemble, now)
  if ('fault' in verdict) throw new OtrError('OTR_ARGUMENT', `the ensemble does not verify: ${verdict.fault}`)
  // {F_b, H_a, Y}
  const ring = [bobProfile.forgingKey, alice.clientProfile.publicKey, prekeyMessage.y] as const
  const { secret, by } = signerOf(forgery.signer, ring)
  const keys = generateDakeKeys(random, [prekeyMessage.y, prekeyMessage.b, sharedPrekey])
  const unsigned = {
    senderTag: alice.tag, receiverTag: bob.tag, clientProfile: alice.clientProfile, x: keys.ecdh.publicKey, a: keys.dh.publicKey,
    prekeyIdentifier: prekeyMessage.identifier, firstEcdh: keys.firstEcdh.publicKey, firstDh: keys.firstDh.publicKey,
  }
  const t = nonInteractiveTranscript({
    bobProfile, sharedPrekey, prekey: prekeyMessage, auth: unsigned, bobAccount: bob.address, aliceAccount: alice.address, phiExtra,
  })
  const agreed = agree(
    ecdhSharedSecret(keys.ecdh.privateKey, prekeyMessage.y), ecdhSharedSecret(keys.ecdh.privateKey, sharedPrekey),
    ecdhSharedSecret(keys.ecdh.privateKey, bobProfile.publicKey), dh3072SharedSecret(keys.dh.privateKey, prekeyMessage.b),
  )
  try {
    const { k, braceKey, authMacKey } = agreed
    const message: NonInteractiveAuthMessage = {
      kind: 'v4-non-interactive-auth', ...unsigned, sigma: ringSign({ ring, secret, message: t, form, random }), authMac: hcmac(usage.authMac, [authMacKey, t], 64),
    }
    return {
      message,
      signedBy: by,
      ssid: ssid(k),
      alice: forgedSession(alice, bob, {
        initiator: true, offline: true, k,
        ratchet: nonInteractiveAlice({ k, braceKey, ourEcdh: keys.firstEcdh, ourDh: keys.firstDh, theirEcdh: prekeyMessage.y, theirDh: prekeyMessage.b }),
      }, now),
      bob: forgedSession(bob, alice, {
        initiator: false, offline: true, k,
        ratchet: nonInteractiveBob({ k, braceKey, ourEcdh: prekeyMessage.y, ourDh: prekeyMessage.b, theirEcdh: message.firstEcdh, theirDh: message.firstDh }),
      }, now),
    }
  } finally {
    wipeAgreed(agreed)
    wipeDakeKeys(keys)
  }
}

function signerOf(signer: Ed448KeyPair | EcdhKeyPair, ring: readonly [Uint8Array, Uint8Array, Uint8Array]): { readonly by: Signer, readonly secret: Uint8Array } {
  if ('privateKey' in signer) {
    if (equalBytes(signer.publicKey, ring[2])) return { by: 'one-time key', secret: signer.privateKey }
  } else {
    const { by, secret } = signingKey(signer, ring, ['forging key', 'long-term key'])
    if (secret !== undefined) return { by, secret }
  }
  throw new OtrError('OTR_ARGUMENT', "the signing key is neither Bob's forging key, nor Alice's long-term key, nor the one-time key of the ensemble")
}
