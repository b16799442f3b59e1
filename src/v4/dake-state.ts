import { wipe, type Dh3072KeyPair, type EcdhKeyPair, type RandomSource, type RingMessageForm, generateDh3072, generateEcdh } from '../crypto/index.js'
import type { V4Correspondent } from './correspondent.js'
import type { AuthRMessage, DataMessageV4, IdentityMessage } from '../wire/index.js'

/** The four key pairs that each side of the interactive DAKE makes: two for the DAKE, two for the first ratchet. */
export interface DakeKeys {
  /** Y or X. */
  readonly ecdh: EcdhKeyPair
  /** B or A. */
  readonly dh: Dh3072KeyPair
  /** our_ecdh_first */
  readonly firstEcdh: EcdhKeyPair
  /** our_dh_first */
  readonly firstDh: Dh3072KeyPair
}

/**
 * How far an interactive DAKE has come. A state machine of its own, beside the message state: an encrypted session serves on until a new
 * DAKE is complete (`spec/decisions.md`, 14). Plain data.
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
}

/** We answered an Identity message (we are "Alice"). */
export interface AwaitingAuthI {
  readonly kind: 'awaiting-auth-i'
  /** What we answered. */
  readonly identity: IdentityMessage
  /** Our answer, as it was last sent. */
  readonly authR: AuthRMessage
  /** The form of its ring signature. */
  readonly form: RingMessageForm
  /** When, seconds, the answer goes out once more in the other form; undefined once it has, and where the form is known. */
  readonly otherFormAt: number | undefined
  /** Whom we answered, from the verified profile. */
  readonly them: V4Correspondent
  /** K, 64 bytes: what the ratchet begins with. */
  readonly mixedSecret: Uint8Array
  readonly firstEcdh: EcdhKeyPair
  readonly firstDh: Dh3072KeyPair
  /** Data messages of the session to come that overtook the Auth-I message. */
  readonly early: readonly EarlyMessage[]
  readonly since: number
}

/** A data message that is kept, and when it came, seconds. */
export interface EarlyMessage {
  readonly message: DataMessageV4
  readonly at: number
}

/** No DAKE. */
export const noDake: DakeState = { kind: 'none' }

/** Fresh keys for one DAKE; fails with `OTR_RANDOM_FAILED`. */
export function generateDakeKeys(random: RandomSource): DakeKeys {
  return { ecdh: generateEcdh(random), dh: generateDh3072(random), firstEcdh: generateEcdh(random), firstDh: generateDh3072(random) }
}

/** A copy that can be wiped without the original. */
export function copyDakeKeys(keys: DakeKeys): DakeKeys {
  const copy = (pair: EcdhKeyPair): EcdhKeyPair => ({ privateKey: pair.privateKey.slice(), publicKey: pair.publicKey })
  return { ecdh: copy(keys.ecdh), dh: copy(keys.dh), firstEcdh: copy(keys.firstEcdh), firstDh: copy(keys.firstDh) }
}

/** Overwrites the secrets of a DAKE that is over. Keys that went into a ratchet are the ratchet's: it holds copies. */
export function wipeDake(state: DakeState): void {
  switch (state.kind) {
    case 'none':
      return
    case 'awaiting-auth-r':
      wipeDakeKeys(state.keys)
      return
    case 'awaiting-auth-i':
      wipe(state.mixedSecret, state.firstEcdh.privateKey, state.firstDh.privateKey)
      return
  }
}

/** Overwrites the private halves. */
export function wipeDakeKeys(keys: DakeKeys): void {
  wipe(keys.ecdh.privateKey, keys.dh.privateKey, keys.firstEcdh.privateKey, keys.firstDh.privateKey)
}
