import { hwc, usage } from '../crypto/index.js'

/**
 * The fingerprint of a prekey server, 56 bytes: HWC(usage_fingerprint || H_s, 56) of OTRv4. H_s is the bare point of 57 bytes; a server
 * has no forging key.
 */
export function prekeyServerFingerprint(serverKey: Uint8Array): Uint8Array {
  return hwc(usage.fingerprint, [serverKey], 56)
}
