/** Files by code of their own, from spec/files.md: HChaCha20 and all lengths by hand, the rest by Node. For tests only. */
import { createCipheriv, createHmac } from 'node:crypto'
import { concat, toBigEndian, uint } from '../v4-second/bytes.js'

export const USE = 0x4f346631
export const CHUNK = 65536
export const HEADER = 512

export interface Header {
  readonly length: number
  readonly name: Uint8Array
  readonly type: Uint8Array
}

const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(createHmac('sha256', key).update(concat(...parts)).digest())

/** HKDF-SHA-256 without salt, of 32 bytes. */
const hkdf = (secret: Uint8Array, info: Uint8Array): Uint8Array => hmac(hmac(new Uint8Array(32), secret), info, Uint8Array.of(1))

export function fileKey(raw: Uint8Array, salt: Uint8Array): { readonly extraKey: Uint8Array, readonly key: Uint8Array } {
  const extraKey = hkdf(raw, concat(Buffer.from('otr4 extra key'), uint(USE, 4), uint(32, 4)))
  return { extraKey, key: hkdf(extraKey, concat(Buffer.from('otr4 file 1'), salt)) }
}

export const uint64 = (value: number): Uint8Array => {
  const digits = toBigEndian(BigInt(value))
  return concat(new Uint8Array(8 - digits.length), digits)
}

export function header({ length, name, type }: Header): Uint8Array {
  return concat(Uint8Array.of(1), uint64(length), Uint8Array.of(name.length), name, Uint8Array.of(type.length), type)
}

export function offer(of: Header, salt: Uint8Array, place: string): Uint8Array {
  return concat(header(of), salt, uint(place.length, 2), Buffer.from(place))
}

/** Padmé as its authors write it: E, S, and how many of the last bits have to be zero. */
export function chunks(length: number): number {
  const needed = BigInt(Math.ceil((HEADER + length) / CHUNK))
  if (needed < 2n) return 1
  const e = needed.toString(2).length - 1
  const s = e.toString(2).length
  const mask = (1n << BigInt(e - s)) - 1n
  return Number((needed + mask) & ~mask)
}

function rotate(word: number, by: number): number {
  return ((word << by) | (word >>> (32 - by))) >>> 0
}

export function hchacha20(key: Uint8Array, nonce: Uint8Array): Uint8Array {
  const input = concat(Buffer.from('expand 32-byte k'), key, nonce.slice(0, 16))
  const words = Array.from({ length: 16 }, (_, n) => new DataView(input.buffer, input.byteOffset).getUint32(4 * n, true))
  const quarter = (a: number, b: number, c: number, d: number): void => {
    for (const [x, y, z, by] of [[a, b, d, 16], [c, d, b, 12], [a, b, d, 8], [c, d, b, 7]] as const) {
      words[x] = (words[x]! + words[y]!) >>> 0
      words[z] = rotate(words[z]! ^ words[x], by)
    }
  }
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 4; n++) quarter(n, 4 + n, 8 + n, 12 + n)
    for (let n = 0; n < 4; n++) quarter(n, 4 + (n + 1) % 4, 8 + (n + 2) % 4, 12 + (n + 3) % 4)
  }
  const out = new Uint8Array(32)
  for (const [at, n] of [0, 1, 2, 3, 12, 13, 14, 15].entries()) new DataView(out.buffer).setUint32(4 * at, words[n]!, true)
  return out
}

/** ChaCha20-Poly1305 under HChaCha20's key. */
export function aead(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv('chacha20-poly1305', hchacha20(key, nonce), concat(new Uint8Array(4), nonce.slice(16)), { authTagLength: 16 })
  cipher.setAAD(data, { plaintextLength: plaintext.length })
  return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag())
}

export function sealChunk(key: Uint8Array, chunk: number, isLast: boolean, tagBefore: Uint8Array, nonce: Uint8Array, plaintext: Uint8Array): { readonly data: Uint8Array, readonly sealed: Uint8Array } {
  const data = concat(uint64(chunk), Uint8Array.of(isLast ? 1 : 0), tagBefore)
  return { data, sealed: concat(nonce, aead(key, nonce, data, plaintext)) }
}

/** All chunks of a file, one after the other. */
export function seal(key: Uint8Array, of: Header, content: Uint8Array, nonces: readonly Uint8Array[]): Uint8Array[] {
  const count = chunks(of.length)
  const plain = new Uint8Array(count * CHUNK)
  plain.set(header(of))
  plain.set(content, HEADER)
  const sealed: Uint8Array[] = []
  for (let n = 0; n < count; n++) {
    sealed.push(sealChunk(key, n, n === count - 1, sealed.at(-1)?.slice(-16) ?? new Uint8Array(16), nonces[n]!, plain.slice(n * CHUNK, (n + 1) * CHUNK)).sealed)
  }
  return sealed
}
