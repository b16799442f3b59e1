import { wipe } from '../crypto/compare.js'
import { kdf, usage } from '../crypto/kdf.js'
import type { MessageKeys } from './state.js'
import { publicBytes } from '../wire/public-bytes.js'
import type { Secret } from '../crypto/secret.js'

/**
 * derive_ratchet_keys: the next root key and the first chain key, 64 bytes each.
 *
 * @see [OTRv4, "Deriving Double Ratchet Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#deriving-double-ratchet-keys)
 */
export function deriveRatchetKeys(previousRootKey: Uint8Array, k: Uint8Array): { rootKey: Secret, chainKey: Secret } {
  return {
    rootKey: kdf(usage.rootKey, [previousRootKey, k], 64),
    chainKey: kdf(usage.chainKey, [previousRootKey, k], 64),
  }
}

/** MKmac, 64 bytes, of a MKenc. */
export function deriveMacKey(mkEnc: Uint8Array): Secret {
  return kdf(usage.macKey, [mkEnc], 64)
}

/** Overwrites the keys of a message. */
export function wipeMessageKeys(keys: MessageKeys): void {
  wipe(keys.mkEnc, keys.mkMac, keys.extraBase)
}

/** One TLV of type 7 in a message. */
export interface ExtraKeyRequest {
  /** The TLV's place among all TLVs of the message, from 0. */
  readonly index: number
  /** What the key is for: 4 bytes, zeros where there is no context. */
  readonly context: Uint8Array
}

/** How many extra symmetric keys one message can have. */
export const MAX_EXTRA_KEYS = 10

/**
 * The extra symmetric keys of a message, 64 bytes each, one for each TLV of type 7, in order. The first is derived from `base`, each further
 * one from the key before it. The index is hashed as one byte, the context always as four. There are no keys after the tenth, nor for a
 * TLV after place 255, so the result may be shorter than `requests`.
 *
 * @param base - the message's `extraBase`, 64 bytes; the caller wipes it
 * @see [OTRv4, "Extra Symmetric Key"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#extra-symmetric-key)
 */
export function extraSymmetricKeys(base: Uint8Array, requests: readonly ExtraKeyRequest[]): Secret[] {
  const keys: Secret[] = []
  for (const { index, context } of requests) {
    if (keys.length === MAX_EXTRA_KEYS || index > 0xff) break
    const four = publicBytes(4)
    four.set(context.subarray(0, 4))
    keys.push(kdf(index, [four, keys.at(-1) ?? base], 64))
  }
  return keys
}
