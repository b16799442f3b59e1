import type { Ed448KeyPair, RandomSource } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { correspondentOf, type V4Correspondent } from '../v4/correspondent.js'
import { completeDake, type Established } from '../v4/establish.js'
import { noDake } from '../v4/dake-state.js'
import { createSession, verifyClientProfile, type V4Account, type V4Context, type V4Encrypted } from '../v4/index.js'
import type { ClientProfile } from '../wire/index.js'
import { publicBytes } from '../wire/public-bytes.js'
import { copySecret } from '../crypto/secret.js'

/** One of the two whose conversation is forged: only what everybody may know. */
export interface ForgedSide {
  /** Their address, as the key exchange binds it: for XMPP the bare JID, for IRC the nick. */
  readonly address: string
  /** Their Client Profile. It names their instance tag. */
  readonly clientProfile: ClientProfile
}

/** A side whose profile verifies. */
export interface KnownSide extends ForgedSide {
  readonly tag: number
  readonly correspondent: V4Correspondent
}

/**
 * @param name - for the error
 * @throws OtrError `OTR_PROFILE` for a profile that does not verify at that time: a key exchange with it would convince nobody
 */
export function knownSide(side: ForgedSide, now: number, name: string): KnownSide {
  const tag = side.clientProfile.instanceTag
  const verdict = verifyClientProfile(side.clientProfile, { senderTag: tag, now })
  if ('fault' in verdict) throw new OtrError('OTR_PROFILE', `the Client Profile of ${name} does not verify at that time: ${verdict.fault}`)
  return { ...side, tag, correspondent: correspondentOf(verdict.profile) }
}

/** The session of one side of a forged key exchange, as an honest one leaves it. */
export function forgedSession(
  ours: KnownSide, theirs: KnownSide, established: Pick<Established, 'initiator' | 'offline' | 'k' | 'ratchet'>, now: number,
): V4Encrypted {
  const { state } = completeDake(createSession({ theirTag: theirs.tag }), {
    ...established, theirTag: theirs.tag, them: theirs.correspondent, ourProfile: ours.clientProfile, dake: noDake,
  }, { now })
  if (state.state !== 'encrypted') throw new OtrError('OTR_INTERNAL', 'a session that was established is encrypted')
  return state
}

/** What `impersonate` makes an account of. */
export interface Impersonation extends ForgedSide {
  /** The key pair that signs: the long-term key of either side, or a forging key whose secret was kept. Secret. */
  readonly signer: Ed448KeyPair
}

/**
 * "Impersonate Initiator or Responder": an account that claims to be somebody else and signs with another key of the ring, for the transitions of
 * `otr4/v4`: `startHandshake`, `receiveMessage`, `startOfflineSession`. The other side of that exchange is real, and cannot tell, unless it
 * knows that it is the owner of the signing key.
 *
 * The owner of the forging key of the person who sends the Identity message can answer that person in anybody's name. The owner of the forging key of the
 * person who answers can begin with that person in anybody's name. With a key that is in no ring of the exchange, the transition that would sign fails,
 * and nothing is sent.
 *
 * @see [OTRv4, "Forging Transcripts"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forging-transcripts)
 * @see [OTRv4, "Forger Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#forger-keys)
 */
export function impersonate({ address, clientProfile, signer }: Impersonation): V4Account {
  const identity: Ed448KeyPair = {
    symmetricKey: copySecret(signer.symmetricKey), secretScalar: copySecret(signer.secretScalar), publicKey: clientProfile.publicKey,
  }
  return { address, instanceTag: clientProfile.instanceTag, identity, clientProfile }
}

/** The context in which one side of a forged session sends. It contains no long-term key, because sending needs none. */
export function sendingContext(ours: KnownSide, theirs: KnownSide, env: { readonly random: RandomSource, readonly now: number }): V4Context {
  const { address, tag, clientProfile } = ours
  const identity: Ed448KeyPair = { symmetricKey: publicBytes(0), secretScalar: publicBytes(0), publicKey: clientProfile.publicKey }
  return { ...env, account: { address, instanceTag: tag, identity, clientProfile }, theirAddress: theirs.address }
}
