import { bigEndian, concat, data, littleEndian, mpi, toLittleEndian, uint } from '../v4-second/bytes.js'
import type { Proof } from './formulas.js'

/** The messages of the prekey protocol, as the tables of the specification say. */

export class Bytes {
  at = 0

  constructor(readonly all: Uint8Array) {}

  take(length: number): Uint8Array {
    if (this.at + length > this.all.length) throw new Error('too short')
    this.at += length
    return this.all.slice(this.at - length, this.at)
  }

  number(length: number): number {
    return Number(bigEndian(this.take(length)))
  }

  data(): Uint8Array {
    return this.take(this.number(4))
  }

  text(): string {
    return new TextDecoder().decode(this.data())
  }

  end(): void {
    if (this.at !== this.all.length) throw new Error('too long')
  }
}

/** The bytes of a text form and the type of its message. */
export function open(message: string): { readonly type: number, readonly from: Bytes } {
  const base64 = /^([A-Za-z0-9+/]+={0,2})\.$/.exec(message)?.[1]
  if (base64 === undefined) throw new Error('not the text form')
  return typed(new Uint8Array(Buffer.from(base64, 'base64')))
}

export function typed(bytes: Uint8Array): { readonly type: number, readonly from: Bytes } {
  const from = new Bytes(bytes)
  if (from.number(2) !== 4) throw new Error('version')
  return { type: from.number(1), from }
}

/** Version, type, and the rest. */
export const head = (type: number, ...rest: readonly Uint8Array[]): Uint8Array => concat(uint(4, 2), uint(type, 1), ...rest)
export const close = (bytes: Uint8Array): string => `${Buffer.from(bytes).toString('base64')}.`
export const utf8 = (value: string): Uint8Array => data(new TextEncoder().encode(value))

/** CLIENT-PROF: only its length and its keys are read. */
export interface ClientProfile {
  readonly bytes: Uint8Array
  readonly H: Uint8Array
  readonly tag: number
}

export function readClientProfile(from: Bytes): ClientProfile {
  const start = from.at
  let H: Uint8Array | undefined
  let tag = 0
  for (let fields = from.number(4); fields > 0; fields--) {
    const type = from.number(2)
    if (type === 1) tag = from.number(4)
    else if (type === 2 || type === 3) {
      from.take(2)
      const key = from.take(57)
      if (type === 2) H = key
    } else if (type === 4) from.data()
    else if (type === 5) from.take(8)
    else throw new Error(`field ${type}`)
  }
  from.take(114)
  return { bytes: from.all.slice(start, from.at), H: H!, tag }
}

/** PREKEY-PROF: tag, expiration, typed key, signature. */
export interface PrekeyProfile {
  readonly bytes: Uint8Array
  readonly D: Uint8Array
}

export function readPrekeyProfile(from: Bytes): PrekeyProfile {
  const start = from.at
  from.take(12)
  if (littleEndian(from.take(2)) !== 0x11n) throw new Error('key type')
  const D = from.take(57)
  from.take(114)
  return { bytes: from.all.slice(start, from.at), D }
}

export interface PrekeyMessage {
  readonly bytes: Uint8Array
  readonly identifier: number
  readonly tag: number
  readonly Y: Uint8Array
  readonly B: bigint
}

export function readPrekeyMessage(from: Bytes): PrekeyMessage {
  const start = from.at
  if (from.number(2) !== 4 || from.number(1) !== 0x0f) throw new Error('not a prekey message')
  const identifier = from.number(4)
  const tag = from.number(4)
  const Y = from.take(57)
  const B = bigEndian(from.data())
  return { bytes: from.all.slice(start, from.at), identifier, tag, Y, B }
}

export const prekeyMessage = (identifier: number, tag: number, Y: Uint8Array, B: bigint): Uint8Array =>
  head(0x0f, uint(identifier, 4), uint(tag, 4), Y, mpi(B))

export const ecdhProof = ({ c, v }: Proof): Uint8Array => concat(c, toLittleEndian(v, 57))
export const dhProof = ({ c, v }: Proof): Uint8Array => concat(c, mpi(v))

export interface Publication {
  readonly messages: readonly PrekeyMessage[]
  readonly client: ClientProfile | undefined
  readonly prekey: PrekeyProfile | undefined
  readonly ecdh: Proof | undefined
  readonly dh: Proof | undefined
  readonly profile: Proof | undefined
  readonly proofs: Uint8Array
  readonly mac: Uint8Array
}

export function readPublication(from: Bytes): Publication {
  const messages = Array.from({ length: from.number(1) }, () => readPrekeyMessage(from))
  const client = from.number(1) === 1 ? readClientProfile(from) : undefined
  const prekey = from.number(1) === 1 ? readPrekeyProfile(from) : undefined
  const start = from.at
  const readEcdh = (): Proof => ({ c: from.take(64), v: littleEndian(from.take(57)) })
  const ecdh = messages.length > 0 ? readEcdh() : undefined
  const dh = messages.length > 0 ? { c: from.take(64), v: bigEndian(from.data()) } : undefined
  const profile = prekey === undefined ? undefined : readEcdh()
  const proofs = from.all.slice(start, from.at)
  const mac = from.take(64)
  from.end()
  return { messages, client, prekey, ecdh, dh, profile, proofs, mac }
}
