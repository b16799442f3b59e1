import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'

/** HKDF with SHA-256 (RFC 5869), without a salt: `length` bytes, at most 8,160. */
export function hkdfSha256(secret: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return hkdf(sha256, secret, undefined, info, length)
}
