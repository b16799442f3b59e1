import type { RingMessageForm } from '../crypto/index.js'
import { ed448KeyType, readEd448Key, Writer, writeEd448Key } from '../wire/index.js'
import { int, type Field } from '../wire/codec.js'

/**
 * The places in which the prekey protocol's implementations differ although its draft is clear, as one table. Everything here is
 * the draft's letter with spec/decisions.md, 31. The reference server and its client have a dialect of their own (scalars of 56
 * bytes divided by 4, big-endian key types, a count of one byte): it would be a second value of this type.
 */
export interface PrekeyDialect {
  /** What the KDF hashes first. */
  readonly domain: Uint8Array
  /** Bytes of each factor t_n of a proof: lambda. */
  readonly lambda: number
  /** A factor as a scalar, little-endian. */
  readonly ecdhFactor: (piece: Uint8Array) => Uint8Array
  /** A factor as an exponent, big-endian. */
  readonly dhFactor: (piece: Uint8Array) => Uint8Array
  /** How the numbers of the DH proof are hashed. Their input is big-endian, minimal. */
  readonly dhValue: (value: Uint8Array) => Uint8Array
  /** How the message stands in the challenge of a ring signature. */
  readonly ringMessage: RingMessageForm
  /** H_s with its type, in DAKE-2 and in the composite identity. The value is the bare point of 57 bytes. */
  readonly serverKey: Field<Uint8Array>
  /** V of an ECDH proof. */
  readonly proofScalar: Field<Uint8Array>
  /** L, the number of ensembles. */
  readonly ensembleCount: Field<number>
}

/** The draft's letter. */
export const draftDialect: PrekeyDialect = {
  domain: Uint8Array.from('OTR-Prekey-Server', (character) => character.charCodeAt(0)),
  lambda: 44,
  ecdhFactor: (piece) => piece,
  dhFactor: (piece) => piece,
  dhValue: (value) => new Writer(400).mpi(value).finish(),
  ringMessage: 'bare',
  serverKey: {
    name: 'Ed448 public key',
    read: (reader) => readEd448Key(reader, 'Ed448 public key', ed448KeyType.publicKey),
    write: (writer, key) => { writeEd448Key(writer, ed448KeyType.publicKey, key) },
  },
  proofScalar: { name: 'V', read: (reader) => reader.scalar('ECDH proof V'), write: (writer, value) => { writer.scalar(value) } },
  ensembleCount: int('L'),
}

/** The usage ids: "Key Derivation Functions" of the prekey server's draft. */
export const prekeyUsage = {
  sk: 0x01,
  /** Of DAKE-2, which the server signs: the Client Profile; the composite identity and phi have the next two. */
  initiator: 0x02,
  /** Of DAKE-3, which the publisher signs: likewise. */
  receiver: 0x05,
  preMacKey: 0x08,
  preMac: 0x09,
  storageInfoMac: 0x0a,
  statusMac: 0x0b,
  successMac: 0x0c,
  failureMac: 0x0d,
  prekeyMessage: 0x0e,
  clientProfile: 0x0f,
  prekeyProfile: 0x10,
  auth: 0x11,
  proofContext: 0x12,
  proofMessageEcdh: 0x13,
  proofMessageDh: 0x14,
  proofSharedEcdh: 0x15,
  macProofs: 0x16,
  proofLambda: 0x17,
} as const
