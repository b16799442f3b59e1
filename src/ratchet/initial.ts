import { wipe } from '../crypto/compare.js'
import { dh3072SharedSecret, type Dh3072KeyPair } from '../crypto/dh3072.js'
import { ecdhSharedSecret, type EcdhKeyPair } from '../crypto/ecdh.js'
import { kdf, usage } from '../crypto/kdf.js'
import { mixedSharedSecret, thirdBraceKey } from '../crypto/shared-secret.js'
import { deriveRatchetKeys } from './keys.js'
import type { RatchetOurs, RatchetTheirs, SendingChain } from './state.js'
import { copySecret, type Secret } from '../crypto/secret.js'
import { copyPublic } from '../wire/public-bytes.js'

/** What the ratchet needs of an interactive DAKE. It copies the secrets that it keeps: the caller wipes theirs. */
export interface InteractiveResult {
  /** K, the Mixed shared secret of the DAKE: 64 bytes. */
  readonly k: Secret
  /** our_ecdh_first */
  readonly ourEcdh: EcdhKeyPair
  /** our_dh_first */
  readonly ourDh: Dh3072KeyPair
  /** their_ecdh_first, a valid public key. */
  readonly theirEcdh: Uint8Array
  /** their_dh_first, a valid public key. */
  readonly theirDh: Uint8Array
}

/** What the ratchet of the sender of a Non-Interactive-Auth message needs of the DAKE. Secrets are copied. */
export interface NonInteractiveSender extends InteractiveResult {
  /** The brace key of the DAKE, 32 bytes: the next two rotations derive theirs from it. */
  readonly braceKey: Secret
}

/** What the ratchet of the publisher of the prekeys needs of the DAKE. Secrets are copied. */
export interface NonInteractivePublisher {
  readonly k: Secret
  readonly braceKey: Secret
  /** Y, the ECDH key that was published. */
  readonly ourEcdh: Uint8Array
  /** B, the DH key that was published. */
  readonly ourDh: Uint8Array
  /** their_ecdh_first, a valid public key. */
  readonly theirEcdh: Uint8Array
  /** their_dh_first, a valid public key. */
  readonly theirDh: Uint8Array
}

const NOTHING = { skipped: [], macKeysToReveal: [] } as const

/**
 * Keys of the chain that Alice begins with: the same on both sides.
 *
 * @see [OTRv4, "Interactive DAKE Overview"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#interactive-dake-overview)
 */
function interactiveKeys(dake: InteractiveResult): { rootKey: Secret, chainKey: Secret, braceKey: Secret } {
  const firstRootKey = kdf(usage.firstRootKey, [dake.k], 64)
  const kEcdh = ecdhSharedSecret(dake.ourEcdh.privateKey, dake.theirEcdh)
  const kDh = dh3072SharedSecret(dake.ourDh.privateKey, dake.theirDh)
  const braceKey = thirdBraceKey(kDh)
  const k = mixedSharedSecret(kEcdh, braceKey)
  const keys = deriveRatchetKeys(firstRootKey, k)
  wipe(firstRootKey, kEcdh, kDh, k)
  return { ...keys, braceKey }
}

/** Chain 0 of the one who sends first, with their first keys in every message. */
function firstSendingChain(chainKey: Secret, ecdh: EcdhKeyPair, dh: Dh3072KeyPair): SendingChain {
  return {
    chainKey,
    ratchetId: 0,
    messageId: 0,
    previousChain: 0,
    ecdh: { privateKey: copySecret(ecdh.privateKey), publicKey: copyPublic(ecdh.publicKey) },
    dh: copyPublic(dh.publicKey),
  }
}

/** Alice, who sent the Auth-R: sends in chain 0. Bob's first chain has id 0 too. */
export function interactiveAlice(dake: InteractiveResult): RatchetTheirs {
  const { rootKey, braceKey, chainKey } = interactiveKeys(dake)
  return {
    turn: 'theirs',
    rootKey,
    braceKey,
    ratchetId: 0,
    theirEcdh: copyPublic(dake.theirEcdh),
    theirDh: copyPublic(dake.theirDh),
    ourDh: copySecret(dake.ourDh.privateKey),
    ourDhPublic: copyPublic(dake.ourDh.publicKey),
    sending: firstSendingChain(chainKey, dake.ourEcdh, dake.ourDh),
    ...NOTHING,
  }
}

/**
 * Bob, who sent the Auth-I: receives in chain 0. The specification rotates his keys at once. Here he rotates with his first message, which is
 * the same on the wire.
 */
export function interactiveBob(dake: InteractiveResult): RatchetOurs {
  const { rootKey, braceKey, chainKey } = interactiveKeys(dake)
  return {
    turn: 'ours',
    rootKey,
    braceKey,
    ratchetId: 0,
    previousChain: 0,
    ourEcdh: copyPublic(dake.ourEcdh.publicKey),
    theirEcdh: copyPublic(dake.theirEcdh),
    theirDh: copyPublic(dake.theirDh),
    ourDhPublic: copyPublic(dake.ourDh.publicKey),
    receiving: { chainKey, ratchetId: 0, messageId: 0 },
    ...NOTHING,
  }
}

/** curr_root_key and the first chain key of a non-interactive DAKE. */
function nonInteractiveKeys(k: Uint8Array): { rootKey: Secret, chainKey: Secret } {
  return { rootKey: kdf(usage.rootKey, [k], 64), chainKey: kdf(usage.chainKey, [k], 64) }
}

/**
 * Alice, who sent the Non-Interactive-Auth: sends in chain 0; Bob's first chain has id 1.
 *
 * @see [OTRv4, "Non-Interactive DAKE Overview"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#non-interactive-dake-overview)
 */
export function nonInteractiveAlice(dake: NonInteractiveSender): RatchetTheirs {
  const { rootKey, chainKey } = nonInteractiveKeys(dake.k)
  return {
    turn: 'theirs',
    rootKey,
    braceKey: copySecret(dake.braceKey),
    ratchetId: 1,
    theirEcdh: copyPublic(dake.theirEcdh),
    theirDh: copyPublic(dake.theirDh),
    ourDh: copySecret(dake.ourDh.privateKey),
    ourDhPublic: copyPublic(dake.ourDh.publicKey),
    sending: firstSendingChain(chainKey, dake.ourEcdh, dake.ourDh),
    ...NOTHING,
  }
}

/** Bob, who had published the prekeys: receives in chain 0, and begins chain 1 with his first message. */
export function nonInteractiveBob(dake: NonInteractivePublisher): RatchetOurs {
  const { rootKey, chainKey } = nonInteractiveKeys(dake.k)
  return {
    turn: 'ours',
    rootKey,
    braceKey: copySecret(dake.braceKey),
    ratchetId: 1,
    previousChain: 0,
    ourEcdh: copyPublic(dake.ourEcdh),
    theirEcdh: copyPublic(dake.theirEcdh),
    theirDh: copyPublic(dake.theirDh),
    ourDhPublic: copyPublic(dake.ourDh),
    receiving: { chainKey, ratchetId: 0, messageId: 0 },
    ...NOTHING,
  }
}
