import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import { getArithmetic } from './provider.js'
import { secretBytes } from './secret.js'

/** The key of the current call. All calls can share the array, because computations never overlap. */
const first = secretBytes(32)

/**
 * Encrypts or decrypts with ChaCha20 (RFC 7539), counter and nonce 0: each key is used for one message only. The key is the first 32 bytes
 * of `key` (a MKenc has 64).
 *
 * @param allocate - makes the array for the result; by default one for a secret
 *
 * @see [OTRv4, "When you send a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#when-you-send-a-data-message)
 */
export function chacha20(key: Uint8Array, data: Uint8Array, allocate?: (length: number) => Uint8Array): Uint8Array {
  wipeWatch?.used([key])
  if (key.length < 32) throw new OtrError('OTR_INTERNAL', 'ChaCha20 takes a key of 32 bytes')
  for (let at = 0; at < first.length; at++) first[at] = key[at] ?? 0
  const result = getArithmetic().chacha20(first, data, allocate)
  first.fill(0)
  return result
}
