import { hwc, usage } from './kdf.js'

/**
 * The fingerprint of an OTRv4 identity: HWC(usage_fingerprint || H || F, 56) over the two bare points of 57 bytes, without their key
 * types. 56 bytes. otrv4.md, "Public keys, Shared Prekeys, Forging keys and Fingerprints".
 *
 * @param publicKey H, the long-term public key
 * @param forgingKey F, the forging public key
 */
export function ed448Fingerprint(publicKey: Uint8Array, forgingKey: Uint8Array): Uint8Array {
  return hwc(usage.fingerprint, [publicKey, forgingKey], 56)
}
