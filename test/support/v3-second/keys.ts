import { createCipheriv, createHash, createHmac, getDiffieHellman } from 'node:crypto'
import { bigEndian, concat, mpi, power, uint } from '../v4-second/bytes.js'

/** Version 3, from the formulas of its specification: Diffie-Hellman in the group of 1536 bits, and what is derived from it. */
export const p1536 = bigEndian(getDiffieHellman('modp5').getPrime())

export const dhPublic = (secret: Uint8Array): bigint => power(2n, bigEndian(secret), p1536)
export const dhShared = (secret: Uint8Array, theirs: bigint): bigint => power(theirs, bigEndian(secret), p1536)

const digest = (name: 'sha1' | 'sha256', ...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(createHash(name).update(concat(...parts)).digest())
export const sha1 = (...parts: readonly Uint8Array[]): Uint8Array => digest('sha1', ...parts)
export const sha256 = (...parts: readonly Uint8Array[]): Uint8Array => digest('sha256', ...parts)
export const hmac = (name: 'sha1' | 'sha256', key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(createHmac(name, key).update(concat(...parts)).digest())

/** AES-128 in counter mode; `top`: the top half of the first counter. */
export const aesCtr = (key: Uint8Array, text: Uint8Array, top: Uint8Array = new Uint8Array(8)): Uint8Array =>
  new Uint8Array(createCipheriv('aes-128-ctr', key, concat(top, new Uint8Array(8))).update(text))

/** c, m1, m2 of the Reveal Signature message, and those of the Signature message. */
export interface AkeKeys {
  readonly ssid: Uint8Array
  readonly c: Uint8Array
  readonly cPrime: Uint8Array
  readonly m1: Uint8Array
  readonly m2: Uint8Array
  readonly m1Prime: Uint8Array
  readonly m2Prime: Uint8Array
}

export function akeKeys(s: bigint): AkeKeys {
  const h2 = (b: number): Uint8Array => sha256(Uint8Array.of(b), mpi(s))
  return { ssid: h2(0).slice(0, 8), c: h2(1).slice(0, 16), cPrime: h2(1).slice(16), m1: h2(2), m2: h2(3), m1Prime: h2(4), m2Prime: h2(5) }
}

export interface SessionKeys {
  readonly high: boolean
  readonly sendingKey: Uint8Array
  readonly sendingMacKey: Uint8Array
  readonly receivingKey: Uint8Array
  readonly receivingMacKey: Uint8Array
  readonly extraKey: Uint8Array
}

export function sessionKeys(ours: bigint, theirs: bigint, s: bigint): SessionKeys {
  const high = ours > theirs
  const h1 = (b: number): Uint8Array => sha1(Uint8Array.of(b), mpi(s)).slice(0, 16)
  const [sendingKey, receivingKey] = high ? [h1(1), h1(2)] : [h1(2), h1(1)]
  return { high, sendingKey, sendingMacKey: sha1(sendingKey), receivingKey, receivingMacKey: sha1(receivingKey), extraKey: sha256(Uint8Array.of(0xff), mpi(s)) }
}

export const head = (type: number, sender: number, receiver: number): Uint8Array => concat(uint(3, 2), uint(type, 1), uint(sender, 4), uint(receiver, 4))

/** In version 2 a message has no instance tags. */
export const headOf2 = (type: number): Uint8Array => concat(uint(2, 2), uint(type, 1))
