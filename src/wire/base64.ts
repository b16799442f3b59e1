import { MalformedError } from '../errors.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const padding = '='.charCodeAt(0)

/** Character code of each value of 6 bits. */
const codeOf = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))

/**
 * The two characters of each value of 12 bits as one element: writing pairs halves the work. Filled through bytes, so that the
 * machine's byte order does not matter.
 */
const pairOf = new Uint16Array(
  Uint8Array.from({ length: 2 * 4096 }, (_, i) => codeOf[i % 2 === 0 ? i >>> 7 : (i >>> 1) & 63] ?? 0).buffer,
)

/** The value of each character code below 256; -1 for those outside the alphabet. */
const valueOf = new Int8Array(256).fill(-1)
codeOf.forEach((code, bits) => { valueOf[code] = bits })

const ascii = new TextDecoder('latin1')

/** RFC 4648 base64 with padding, no line breaks. */
export function base64Encode(bytes: Uint8Array): string {
  return encodeInto(new Uint16Array(Math.ceil(bytes.length / 3) * 2), '', bytes, '')
}

/** For messages of usual length, one after the other: a new array for each costs more than filling it does. Public, all of it. */
const usual = new Uint16Array(1024)

/** The base64 of public bytes with ASCII before and behind it: one flat string, which three that were put together would not be. */
export function base64Between(before: string, bytes: Uint8Array, behind: string): string {
  const length = (before.length + Math.ceil(bytes.length / 3) * 4 + behind.length + 3) >> 1
  return encodeInto(length <= usual.length ? usual : new Uint16Array(length), before, bytes, behind)
}

function encodeInto(pairs: Uint16Array, before: string, bytes: Uint8Array, behind: string): string {
  // Pairs begin at even places.
  const start = before.length + (before.length & 1)
  const end = start + Math.ceil(bytes.length / 3) * 4
  for (let i = 0, at = start >> 1; i < bytes.length; i += 3, at += 2) {
    // What is behind the end counts as zero; padding is written over it below.
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    pairs[at] = pairOf[group >>> 12] ?? 0
    pairs[at + 1] = pairOf[group & 0xfff] ?? 0
  }
  const codes = new Uint8Array(pairs.buffer)
  const missing = (3 - bytes.length % 3) % 3
  if (missing > 0) codes.fill(padding, end - missing, end)
  for (let i = 0; i < before.length; i++) codes[start - before.length + i] = before.charCodeAt(i)
  for (let i = 0; i < behind.length; i++) codes[end + i] = behind.charCodeAt(i)
  return ascii.decode(codes.subarray(start - before.length, end + behind.length))
}

/**
 * The reverse of `base64Encode`, and of nothing else: a length that is no multiple of 4, characters outside the alphabet, padding
 * anywhere but at the end, and bits that the last group has no use for are refused. So every accepted text is the one encoding of
 * its bytes. Linear time.
 * @param text the text that contains the base64, from `start` to `end`
 * @throws MalformedError with `field` and the offset of the byte at which decoding stopped
 */
export function base64Decode(text: string, field = 'base64', start = 0, end = text.length): Uint8Array {
  const length = Math.max(0, end - start)
  if (length % 4 !== 0) throw new MalformedError(field, (length >> 2) * 3, 'the length of base64 is no multiple of 4')
  if (length === 0) return new Uint8Array(0)
  const pad = text.charCodeAt(end - 1) !== padding ? 0 : text.charCodeAt(end - 2) !== padding ? 1 : 2
  const bytes = new Uint8Array((length >> 2) * 3 - pad)
  const full = pad === 0 ? end : end - 4
  let at = 0
  for (let i = start; i < full; i += 4, at += 3) {
    const group = (value(text, i) << 18) | (value(text, i + 1) << 12) | (value(text, i + 2) << 6) | value(text, i + 3)
    if (group < 0) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    bytes[at] = group >>> 16
    bytes[at + 1] = group >>> 8
    bytes[at + 2] = group
  }
  if (pad > 0) {
    const group = (value(text, full) << 18) | (value(text, full + 1) << 12) | (pad === 1 ? value(text, full + 2) << 6 : 0)
    if (group < 0) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    const unused = pad === 1 ? 0xff : 0xffff
    if ((group & unused) !== 0) throw new MalformedError(field, at, 'unused bits of the last base64 group are not zero')
    bytes[at] = group >>> 16
    if (pad === 1) bytes[at + 1] = group >>> 8
  }
  return bytes
}

/**
 * The six bits that the character at `index` stands for; negative, and so is any group that it enters, when it stands for none.
 */
function value(text: string, index: number): number {
  return valueOf[text.charCodeAt(index)] ?? -1
}
