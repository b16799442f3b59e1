import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { OtrError } from '../errors.js'
import type { KeyedMac } from './arithmetic.js'
import { HashEngine } from './noble/hash-engine.js'
import { getV3Ciphers } from './v3-ciphers.js'
import { asSecret, type Secret } from './secret.js'

/** SHA-1 (FIPS 180-4) over the concatenation of `parts`: 20 bytes. OTRv3 uses it for fingerprints, key derivation and MACs. */
export function sha1(...parts: readonly Uint8Array[]): Secret {
  return asSecret(getV3Ciphers().sha1(parts))
}

/** SHA-256 (FIPS 180-4) over the concatenation of `parts`: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Secret {
  return sha256Engine.hash(parts)
}

/** HMAC-SHA-1 (RFC 2104) over the concatenation of `parts`, key of any length: 20 bytes. Compare with `equalBytes`. */
export function hmacSha1(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const keyed = getV3Ciphers().hmacSha1(key)
  const mac = keyed.of(parts)
  keyed.wipe()
  return mac
}

/** HMAC-SHA-256 (RFC 2104) over the concatenation of `parts`, key of any length: 32 bytes. Compare with `equalBytes`. */
export function hmacSha256(key: Uint8Array, ...parts: readonly Uint8Array[]): Secret {
  return sha256Engine.hmac(key, parts)
}

const sha256Engine = /* @__PURE__ */ new HashEngine(() => nobleSha256.create())

/** HMAC-SHA-1 under a key for many messages: it absorbs the key, of any length, once. As secret as the key: wipe it when it is no longer needed. */
export class HmacSha1 {
  readonly #keyed: KeyedMac
  #wiped = false

  constructor(key: Uint8Array) {
    this.#keyed = getV3Ciphers().hmacSha1(key)
  }

  /** Returns the MAC of a message: 20 bytes. Compare with `equalBytes`. @throws OtrError `OTR_INTERNAL` once the key was wiped */
  of(message: Uint8Array): Uint8Array {
    if (this.#wiped) throw new OtrError('OTR_INTERNAL', 'the MAC key was wiped')
    return this.#keyed.of([message])
  }

  /** Overwrites what was derived from the key. */
  wipe(): void {
    this.#keyed.wipe()
    this.#wiped = true
  }
}
