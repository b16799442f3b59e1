import { hwc, usage } from '../crypto/index.js'

/**
 * The fingerprint of a prekey server: HWC(usage_fingerprint || H_s, 56) of OTRv4, over the bare point of 57 bytes: a server has no
 * forging key. 56 bytes.
 */
export function prekeyServerFingerprint(serverKey: Uint8Array): Uint8Array {
  return hwc(usage.fingerprint, [serverKey], 56)
}
