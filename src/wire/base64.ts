import { MalformedError } from '../errors.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const padding = '='.charCodeAt(0)

/** Character code of each value of 6 bits. */
const codeOf = Uint8Array.from(alphabet, (character) => character.charCodeAt(0))

/** The value of each character code below 256; 64 for those outside the alphabet. */
const valueOf = new Uint8Array(256).fill(64)
for (let value = 0; value < 64; value++) valueOf[codeOf[value] ?? 0] = value

const ascii = new TextDecoder('latin1')

/** RFC 4648 base64 with padding, no line breaks. */
export function base64Encode(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let at = 0
  let i = 0
  for (const last = bytes.length - 2; i < last; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    codes[at++] = codeOf[group >>> 18] ?? 0
    codes[at++] = codeOf[(group >>> 12) & 63] ?? 0
    codes[at++] = codeOf[(group >>> 6) & 63] ?? 0
    codes[at++] = codeOf[group & 63] ?? 0
  }
  const left = bytes.length - i
  if (left > 0) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8)
    codes[at++] = codeOf[group >>> 18] ?? 0
    codes[at++] = codeOf[(group >>> 12) & 63] ?? 0
    codes[at++] = left === 2 ? codeOf[(group >>> 6) & 63] ?? 0 : padding
    codes[at] = padding
  }
  return ascii.decode(codes)
}

/**
 * The reverse of `base64Encode`, and of nothing else: a length that is no multiple of 4, characters outside the alphabet, padding
 * anywhere but at the end, and bits that the last group has no use for are refused. So every accepted text is the one encoding of
 * its bytes. Linear time.
 * @param text the text that contains the base64, from `start` to `end`
 * @throws MalformedError with `field` and the offset of the byte at which decoding stopped
 */
export function base64Decode(text: string, field = 'base64', start = 0, end = text.length): Uint8Array {
  const length = end - start
  if (length % 4 !== 0) throw new MalformedError(field, (length >> 2) * 3, 'the length of base64 is a multiple of 4')
  if (length === 0) return new Uint8Array(0)
  const pad = text.charCodeAt(end - 1) !== padding ? 0 : text.charCodeAt(end - 2) !== padding ? 1 : 2
  const bytes = new Uint8Array((length >> 2) * 3 - pad)
  const full = pad === 0 ? end : end - 4
  let at = 0
  for (let i = start; i < full; i += 4) {
    // Codes above 255 find nothing in the table: undefined becomes 64, as for any other stranger.
    const a = valueOf[text.charCodeAt(i)] ?? 64
    const b = valueOf[text.charCodeAt(i + 1)] ?? 64
    const c = valueOf[text.charCodeAt(i + 2)] ?? 64
    const d = valueOf[text.charCodeAt(i + 3)] ?? 64
    if ((a | b | c | d) > 63) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    bytes[at++] = (a << 2) | (b >>> 4)
    bytes[at++] = (b << 4) | (c >>> 2)
    bytes[at++] = (c << 6) | d
  }
  if (pad > 0) {
    const a = valueOf[text.charCodeAt(full)] ?? 64
    const b = valueOf[text.charCodeAt(full + 1)] ?? 64
    const c = pad === 1 ? valueOf[text.charCodeAt(full + 2)] ?? 64 : 0
    if ((a | b | c) > 63) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    const unused = pad === 1 ? c & 3 : b & 15
    if (unused !== 0) throw new MalformedError(field, at, 'unused bits of the last base64 group are not zero')
    bytes[at++] = (a << 2) | (b >>> 4)
    if (pad === 1) bytes[at] = (b << 4) | (c >>> 2)
  }
  return bytes
}
