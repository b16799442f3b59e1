import { unsafe } from '@noble/ciphers/aes.js'
import { OtrError } from '../errors.js'

/**
 * AES-128 in counter mode (NIST SP 800-38A, 6.5): encrypts and decrypts. Returns as many bytes as `data` has, a fresh array.
 *
 * @param key 16 bytes, secret
 * @param counter the initial counter block, 16 bytes, the whole of which counts up, big-endian. In OTRv3 the upper 8 bytes are the
 *   message's counter and the lower 8 are zero. Never use a counter block twice under one key.
 */
export function aes128Ctr(key: Uint8Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
  const schedule = expandAes128Key(key)
  const result = aes128CtrExpanded(schedule, counter, data)
  schedule.fill(0)
  return result
}

/** The round keys of a key of 16 bytes, for `aes128CtrExpanded`: worth keeping for many short messages. As secret as the key: wipe them. */
export function expandAes128Key(key: Uint8Array): Uint32Array {
  if (key.length !== 16) throw new OtrError('OTR_INTERNAL', 'AES-128 takes a key of 16 bytes')
  return unsafe.expandKeyLE(key)
}

/** `aes128Ctr` with the result of `expandAes128Key` in the place of the key. */
export function aes128CtrExpanded(schedule: Uint32Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
  if (counter.length !== 16) throw new OtrError('OTR_INTERNAL', 'AES-128-CTR takes a counter of 16 bytes')
  // noble's own `ctr` spends most of a short message's time around these functions of it.
  let [a, b, c, d] = [wordAt(counter, 0), wordAt(counter, 4), wordAt(counter, 8), wordAt(counter, 12)]
  const result = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at += 16) {
    const { s0, s1, s2, s3 } = unsafe.encrypt(schedule, swap(a), swap(b), swap(c), swap(d))
    xorWord(result, data, at, s0)
    xorWord(result, data, at + 4, s1)
    xorWord(result, data, at + 8, s2)
    xorWord(result, data, at + 12, s3)
    d = (d + 1) | 0
    if (d === 0) c = (c + 1) | 0
    if (d === 0 && c === 0) b = (b + 1) | 0
    if (d === 0 && c === 0 && b === 0) a = (a + 1) | 0
  }
  return result
}

/** The big-endian word at `at`. */
function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

/** The word with its bytes in reverse order: noble's AES counts them from the other end. */
function swap(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}

/** Four bytes of key stream onto the data, as far as the data reaches: what is written behind the end of an array is lost. */
function xorWord(result: Uint8Array, data: Uint8Array, at: number, stream: number): void {
  result[at] = (data[at] ?? 0) ^ (stream & 0xff)
  result[at + 1] = (data[at + 1] ?? 0) ^ ((stream >>> 8) & 0xff)
  result[at + 2] = (data[at + 2] ?? 0) ^ ((stream >>> 16) & 0xff)
  result[at + 3] = (data[at + 3] ?? 0) ^ (stream >>> 24)
}
