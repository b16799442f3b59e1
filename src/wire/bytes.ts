import { MalformedError } from '../errors.js'
import type { Public } from '../secrecy.js'
import { wipeWatch } from '../wiped.js'

/** Concatenates all parts into a new array. */
export function concatBytes(...parts: readonly Public[]): Uint8Array {
  return concatInto((length) => new Uint8Array(length), parts)
}

/** Concatenates all parts into an array that `allocate` makes. */
export function concatInto<Bytes extends Uint8Array>(allocate: (length: number) => Bytes, parts: readonly Uint8Array[]): Bytes {
  wipeWatch?.used(parts)
  let length = 0
  for (const part of parts) length += part.length
  const all = allocate(length)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A number from 0 to 65,535 as 2 bytes, big-endian. */
export function uint16be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value)
}

/** A number from 0 to 2^32 - 1 as 4 bytes, big-endian. */
export function uint32be(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** A whole number from 0 to 2^53 - 1 as 8 bytes, big-endian. */
export function uint64be(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  // Not by shifts, which end at 32 bits, nor by a DataView: for so small an array it costs many times more.
  for (let at = 7, rest = value; rest > 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  return bytes
}

/**
 * A whole number of magnitude below 2^53 as 8 bytes, big-endian, two's complement: the expiration of a profile.
 */
export function int64be(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(value))
  return bytes
}

/** A big-endian number without its leading zero bytes: the content of an MPI. Zero is the empty array. A view, not a copy. */
export function minimalBigEndian(bytes: Uint8Array): Uint8Array {
  let zeros = 0
  while (zeros < bytes.length && bytes[zeros] === 0) zeros++
  return zeros === 0 ? bytes : bytes.subarray(zeros)
}

const encoder = new TextEncoder()
// A byte order mark is text like any other: dropping it would change what was said.
const replacingDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
const strictDecoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

/** The same bytes as a plain `Uint8Array`. Applications in Node often give a Buffer, whose `slice` makes no copy. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return Object.getPrototypeOf(bytes) === Uint8Array.prototype ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Replaces every Buffer in plain objects and arrays by a plain `Uint8Array` with a copy of its bytes. Use it for sessions of `otr4/v3` and
 * `otr4/v4` that an application has serialised itself. What holds no Buffer is returned as it is.
 */
export function withPlainBytes<T>(value: T): T {
  return plain(value) as T
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Uint8Array) return Object.getPrototypeOf(value) === Uint8Array.prototype ? value : new Uint8Array(value)
  if (Array.isArray(value)) {
    let changed: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const before: unknown = value[i]
      const after = plain(before)
      if (after !== before) (changed ??= value.slice())[i] = after
    }
    return changed ?? value
  }
  let changed: Record<string, unknown> | undefined
  for (const [key, before] of Object.entries(value)) {
    const after = plain(before)
    if (after !== before) (changed ??= { ...value })[key] = after
  }
  return changed ?? value
}

/** Text as UTF-8. Lone surrogates become U+FFFD. */
export function utf8Encode(text: string): Uint8Array {
  return text.length <= SHORT ? asciiBytes(text) ?? encoder.encode(text) : encoder.encode(text)
}

/** Up to this many characters, a loop is faster than the engine's encoder. */
const SHORT = 64

function asciiBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) {
      bytes.fill(0)
      return undefined
    }
    bytes[i] = code
  }
  return bytes
}

/** UTF-8 as text. `valid` is false when some bytes were not UTF-8; each of them became U+FFFD. Never throws. */
export function utf8Decode(bytes: Uint8Array): { readonly text: string, readonly valid: boolean } {
  try {
    return { text: strictDecoder.decode(bytes), valid: true }
  } catch {
    return { text: replacingDecoder.decode(bytes), valid: false }
  }
}

const hexOf: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal, two digits a byte. */
export function hexEncode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += hexOf[byte] ?? ''
  return text
}

/** A cache: sessions keep the same arrays from their beginning to their end, and need these with every message. No secrets. */
const publicHexOf = new WeakMap<Uint8Array, string>()

/** As `hexEncode`, for a fingerprint or a session id, whose bytes never change: computed once for each array. */
export function publicHex(bytes: Uint8Array): string {
  let hex = publicHexOf.get(bytes)
  if (hex === undefined) publicHexOf.set(bytes, hex = hexEncode(bytes))
  return hex
}

/**
 * Hexadecimal of either case, nothing between the digits.
 * @throws MalformedError (`OTR_MALFORMED`) with `field` for an odd count or anything that is no digit
 */
export function hexDecode(text: string, field = 'hex'): Uint8Array {
  const bad = text.search(/[^0-9a-fA-F]/)
  if (bad >= 0) throw new MalformedError(field, bad >> 1, 'not a hexadecimal digit')
  if (text.length % 2 !== 0) throw new MalformedError(field, text.length >> 1, 'half a byte at the end')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}
