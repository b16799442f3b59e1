import {
  readClientProfile, readPrekeyMessage, readPrekeyProfile, Writer, writeClientProfile, writePrekeyMessage, writePrekeyProfile,
  type ClientProfile, type PrekeyMessage, type PrekeyProfile, type Reader,
} from '../wire/index.js'
import { defineMessage, fixed, type Field } from '../wire/codec.js'
import { draftDialect } from './dialect.js'
import { optional } from './fields.js'

/** The length of a MAC of this protocol and of the challenge of a proof, in bytes. */
export const MAC_LENGTH = 64

/** PROOF-ECDH: proves knowledge of the secrets of points. */
export interface EcdhProof {
  /** C: 64 bytes. */
  readonly c: Uint8Array
  /** V: SCALAR, 57 bytes little-endian. */
  readonly v: Uint8Array
}

/** PROOF-DH: proves knowledge of the secrets of DH keys. */
export interface DhProof {
  /** C: 64 bytes. */
  readonly c: Uint8Array
  /** V: big-endian, minimal. */
  readonly v: Uint8Array
}

/** The contents of a Prekey Publication message. */
export interface PublicationContents {
  /** At most 255. */
  readonly messages: readonly PrekeyMessage[]
  readonly clientProfile?: ClientProfile
  readonly prekeyProfile?: PrekeyProfile
  /** The proofs for the prekey messages' Y and B: present exactly when there are prekey messages. */
  readonly messageProofs?: { readonly ecdh: EcdhProof, readonly dh: DhProof }
  /** The proof for the Prekey Profile's D: present exactly when there is a Prekey Profile. */
  readonly profileProof?: EcdhProof
}

/** Prekey Publication message. It travels only as the attachment of a DAKE-3 message. */
export interface PublicationMessage {
  readonly kind: 'prekey-publication'
  readonly contents: PublicationContents
  /** Prekey MAC: 64 bytes. */
  readonly mac: Uint8Array
}

const clientProfileField = optional<ClientProfile>('K', readClientProfile, writeClientProfile)
const prekeyProfileField = optional<PrekeyProfile>('J', readPrekeyProfile, writePrekeyProfile)

function readEcdhProof(reader: Reader, what: string): EcdhProof {
  return { c: reader.take(`${what} proof C`, MAC_LENGTH), v: draftDialect.proofScalar.read(reader) }
}

function writeEcdhProof(writer: Writer, { c, v }: EcdhProof): void {
  writer.fixed(c, MAC_LENGTH)
  draftDialect.proofScalar.write(writer, v)
}

function readMessageProofs(reader: Reader): { ecdh: EcdhProof, dh: DhProof } {
  return {
    ecdh: readEcdhProof(reader, 'Prekey Message ECDH'),
    dh: { c: reader.take('Prekey Message DH proof C', MAC_LENGTH), v: reader.mpi('Prekey Message DH proof V') },
  }
}

/** The parts of a publication as its MAC hashes them. */
export interface PublicationParts {
  /** The concatenated Prekey Messages. */
  readonly messages: Uint8Array
  readonly clientProfile: Uint8Array | undefined
  readonly prekeyProfile: Uint8Array | undefined
  readonly proofs: Uint8Array
}

/** The bytes of each part. All encodings are canonical: for a received publication these are the bytes that came. */
export function publicationParts({ messages, clientProfile, prekeyProfile, messageProofs, profileProof }: PublicationContents): PublicationParts {
  const list = new Writer(512 * messages.length)
  for (const message of messages) writePrekeyMessage(list, message)
  const proofs = new Writer()
  if (messageProofs !== undefined) {
    writeEcdhProof(proofs, messageProofs.ecdh)
    proofs.fixed(messageProofs.dh.c, MAC_LENGTH).mpi(messageProofs.dh.v)
  }
  if (profileProof !== undefined) writeEcdhProof(proofs, profileProof)
  const one = <T>(write: (writer: Writer, value: T) => void, value: T | undefined): Uint8Array | undefined => {
    if (value === undefined) return undefined
    const writer = new Writer()
    write(writer, value)
    return writer.finish()
  }
  return {
    messages: list.finish(),
    clientProfile: one(writeClientProfile, clientProfile),
    prekeyProfile: one(writePrekeyProfile, prekeyProfile),
    proofs: proofs.finish(),
  }
}

/** N, Prekey Messages, K, Client Profile, J, Prekey Profile, Proofs. N and J decide which proofs there are. */
const contentsField: Field<PublicationContents> = {
  name: 'Prekey Publication',
  read(reader) {
    const messages = Array.from({ length: reader.byte('N') }, () => readPrekeyMessage(reader))
    const clientProfile = clientProfileField.read(reader)
    const prekeyProfile = prekeyProfileField.read(reader)
    return {
      messages,
      ...clientProfile !== undefined && { clientProfile },
      ...prekeyProfile !== undefined && { prekeyProfile },
      ...messages.length > 0 && { messageProofs: readMessageProofs(reader) },
      ...prekeyProfile !== undefined && { profileProof: readEcdhProof(reader, 'Prekey Profile ECDH') },
    }
  },
  write(writer, contents) {
    const { messages, proofs } = publicationParts(contents)
    writer.byte(contents.messages.length).bytes(messages)
    clientProfileField.write(writer, contents.clientProfile)
    prekeyProfileField.write(writer, contents.prekeyProfile)
    writer.bytes(proofs)
  },
}

export const publicationMessage = defineMessage<PublicationMessage>('prekey-publication', 4, 0x08, {
  contents: contentsField,
  mac: fixed('Prekey MAC', MAC_LENGTH),
})
