import { Packr } from 'msgpackr/index-no-eval'
import { wipe } from '../crypto/index.js'
import { concatSecrets, secretBytes } from '../crypto/secret.js'
import { Refusal, type Plain } from './codec.js'

/**
 * MessagePack, reduced to nil, booleans, numbers, strings, binary and arrays: no records, extensions or classes. It uses the build of msgpackr
 * without generated code, which any Content Security Policy allows.
 */
const packr = new Packr({ useRecords: false, structuredClone: false, moreTypes: false, copyBuffers: false, int64AsType: 'number' })

/** In Node the packer calls methods that only a Buffer has. */
function allocate(length: number): Uint8Array {
  const { Buffer } = globalThis as { readonly Buffer?: { alloc(length: number): Uint8Array } }
  return Buffer?.alloc(length) ?? secretBytes(length)
}

/** The packer's memory, which is ours so that it can be wiped. If the packer enlarged its memory itself, it would leave a copy behind each time. */
let room = allocate(65_536)

/** Returns an upper bound for the encoded length of a value, in bytes. */
function mostBytes(value: Plain): number {
  if (value instanceof Uint8Array) return value.length + 5
  if (typeof value === 'string') return 3 * value.length + 5
  return Array.isArray(value) ? (value as readonly Plain[]).reduce((sum: number, one) => sum + mostBytes(one), 5) : 9
}

/** The packer requires some bytes more than it uses. */
const SPARE = 4096

/** Encodes a value into a new array: wipe it after use. */
export function pack(value: Plain): Uint8Array {
  const most = mostBytes(value) + SPARE
  if (most > room.length) room = allocate(2 * most)
  packr.useBuffer(room)
  const packed = packr.pack(value)
  const copy = concatSecrets(packed)
  wipe(packed)
  return copy
}

/** Decodes a value; it must fill `bytes`. Every byte array in it is a copy. @throws Refusal */
export function unpack(bytes: Uint8Array): Plain {
  return withCopies(unpackShared(bytes))
}

/** The value with byte arrays of its own. */
export function withCopies(plain: Plain): Plain {
  if (plain instanceof Uint8Array) return concatSecrets(plain)
  return Array.isArray(plain) ? (plain as readonly Plain[]).map(withCopies) : plain
}

/** As `unpack`, but every byte array in the value is a view of `bytes`, which then belong to the value. Copies would take three times the memory. */
export function unpackShared(bytes: Uint8Array): Plain {
  try {
    return packr.unpack(bytes) as Plain
  } catch {
    throw new Refusal('not well formed')
  }
}
