import { publicBytes } from '../wire/public-bytes.js'

export { concatBytes, hexEncode, uint32be, uint64be, utf8Encode } from '../wire/index.js'

/** Whether `bytes` begins with `prefix`. Variable-time: for public values only. */
export function equalPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, at) => bytes[at] === byte)
}

/** The reverse of `uint64be`; `undefined` for 2^53 and more. */
export function readUint64be(bytes: Uint8Array, at: number): number | undefined {
  let value = 0
  for (let i = 0; i < 8; i++) value = 256 * value + (bytes[at + i] ?? 0)
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined
}

/** A whole number below 2^32, written as four bytes, big-endian. */
export function readUint32be(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
}

/** The 16-bit units of a string, big-endian: exact for every string, even one that is not valid Unicode. */
export function utf16be(text: string): Uint8Array {
  const bytes = publicBytes(2 * text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes[2 * i] = unit >> 8
    bytes[2 * i + 1] = unit & 0xff
  }
  return bytes
}

/** A record's name as a key of a map: one character a byte, another one for each of the 256. */
export function mapKey(name: Uint8Array): string {
  let key = ''
  for (const byte of name) key += String.fromCharCode(byte)
  return key
}
