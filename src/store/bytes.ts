export { concatBytes, hexEncode, utf8Encode } from '../wire/index.js'

/** Whether `bytes` begins with `prefix`. Of public values. */
export function equalPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((byte, at) => bytes[at] === byte)
}

/** A whole number below 2^53 as eight bytes, big-endian. */
export function uint64be(value: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** The reverse; `undefined` from 2^53 on. */
export function readUint64be(bytes: Uint8Array, at: number): number | undefined {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(at)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}

/** The 16-bit units of a string, big-endian: exact for every string, also for one that is no Unicode. */
export function utf16be(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length)
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes[2 * i] = unit >> 8
    bytes[2 * i + 1] = unit & 0xff
  }
  return bytes
}

const singleBytes = new TextDecoder('windows-1252')

/** Bytes as a key of a map: one character each, another one for each of the 256. */
export function mapKey(bytes: Uint8Array): string {
  return singleBytes.decode(bytes)
}
