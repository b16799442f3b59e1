import { OtrError } from '../errors.js'
import type { KeyedCipher } from './arithmetic.js'
import { getV3Ciphers } from './v3-ciphers.js'

/**
 * AES-128 in counter mode (NIST SP 800-38A, 6.5): encrypts and decrypts. Returns a new array of the length of `data`.
 *
 * @param key - 16 bytes, secret
 * @param counter - the initial counter block: 16 bytes, counted up as one big-endian number. In OTRv3 the upper 8 bytes are the
 *   message's counter and the lower 8 are zero. Never use a counter block twice under one key.
 */
export function aes128Ctr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
  const cipher = new Aes128Ctr(key)
  const result = cipher.apply(counter, data)
  cipher.wipe()
  return result
}

/** `aes128Ctr` under a key for many messages: it expands the key once. As secret as the key: wipe it when it is no longer needed. */
export class Aes128Ctr {
  readonly #cipher: KeyedCipher
  #wiped = false

  /** @param key - 16 bytes */
  constructor(key: Uint8Array) {
    if (key.length !== 16) throw new OtrError('OTR_INTERNAL', 'AES-128 takes a key of 16 bytes')
    this.#cipher = getV3Ciphers().aes128(key)
  }

  /**
   * Encrypts or decrypts, as `aes128Ctr`, into an array that `allocate` makes, by default one for a secret.
   *
   * @throws OtrError `OTR_INTERNAL` once the key was wiped
   */
  apply(counter: Uint8Array, data: Uint8Array, allocate?: (length: number) => Uint8Array): Uint8Array {
    if (this.#wiped) throw new OtrError('OTR_INTERNAL', 'the AES key was wiped')
    if (counter.length !== 16) throw new OtrError('OTR_INTERNAL', 'AES-128-CTR takes a counter of 16 bytes')
    return this.#cipher.counterMode(counter, data, allocate)
  }

  /** Overwrites the round keys. */
  wipe(): void {
    this.#cipher.wipe()
    this.#wiped = true
  }
}
