import { unsafe } from '@noble/ciphers/aes.js'
import { sha1 as nobleSha1 } from '@noble/hashes/legacy.js'
import type { V3Ciphers } from '../arithmetic.js'
import { HashEngine, wipeKeyed } from './hash-engine.js'

const sha1Engine = /* @__PURE__ */ new HashEngine(() => nobleSha1.create())

/** Version 3's hash and cipher by the @noble libraries. Their AES looks tables up with what is secret: time depends on it, through the caches. */
export const nobleV3Ciphers: V3Ciphers = {
  constantTime: false,
  sha1: (parts) => sha1Engine.hash(parts),
  hmacSha1: (key) => {
    const keyed = sha1Engine.key(key)
    return { of: (parts) => sha1Engine.keyedHmac(keyed, parts), wipe: () => { wipeKeyed(keyed) } }
  },
  aes128: (key) => {
    const schedule = unsafe.expandKeyLE(key)
    return { counterMode: (counter, data) => counterMode(schedule, counter, data), wipe: () => { schedule.fill(0) } }
  },
}

function counterMode(schedule: Uint32Array, counter: Uint8Array, data: Uint8Array): Uint8Array {
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
