import {
  equalBytes, generateDh3072, generateEcdh, wipe, type Dh3072KeyPair, type EcdhKeyPair, type RandomSource, type RingMessageForm,
} from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { HandCopied } from '../protocol/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { AuthRMessage, DataMessageV4, IdentityMessage } from '../wire/index.js'
import { orWipe } from '../crypto/or-wipe.js'
import { copySecret, type Secret, type SecretPair } from '../crypto/secret.js'

/** The four key pairs that each side of the interactive DAKE makes: two for the DAKE, two for the first ratchet. */
export interface DakeKeys {
  /** Y or X. */
  readonly ecdh: SecretPair<EcdhKeyPair>
  /** B or A. */
  readonly dh: SecretPair<Dh3072KeyPair>
  /** our_ecdh_first */
  readonly firstEcdh: SecretPair<EcdhKeyPair>
  /** our_dh_first */
  readonly firstDh: SecretPair<Dh3072KeyPair>
}

/**
 * How far an interactive DAKE has come. It is independent of the message state: an encrypted session stays in use until a new DAKE is
 * complete (`spec/decisions.md`, 14). Plain data.
 */
export type DakeState =
  | { readonly kind: 'none' }
  | AwaitingAuthR
  | AwaitingAuthI

/** We sent an Identity message (we are "Bob"). */
export interface AwaitingAuthR {
  readonly kind: 'awaiting-auth-r'
  readonly identity: IdentityMessage
  readonly keys: DakeKeys
  /** When the message was last sent, seconds. */
  readonly since: number
  /** Answers that we gave before we sent it, the newest first. */
  readonly older: readonly AnsweredIdentity[]
  readonly early: readonly EarlyMessage[]
}

/** We answered an Identity message (we are "Alice"), and maybe others before it. */
export interface AwaitingAuthI extends AnsweredIdentity {
  readonly kind: 'awaiting-auth-i'
  /** When, seconds, the answer goes out once more in the other form; undefined once it has, and where only one form is allowed. */
  readonly otherFormAt: number | undefined
  /** Answers that we gave before, the newest first. */
  readonly older: readonly AnsweredIdentity[]
  readonly early: readonly EarlyMessage[]
}

/**
 * An Identity message that we have answered, with all that is needed to receive its Auth-I message. The draft forgets it when another DAKE
 * begins. We keep it: the other side may just be completing it, and would otherwise be alone in a session.
 */
export interface AnsweredIdentity {
  /** What we answered. */
  readonly identity: IdentityMessage
  /** Our answer, as it was last sent. */
  readonly authR: AuthRMessage
  /** The form of its ring signature. */
  readonly form: RingMessageForm
  /** Whom we answered, from the verified profile. */
  readonly them: V4Correspondent
  /** K, 64 bytes: what the ratchet begins with. */
  readonly mixedSecret: Secret
  readonly firstEcdh: SecretPair<EcdhKeyPair>
  readonly firstDh: SecretPair<Dh3072KeyPair>
  readonly since: number
}

/** How many answered Identity messages wait for their Auth-I message. Beyond that the oldest is dropped. */
export const ANSWERED_IDENTITIES = 3

/** A data message that is kept, and when it came, seconds. */
export interface EarlyMessage {
  readonly message: DataMessageV4
  readonly at: number
}

/** No DAKE. */
export const noDake: DakeState = { kind: 'none' }

/**
 * New keys for one DAKE.
 *
 * @param known - public keys that none of them may be: earlier ones of ours, and theirs
 * @throws OtrError `OTR_RANDOM_FAILED`, also if the source repeats itself
 */
export function generateDakeKeys(random: RandomSource, known: readonly Uint8Array[]): DakeKeys {
  return orWipe((keep) => {
    const made: Uint8Array[] = []
    const checked = <Pair extends SecretPair<EcdhKeyPair>>(pair: Pair): Pair => {
      keep(pair.privateKey)
      if (isAmong(pair.publicKey, known) || isAmong(pair.publicKey, made)) throw new OtrError('OTR_RANDOM_FAILED', 'the random source gave a private key for the second time')
      made.push(pair.publicKey)
      return pair
    }
    return {
      ecdh: checked(generateEcdh(random)), dh: checked(generateDh3072(random)), firstEcdh: checked(generateEcdh(random)), firstDh: checked(generateDh3072(random)),
    }
  })
}

/** Whether a public key is one of these. */
export function isAmong(publicKey: Uint8Array, known: readonly Uint8Array[]): boolean {
  return known.some((one) => equalBytes(one, publicKey))
}

/** Our public keys in a DAKE that is under way. */
export function dakePublicKeys(dake: DakeState): Uint8Array[] {
  const ours = dake.kind === 'awaiting-auth-r' ? [dake.identity.y, dake.identity.b, dake.identity.firstEcdh, dake.identity.firstDh] : []
  return [...ours, ...answeredIdentities(dake).flatMap(({ authR: { x, a, firstEcdh, firstDh } }) => [x, a, firstEcdh, firstDh])]
}

/** The answers that an Auth-I message may complete, the newest first. */
export function answeredIdentities(dake: DakeState): readonly AnsweredIdentity[] {
  switch (dake.kind) {
    case 'none':
      return []
    case 'awaiting-auth-r':
      return dake.older
    case 'awaiting-auth-i': {
      const { identity, authR, form, them, mixedSecret, firstEcdh, firstDh, since } = dake
      const newest: HandCopied<AnsweredIdentity> = { identity, authR, form, them, mixedSecret, firstEcdh, firstDh, since }
      return [newest, ...dake.older]
    }
  }
}

/** Data messages that wait for the Auth-I message that they overtook. */
export function earlyMessages(dake: DakeState): readonly EarlyMessage[] {
  return dake.kind === 'none' ? [] : dake.early
}

/** A copy that can be wiped without the original. */
export function copyDakeKeys(keys: DakeKeys): HandCopied<DakeKeys> {
  return { ecdh: copyPair(keys.ecdh), dh: copyPair(keys.dh), firstEcdh: copyPair(keys.firstEcdh), firstDh: copyPair(keys.firstDh) }
}

/** A copy that can be wiped without the original. */
export function copyAnswered(answered: AnsweredIdentity): AnsweredIdentity {
  const { mixedSecret, firstEcdh, firstDh } = answered
  return { ...answered, mixedSecret: copySecret(mixedSecret), firstEcdh: copyPair(firstEcdh), firstDh: copyPair(firstDh) }
}

function copyPair(pair: EcdhKeyPair): SecretPair<HandCopied<EcdhKeyPair>> {
  return { privateKey: copySecret(pair.privateKey), publicKey: pair.publicKey }
}

/** Wipes the secrets of a DAKE that is over. The ratchet has copies of the keys that it uses. */
export function wipeDake(dake: DakeState): void {
  if (dake.kind === 'awaiting-auth-r') wipeDakeKeys(dake.keys)
  wipeAnswered(answeredIdentities(dake))
}

/** Wipes the private keys. */
export function wipeDakeKeys(keys: DakeKeys): void {
  wipe(keys.ecdh.privateKey, keys.dh.privateKey, keys.firstEcdh.privateKey, keys.firstDh.privateKey)
}

/** Wipes the secrets of answers that are no longer needed. */
export function wipeAnswered(answered: readonly AnsweredIdentity[]): void {
  for (const { mixedSecret, firstEcdh, firstDh } of answered) wipe(mixedSecret, firstEcdh.privateKey, firstDh.privateKey)
}
