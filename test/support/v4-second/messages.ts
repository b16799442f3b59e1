import { bigEndian } from './bytes.js'

/** The messages of version 4, read from their text form as the tables of the specification say. */

export interface Profile {
  readonly bytes: Uint8Array
  readonly signed: Uint8Array
  readonly instanceTag: number
  readonly publicKey: Uint8Array
  readonly forgingKey: Uint8Array
  readonly versions: string
  readonly expiration: bigint
  readonly signature: Uint8Array
}

interface Common {
  readonly senderTag: number
  readonly receiverTag: number
}

export interface Identity extends Common { readonly type: 0x35, readonly profile: Profile, readonly Y: Uint8Array, readonly B: bigint, readonly firstEcdh: Uint8Array, readonly firstDh: bigint }
export interface AuthR extends Common {
  readonly type: 0x36
  readonly profile: Profile
  readonly X: Uint8Array
  readonly A: bigint
  readonly sigma: Uint8Array
  readonly firstEcdh: Uint8Array
  readonly firstDh: bigint
}
export interface AuthI extends Common { readonly type: 0x37, readonly sigma: Uint8Array }
export interface Data extends Common {
  readonly type: 0x03
  readonly flags: number
  readonly pn: number
  readonly i: number
  readonly j: number
  readonly ecdh: Uint8Array
  /** Undefined where its length is 0. */
  readonly dh: bigint | undefined
  readonly encrypted: Uint8Array
  readonly authenticator: Uint8Array
  readonly revealed: Uint8Array
  /** "everything: from the protocol version to the end of the encrypted message". */
  readonly authenticated: Uint8Array
}

export interface NonInteractiveAuth extends Common {
  readonly type: 0x0d
  readonly profile: Profile
  readonly X: Uint8Array
  readonly A: bigint
  readonly sigma: Uint8Array
  readonly prekey: number
  readonly authMac: Uint8Array
  readonly firstEcdh: Uint8Array
  readonly firstDh: bigint
}

export type Message = Identity | AuthR | AuthI | NonInteractiveAuth | Data

/** What a publisher published on the prekey server. */
export interface Ensemble {
  readonly profile: Profile
  readonly prekeyProfile: {
    readonly instanceTag: number
    readonly expiration: bigint
    /** ED448-SHARED-PREKEY: its type and D. */
    readonly typedSharedPrekey: Uint8Array
    readonly D: Uint8Array
    readonly signed: Uint8Array
    readonly signature: Uint8Array
  }
  readonly prekey: { readonly id: number, readonly instanceTag: number, readonly Y: Uint8Array, readonly B: bigint }
}

class Bytes {
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

  mpi(): bigint {
    return bigEndian(this.data())
  }
}

function readProfile(from: Bytes): Profile {
  const start = from.at
  const fields = from.number(4)
  const signedFrom = from.at
  const found: Partial<Record<keyof Profile, unknown>> = {}
  for (let n = 0; n < fields; n++) {
    const type = from.number(2)
    if (type === 1) found.instanceTag = from.number(4)
    else if (type === 2 || type === 3) {
      // Little-endian, as no other short is.
      const keyType = from.take(2)
      if (keyType[1] !== 0 || keyType[0] !== (type === 2 ? 0x10 : 0x12)) throw new Error('key type')
      found[type === 2 ? 'publicKey' : 'forgingKey'] = from.take(57)
    } else if (type === 4) found.versions = Buffer.from(from.data()).toString('latin1')
    else if (type === 5) found.expiration = bigEndian(from.take(8))
    // The key of version 3 (its type, p, q, g, y) and its signature: not looked at here, but signed like the other fields.
    else if (type === 6) {
      from.take(2)
      for (let value = 0; value < 4; value++) from.mpi()
    } else if (type === 7) from.take(40)
    else throw new Error(`field ${type}`)
  }
  const signed = from.all.slice(signedFrom, from.at)
  const signature = from.take(114)
  return { ...(found as unknown as Profile), signed, signature, bytes: from.all.slice(start, from.at) }
}

export function parse(text: string): Message {
  const base64 = /^\?OTR:([A-Za-z0-9+/=]+)\.$/.exec(text)?.[1]
  if (base64 === undefined) throw new Error('not an encoded message')
  const from = new Bytes(new Uint8Array(Buffer.from(base64, 'base64')))
  if (from.number(2) !== 4) throw new Error('version')
  const message = readMessage(from)
  if (from.at !== from.all.length) throw new Error('too long')
  return message
}

/** CLIENT-PROF, PREKEY-PROF, and a Prekey Message of type 0x0F, one behind the other. */
export function parseEnsemble(bytes: Uint8Array): Ensemble {
  const from = new Bytes(bytes)
  const profile = readProfile(from)
  const start = from.at
  const [instanceTag, expiration, typedSharedPrekey] = [from.number(4), bigEndian(from.take(8)), from.take(59)]
  if (typedSharedPrekey[0] !== 0x11 || typedSharedPrekey[1] !== 0) throw new Error('key type')
  const signed = bytes.slice(start, from.at)
  const prekeyProfile = { instanceTag, expiration, typedSharedPrekey, D: typedSharedPrekey.slice(2), signed, signature: from.take(114) }
  if (from.number(2) !== 4 || from.number(1) !== 0x0f) throw new Error('not a prekey message')
  const prekey = { id: from.number(4), instanceTag: from.number(4), Y: from.take(57), B: from.mpi() }
  if (from.at !== bytes.length) throw new Error('too long')
  return { profile, prekeyProfile, prekey }
}

function readMessage(from: Bytes): Message {
  const type = from.number(1)
  const tags = { senderTag: from.number(4), receiverTag: from.number(4) }
  switch (type) {
    case 0x35:
      return { type, ...tags, profile: readProfile(from), Y: from.take(57), B: from.mpi(), firstEcdh: from.take(57), firstDh: from.mpi() }
    case 0x36:
      return {
        type, ...tags, profile: readProfile(from), X: from.take(57), A: from.mpi(), sigma: from.take(6 * 57), firstEcdh: from.take(57), firstDh: from.mpi(),
      }
    case 0x0d:
      return {
        type, ...tags, profile: readProfile(from), X: from.take(57), A: from.mpi(), sigma: from.take(6 * 57), prekey: from.number(4),
        authMac: from.take(64), firstEcdh: from.take(57), firstDh: from.mpi(),
      }
    case 0x37:
      return { type, ...tags, sigma: from.take(6 * 57) }
    case 0x03: {
      const header = { flags: from.number(1), pn: from.number(4), i: from.number(4), j: from.number(4), ecdh: from.take(57) }
      const dh = from.data()
      const encrypted = from.data()
      const authenticated = from.all.slice(0, from.at)
      return {
        type, ...tags, ...header, dh: dh.length === 0 ? undefined : bigEndian(dh), encrypted, authenticated, authenticator: from.take(64), revealed: from.data(),
      }
    }
    default:
      throw new Error(`message type ${type}`)
  }
}
