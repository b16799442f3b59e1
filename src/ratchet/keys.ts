import { wipe } from '../crypto/compare.js'
import { kdf, usage } from '../crypto/kdf.js'
import type { MessageKeys } from './state.js'

/** derive_ratchet_keys: the next root key and the first chain key, 64 bytes each. otrv4.md, "Deriving Double Ratchet Keys". */
export function deriveRatchetKeys(previousRootKey: Uint8Array, k: Uint8Array): { rootKey: Uint8Array, chainKey: Uint8Array } {
  return {
    rootKey: kdf(usage.rootKey, [previousRootKey, k], 64),
    chainKey: kdf(usage.chainKey, [previousRootKey, k], 64),
  }
}

/** MKmac, 64 bytes, of a MKenc. */
export function deriveMacKey(mkEnc: Uint8Array): Uint8Array {
  return kdf(usage.macKey, [mkEnc], 64)
}

/** Overwrites the keys of a message. */
export function wipeMessageKeys(keys: MessageKeys): void {
  wipe(keys.mkEnc, keys.mkMac, keys.extraBase)
}
