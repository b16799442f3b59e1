import { wipe } from '../crypto/compare.js'
import { dh3072SharedSecret, generateDh3072 } from '../crypto/dh3072.js'
import { ecdhSharedSecret, generateEcdh } from '../crypto/ecdh.js'
import type { RandomSource } from '../crypto/random.js'
import { mixedSharedSecret, nextBraceKey, thirdBraceKey } from '../crypto/shared-secret.js'
import { OtrError } from '../errors.js'
import { deriveRatchetKeys } from './keys.js'
import type { RatchetHeader, RatchetOurs, RatchetState, RatchetTheirs, ReceivingChain } from './state.js'

/** Whether chains with this ratchet id carry a new DH key: every third. */
export function carriesDh(ratchetId: number): boolean {
  return ratchetId % 3 === 0
}

/** The root key, the chain key and the brace key after a rotation. `kDh` is there when the new chain carries a DH key. Both are wiped. */
function rotatedKeys(state: RatchetState, kEcdh: Uint8Array, kDh: Uint8Array | undefined): {
  rootKey: Uint8Array
  chainKey: Uint8Array
  braceKey: Uint8Array
} {
  const braceKey = kDh === undefined ? nextBraceKey(state.braceKey) : thirdBraceKey(kDh)
  const k = mixedSharedSecret(kEcdh, braceKey)
  const keys = deriveRatchetKeys(state.rootKey, k)
  wipe(kEcdh, kDh, k)
  return { ...keys, braceKey }
}

/** What a rotation leaves as it is. */
function unchanged(state: RatchetState): Pick<RatchetState, 'skipped' | 'macKeysToReveal' | 'expiryFrom'> {
  const { skipped, macKeysToReveal, expiryFrom } = state
  return { skipped, macKeysToReveal, ...expiryFrom !== undefined && { expiryFrom } }
}

/** Begins a new sending chain. otrv4.md, "Rotating ECDH Keys and Brace Key as sender". Fails with `OTR_RANDOM_FAILED`. */
export function rotateAsSender(state: RatchetOurs, random: RandomSource): RatchetTheirs {
  const ecdh = generateEcdh(random)
  const dh = carriesDh(state.ratchetId) ? generateDh3072(random) : undefined
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
 * Follows the other side into its new chain, whose keys in `header` have been checked: the state, and that chain at its message 0.
 * Our private keys that have done their part are left out. otrv4.md, "Rotating ECDH Keys and Brace Key as receiver".
 */
export function rotateAsReceiver(state: RatchetTheirs, header: RatchetHeader): { state: RatchetOurs, chain: ReceivingChain } {
  const { sending, ourDh } = state
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
      theirEcdh: header.ecdh.slice(),
      theirDh: withDh ? header.dh.slice() : state.theirDh,
      ...!withDh && ourDh && { ourDh },
      receiving: chain,
    },
  }
}
