import { equalBytes, wipe } from '../crypto/compare.js'
import { dh3072SharedSecret, generateDh3072, type Dh3072KeyPair } from '../crypto/dh3072.js'
import { ecdhSharedSecret, generateEcdh, type EcdhKeyPair } from '../crypto/ecdh.js'
import type { RandomSource } from '../crypto/random.js'
import { mixedSharedSecret, nextBraceKey, thirdBraceKey } from '../crypto/shared-secret.js'
import { OtrError } from '../errors.js'
import type { HandCopied } from '../protocol/index.js'
import { deriveRatchetKeys } from './keys.js'
import { carriesDh, type RatchetHeader, type RatchetOurs, type RatchetState, type RatchetTheirs, type ReceivingChain } from './state.js'
import { copyPublic } from '../wire/public-bytes.js'
import { orWipe } from '../crypto/or-wipe.js'
import type { Secret, SecretPair } from '../crypto/secret.js'

/** The root, chain and brace keys after a rotation. `kDh` is given if the new chain carries a DH key. Wipes `kEcdh` and `kDh`. */
function rotatedKeys(state: RatchetState, kEcdh: Uint8Array, kDh: Uint8Array | undefined): {
  rootKey: Secret
  chainKey: Secret
  braceKey: Secret
} {
  const braceKey = kDh === undefined ? nextBraceKey(state.braceKey) : thirdBraceKey(kDh)
  const k = mixedSharedSecret(kEcdh, braceKey)
  const keys = deriveRatchetKeys(state.rootKey, k)
  wipe(kEcdh, kDh, k)
  return { ...keys, braceKey }
}

/** The fields that a rotation does not change. */
function unchanged(state: RatchetState): Pick<RatchetState, 'skipped' | 'macKeysToReveal' | 'expiryFrom'> {
  const { skipped, macKeysToReveal, expiryFrom } = state
  return { skipped, macKeysToReveal, ...expiryFrom !== undefined && { expiryFrom } }
}

/** The highest ratchet id: ids have 32 bits on the wire. */
const LAST_RATCHET_ID = 0xffff_ffff

/**
 * Whether the other side may begin a new chain with these keys. An earlier key, theirs or ours, would add nothing new to the ratchet: whoever
 * knew its secrets would still know them.
 */
export function mayFollow({ theirEcdh, theirDh, ourDhPublic, sending }: RatchetTheirs, { ecdh, dh, ratchetId }: RatchetHeader): boolean {
  if (equalBytes(ecdh, theirEcdh) || equalBytes(ecdh, sending.ecdh.publicKey)) return false
  return !carriesDh(ratchetId) || !(equalBytes(dh, theirDh) || equalBytes(dh, ourDhPublic))
}

/** Whether the other side may rotate to this id: our answer needs one more. */
export function leavesAnId(ratchetId: number): boolean {
  return ratchetId < LAST_RATCHET_ID
}

/** New keys of ours. If the random source repeats a key, or gives a key of the other side, it has failed. */
function newKeys(state: RatchetOurs, random: RandomSource): { readonly ecdh: SecretPair<EcdhKeyPair>, readonly dh: SecretPair<Dh3072KeyPair> | undefined } {
  return orWipe((keep) => {
    const ecdh = generateEcdh(random)
    keep(ecdh.privateKey)
    const dh = carriesDh(state.ratchetId) ? generateDh3072(random) : undefined
    if (dh !== undefined) keep(dh.privateKey)
    const repeated = [state.ourEcdh, state.theirEcdh].some((known) => equalBytes(known, ecdh.publicKey)) ||
      (dh !== undefined && [state.ourDhPublic, state.theirDh].some((known) => equalBytes(known, dh.publicKey)))
    if (repeated) throw new OtrError('OTR_RANDOM_FAILED', 'the random source gave a private key for the second time')
    return { ecdh, dh }
  })
}

/**
 * Begins a new sending chain.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`; `OTR_CHAIN_EXHAUSTED` after 2^32 rotations
 * @see [OTRv4, "Rotating ECDH Keys and Brace Key as sender"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#rotating-ecdh-keys-and-brace-key-as-sender)
 */
export function rotateAsSender(state: RatchetOurs, random: RandomSource): HandCopied<RatchetTheirs, 'ourDh' | 'receiving' | 'expiryFrom'> {
  if (state.ratchetId > LAST_RATCHET_ID) throw new OtrError('OTR_CHAIN_EXHAUSTED', 'no ratchet ids are left')
  const { ecdh, dh } = newKeys(state, random)
  const ourDh = dh?.privateKey ?? state.ourDh
  const { rootKey, braceKey, chainKey } = rotatedKeys(
    state,
    ecdhSharedSecret(ecdh.privateKey, state.theirEcdh),
    dh && dh3072SharedSecret(dh.privateKey, state.theirDh),
  )
  return {
    ...unchanged(state),
    turn: 'theirs',
    rootKey,
    braceKey,
    ratchetId: state.ratchetId + 1,
    theirEcdh: state.theirEcdh,
    theirDh: state.theirDh,
    ourDhPublic: dh?.publicKey ?? state.ourDhPublic,
    ...ourDh && { ourDh },
    ...state.receiving && { receiving: state.receiving },
    sending: {
      chainKey,
      ratchetId: state.ratchetId,
      messageId: 0,
      previousChain: state.previousChain,
      ecdh,
      dh: dh?.publicKey ?? new Uint8Array(0),
    },
  }
}

/**
 * Follows the other side into its new chain. The caller has checked the keys in `header`. Returns the state, and the new chain at message 0.
 * Drops our private keys that are no longer needed.
 *
 * @see [OTRv4, "Rotating ECDH Keys and Brace Key as receiver"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#rotating-ecdh-keys-and-brace-key-as-receiver)
 */
export function rotateAsReceiver(state: RatchetTheirs, header: RatchetHeader): { state: RatchetOurs, chain: ReceivingChain } {
  const { sending, ourDh, ourDhPublic } = state
  const withDh = carriesDh(header.ratchetId)
  if (withDh && ourDh === undefined) throw new OtrError('OTR_INTERNAL', 'no DH key for a ratchet that carries one')
  const { rootKey, braceKey, chainKey } = rotatedKeys(
    state,
    ecdhSharedSecret(sending.ecdh.privateKey, header.ecdh),
    withDh && ourDh !== undefined ? dh3072SharedSecret(ourDh, header.dh) : undefined,
  )
  const chain = { chainKey, ratchetId: header.ratchetId, messageId: 0 }
  return {
    chain,
    state: {
      ...unchanged(state),
      turn: 'ours',
      rootKey,
      braceKey,
      ratchetId: state.ratchetId + 1,
      previousChain: sending.messageId,
      ourEcdh: sending.ecdh.publicKey,
      theirEcdh: copyPublic(header.ecdh),
      theirDh: withDh ? copyPublic(header.dh) : state.theirDh,
      ourDhPublic,
      ...!withDh && ourDh && { ourDh },
      receiving: chain,
    },
  }
}
