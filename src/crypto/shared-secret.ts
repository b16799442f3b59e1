import { hwc, kdf, usage } from './kdf.js'
import type { Secret } from './secret.js'

/** brace_key = KDF(usage_third_brace_key || k_dh, 32): from a new DH exchange. `kDh` is big-endian of minimal length. */
export function thirdBraceKey(kDh: Uint8Array): Secret {
  return kdf(usage.thirdBraceKey, [kDh], 32)
}

/** brace_key = KDF(usage_brace_key || brace_key, 32): in the ratchets between two DH exchanges. */
export function nextBraceKey(braceKey: Uint8Array): Secret {
  return kdf(usage.braceKey, [braceKey], 32)
}

/**
 * The Mixed shared secret K = KDF(usage_shared_secret || K_ecdh || brace_key, 64).
 *
 * @see [OTRv4, "Shared Secrets"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#shared-secrets)
 */
export function mixedSharedSecret(kEcdh: Uint8Array, braceKey: Uint8Array): Secret {
  return kdf(usage.sharedSecret, [kEcdh, braceKey], 64)
}

/** The secure session id: HWC(usage_SSID || K, 8). */
export function ssid(k: Uint8Array): Uint8Array {
  return hwc(usage.ssid, [k], 8)
}
