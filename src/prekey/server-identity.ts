import { hwc, usage } from '../crypto/index.js'

/**
 * The fingerprint of a prekey server, 56 bytes: HWC(usage_fingerprint || H_s, 56) of OTRv4. A server has no forging key.
 *
 * @param serverKey - H_s: the bare point, 57 bytes
 * @see [OTRv4 prekey server, "Public keys and Fingerprints"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#public-keys-and-fingerprints)
 */
export function prekeyServerFingerprint(serverKey: Uint8Array): Uint8Array {
  return hwc(usage.fingerprint, [serverKey], 56)
}
