import { wipe } from '../crypto/compare.js'
import { kdf, usage } from '../crypto/kdf.js'
import type { MessageKeys } from './state.js'

const FF = Uint8Array.of(0xff)

/** derive_ratchet_keys: the next root key and the first chain key, 64 bytes each. otrv4.md, "Deriving Double Ratchet Keys". */
export function deriveRatchetKeys(previousRootKey: Uint8Array, k: Uint8Array): { rootKey: Uint8Array, chainKey: Uint8Array } {
  return {
    rootKey: kdf(usage.rootKey, [previousRootKey, k], 64),
    chainKey: kdf(usage.chainKey, [previousRootKey, k], 64),
  }
}

/** chain_key[j + 1], 64 bytes. */
export function nextChainKey(chainKey: Uint8Array): Uint8Array {
  return kdf(usage.nextChainKey, [chainKey], 64)
}

/** MKenc and the base of the extra symmetric keys: what is kept of a message that was skipped. */
export function deriveStoredKeys(chainKey: Uint8Array): { mkEnc: Uint8Array, extraBase: Uint8Array } {
  return {
    mkEnc: kdf(usage.messageKey, [chainKey], 64),
    extraBase: kdf(usage.extraSymmKey, [FF, chainKey], 64),
  }
}

/** MKmac, 64 bytes, of a MKenc. */
export function deriveMacKey(mkEnc: Uint8Array): Uint8Array {
  return kdf(usage.macKey, [mkEnc], 64)
}

/** All keys of the message whose chain key this is. otrv4.md, "Calculating Encryption and MAC Keys", "Extra Symmetric Key". */
export function deriveMessageKeys(chainKey: Uint8Array): MessageKeys {
  const stored = deriveStoredKeys(chainKey)
  return { ...stored, mkMac: deriveMacKey(stored.mkEnc) }
}

/** Overwrites the keys of a message. */
export function wipeMessageKeys(keys: MessageKeys): void {
  wipe(keys.mkEnc, keys.mkMac, keys.extraBase)
}
