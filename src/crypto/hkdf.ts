import { publicBytes, publicOf } from '../wire/public-bytes.js'
import { wipe } from './compare.js'
import { hmacSha256 } from './hash.js'
import { secretBytes, type Secret } from './secret.js'

/** HKDF with SHA-256 (RFC 5869), without a salt: `length` bytes, at most 8,160. */
export function hkdfSha256(secret: Uint8Array, info: Uint8Array, length: number): Secret {
  const key = hmacSha256(publicBytes(32), secret)
  const result = secretBytes(length)
  let block: Uint8Array = publicBytes(0)
  for (let at = 0; at < length; at += 32) {
    const next = hmacSha256(key, block, info, publicOf(at / 32 + 1))
    wipe(block)
    result.set(next.subarray(0, length - at), at)
    block = next
  }
  wipe(key, block)
  return result
}
