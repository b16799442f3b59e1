import { hmac } from '@noble/hashes/hmac.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'

/** SHA-1 (FIPS 180-4) over the concatenation of `parts`: 20 bytes. OTRv3 uses it for fingerprints, key derivation and MACs. */
export function sha1(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha1.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** SHA-256 (FIPS 180-4) over the concatenation of `parts`: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = nobleSha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** HMAC-SHA-1 (RFC 2104) over the concatenation of `parts`, key of any length: 20 bytes. Compare with `equalBytes`. */
export function hmacSha1(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = hmac.create(nobleSha1, key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** HMAC-SHA-256 (RFC 2104) over the concatenation of `parts`, key of any length: 32 bytes. Compare with `equalBytes`. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const mac = hmac.create(nobleSha256, key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}
