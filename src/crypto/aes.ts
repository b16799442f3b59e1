import { ctr } from '@noble/ciphers/aes.js'
import { OtrError } from '../errors.js'

/**
 * AES-128 in counter mode (NIST SP 800-38A, 6.5): encrypts and decrypts. Returns as many bytes as `data` has, a fresh array.
 *
 * @param key 16 bytes, secret
 * @param counter the initial counter block, 16 bytes, the whole of which counts up, big-endian. In OTRv3 the upper 8 bytes are the
 *   message's counter and the lower 8 are zero. Never use a counter block twice under one key.
 */
export function aes128Ctr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
  if (key.length !== 16 || counter.length !== 16) throw new OtrError('OTR_INTERNAL', 'AES-128-CTR takes a key and a counter of 16 bytes')
  return ctr(key, counter).encrypt(data)
}
