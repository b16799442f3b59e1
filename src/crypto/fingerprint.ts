import { hwc, usage } from './kdf.js'

/**
 * The fingerprint of an OTRv4 identity: HWC(usage_fingerprint || H || F, 56) over the two bare points of 57 bytes, without their key types.
 * 56 bytes.
 *
 * @param publicKey - H, the long-term public key
 * @param forgingKey - F, the forging public key
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export function ed448Fingerprint(publicKey: Uint8Array, forgingKey: Uint8Array): Uint8Array {
  return hwc(usage.fingerprint, [publicKey, forgingKey], 56)
}
