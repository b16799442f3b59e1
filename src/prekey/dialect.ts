import type { RingMessageForm } from '../crypto/index.js'
import { ed448KeyType, readEd448Key, utf8Encode, Writer, writeEd448Key } from '../wire/index.js'
import { int, type Field } from '../wire/codec.js'

/**
 * The places in which implementations of the prekey protocol differ although its draft is clear, as one table. This file follows the
 * draft to the letter, with spec/decisions.md, 31. The reference server and its client have a dialect of their own (scalars of 56
 * bytes divided by 4, big-endian key types, a count of one byte); it would be a second value of this type.
 */
export interface PrekeyDialect {
  /** The domain string, which the KDF hashes first. */
  readonly domain: Uint8Array
  /** lambda: the length of each factor t_n of a proof, in bytes. */
  readonly lambda: number
  /** Turns a factor into a scalar, little-endian. */
  readonly ecdhFactor: (piece: Uint8Array) => Uint8Array
  /** Turns a factor into an exponent, big-endian. */
  readonly dhFactor: (piece: Uint8Array) => Uint8Array
  /** Encodes a number of the DH proof for hashing. `value` is big-endian, minimal. */
  readonly dhValue: (value: Uint8Array) => Uint8Array
  /** The form in which the message enters the challenge of a ring signature. */
  readonly ringMessage: RingMessageForm
  /** H_s with its type, as in DAKE-2 and in the composite identity. The value is the bare point of 57 bytes. */
  readonly serverKey: Field<Uint8Array>
  /** V of an ECDH proof. */
  readonly proofScalar: Field<Uint8Array>
  /** L, the number of ensembles. */
  readonly ensembleCount: Field<number>
}

/** The dialect of the draft, to the letter. */
export const draftDialect: PrekeyDialect = {
  domain: utf8Encode('OTR-Prekey-Server'),
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

/**
 * The usage ids.
 *
 * @see [OTRv4 prekey server, "Key Derivation Functions"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#key-derivation-functions)
 */
export const prekeyUsage = {
  sk: 0x01,
  /** For the transcript of DAKE-2, which the server signs: this id for the Client Profile, the next two for the composite identity and phi. */
  initiator: 0x02,
  /** For the transcript of DAKE-3, which the publisher signs: three ids in the same order. */
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
