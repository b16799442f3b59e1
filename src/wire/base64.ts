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

const encoder = new TextEncoder()
// The bytes are ASCII. Engines decode it faster as UTF-8 than as Latin-1.
const decoder = new TextDecoder()

/** Memory to write base64 in: as pairs of characters, and as characters. */
interface Room {
  readonly pairs: Uint16Array
  readonly codes: Uint8Array
}

function roomFor(characters: number): Room {
  const pairs = new Uint16Array((characters + 1) >> 1)
  return { pairs, codes: new Uint8Array(pairs.buffer) }
}

/** RFC 4648 base64 of any number of bytes, with padding, without line breaks. */
export function base64Encode(bytes: Uint8Array): string {
  return encodeIn(roomFor(Math.ceil(bytes.length / 3) * 4), '', bytes, '')
}

/** Reused for messages of usual length: to allocate arrays costs more than to fill them. They hold public bytes only. */
const usual = 4096
const usualRoom = roomFor(usual)
const usualCodes = new Uint8Array(usual)
const usualBytes = new Uint8Array(usual)

/** The base64 of public bytes between two ASCII strings. The result is one flat string; a concatenation of three would not be flat. */
export function base64Between(before: string, bytes: Uint8Array, behind: string): string {
  const length = before.length + Math.ceil(bytes.length / 3) * 4 + behind.length + 1
  return encodeIn(length <= usual ? usualRoom : roomFor(length), before, bytes, behind)
}

function encodeIn({ pairs, codes }: Room, before: string, bytes: Uint8Array, behind: string): string {
  // Pairs begin at even places.
  const start = before.length + (before.length & 1)
  const whole = bytes.length - bytes.length % 3
  let at = start >> 1
  for (let i = 0; i < whole; i += 3, at += 2) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    pairs[at] = pairOf[group >>> 12] ?? 0
    pairs[at + 1] = pairOf[group & 0xfff] ?? 0
  }
  let end = at << 1
  if (whole < bytes.length) {
    const two = whole + 1 < bytes.length
    const group = ((bytes[whole] ?? 0) << 16) | (two ? (bytes[whole + 1] ?? 0) << 8 : 0)
    pairs[at] = pairOf[group >>> 12] ?? 0
    codes[end + 2] = two ? codeOf[(group >>> 6) & 63] ?? 0 : padding
    codes[end + 3] = padding
    end += 4
  }
  for (let i = 0; i < before.length; i++) codes[start - before.length + i] = before.charCodeAt(i)
  for (let i = 0; i < behind.length; i++) codes[end + i] = behind.charCodeAt(i)
  return decoder.decode(codes.subarray(start - before.length, end + behind.length))
}

/**
 * The reverse of `base64Encode`, and of nothing else: a length that is no multiple of 4, characters outside the alphabet, padding
 * anywhere but at the end, and unused bits of the last group that are not zero are refused. So every accepted text is the one encoding of
 * its bytes. Linear time.
 * @param text - the text that contains the base64, from `start` to `end`
 * @throws MalformedError (`OTR_MALFORMED`) with `field` and the offset of the byte at which decoding stopped
 */
export function base64Decode(text: string, field = 'base64', start = 0, end = text.length): Uint8Array {
  const codes = new Uint8Array(Math.max(0, end - start))
  const bytes = decodeIn(codes, undefined, text, field, start)
  codes.fill(0)
  return bytes
}

/** As `base64Decode`, but returns a view of public bytes, which the next call overwrites: read them at once. */
export function base64View(text: string, field: string, start: number, end: number): Uint8Array {
  const length = end - start
  return length > usual || length <= 0
    ? base64Decode(text, field, start, end)
    : decodeIn(usualCodes.subarray(0, length), usualBytes, text, field, start)
}

/** Decodes into `room`. `codes` has the length of the base64 and holds its characters as bytes, which are faster to read than characters. */
function decodeIn(codes: Uint8Array, room: Uint8Array | undefined, text: string, field: string, start: number): Uint8Array {
  const { length } = codes
  if (length % 4 !== 0) throw new MalformedError(field, (length >> 2) * 3, 'the length of base64 is no multiple of 4')
  if (length === 0) return new Uint8Array(0)
  const { written } = encoder.encodeInto(text.slice(start, start + length), codes)
  // A character outside ASCII takes several bytes, none of them in the alphabet; the end of `codes` may then stay unfilled.
  if (written < length) codes.fill(0xff, written)
  const pad = codes[length - 1] !== padding ? 0 : codes[length - 2] !== padding ? 1 : 2
  const full = pad === 0 ? length : length - 4
  const size = (length >> 2) * 3 - pad
  const bytes = room ?? new Uint8Array(size)
  let at = 0
  for (let i = 0; i < full; i += 4, at += 3) {
    const group = (value(codes, i) << 18) | (value(codes, i + 1) << 12) | (value(codes, i + 2) << 6) | value(codes, i + 3)
    if (group < 0) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    bytes[at] = group >>> 16
    bytes[at + 1] = group >>> 8
    bytes[at + 2] = group
  }
  if (pad > 0) {
    const group = (value(codes, full) << 18) | (value(codes, full + 1) << 12) | (pad === 1 ? value(codes, full + 2) << 6 : 0)
    if (group < 0) throw new MalformedError(field, at, 'a character outside the base64 alphabet')
    const unused = pad === 1 ? 0xff : 0xffff
    if ((group & unused) !== 0) throw new MalformedError(field, at, 'unused bits of the last base64 group are not zero')
    bytes[at] = group >>> 16
    if (pad === 1) bytes[at + 1] = group >>> 8
  }
  return room === undefined ? bytes : bytes.subarray(0, size)
}

/**
 * Returns the six bits that the character at `index` encodes. If it is not in the alphabet, the result is negative, and so is the group of
 * which it becomes a part.
 */
function value(codes: Uint8Array, index: number): number {
  return valueOf[codes[index] ?? 0] ?? -1
}
