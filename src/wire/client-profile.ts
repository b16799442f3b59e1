import { MalformedError, OtrError } from '../errors.js'
import type { Field } from './codec.js'
import { readDsaPublicKey, writeDsaPublicKey, type DsaPublicKeyValue } from './dsa-public-key.js'
import { ed448KeyType, readEd448Key, writeEd448Key } from './ed448-key.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/**
 * The contents of a Client Profile, received or to be signed. Nothing here is verified.
 *
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export interface ClientProfileContents {
  /** Field 1: the instance tag of the client that made the profile. */
  readonly instanceTag: number
  /** Field 2, H: the bare point, 57 bytes. */
  readonly publicKey: Uint8Array
  /** Field 3, F: the bare point, 57 bytes. */
  readonly forgingKey: Uint8Array
  /**
   * Field 4: one character a version, for example "34"; each byte becomes the character with its code. `v4/` refuses everything but known
   * digits, each once.
   */
  readonly versions: string
  /** Field 5: seconds since 1970. */
  readonly expiration: number
  /** Field 6: the OTRv3 key. */
  readonly dsaPublicKey?: DsaPublicKeyValue
  /** Field 7: the DSA signature over `transitionalSignedBytes`, r and s of 20 bytes each. */
  readonly transitionalSignature?: Uint8Array
}

/**
 * CLIENT-PROF as decoded: every required field once, signatures not verified. A verified profile is another type, which only `v4/` makes.
 */
export interface ClientProfile extends ClientProfileContents {
  /** The types of the fields, ascending: there is no other order. */
  readonly fieldOrder: readonly number[]
  /** The bytes that the EdDSA signature covers: the fields with their types, as they came; without their number and the signature. */
  readonly signedBytes: Uint8Array
  /** CLIENT-EDDSA-SIG: 114 bytes. */
  readonly signature: Uint8Array
}

/** The value of CLIENT-EDDSA-SIG and PREKEY-EDDSA-SIG: R and S. */
export const EDDSA_SIGNATURE_LENGTH = 114
/** The value of CLIENT-SIG: r and s of 20 bytes each. */
export const DSA_SIGNATURE_LENGTH = 40

type Draft = { -readonly [K in keyof ClientProfileContents]?: ClientProfileContents[K] }

/** How the field of one type is read into a draft, and written. `write` returns whether the profile has the field. */
interface ProfileField {
  readonly type: number
  readonly name: string
  readonly required: boolean
  read(reader: Reader, draft: Draft): void
  has(contents: Partial<ClientProfileContents>): boolean
  write(writer: Writer, contents: ClientProfileContents): void
}

function profileField<K extends keyof ClientProfileContents>(
  type: number, key: K, required: boolean, name: string,
  read: (reader: Reader, name: string) => Exclude<ClientProfileContents[K], undefined>,
  write: (writer: Writer, value: Exclude<ClientProfileContents[K], undefined>) => void,
): ProfileField {
  return {
    type,
    name,
    required,
    read: (reader, draft) => { draft[key] = read(reader, name) },
    has: (contents) => contents[key] !== undefined,
    write(writer, contents) {
      writer.short(type)
      write(writer, contents[key] as Exclude<ClientProfileContents[K], undefined>)
    },
  }
}

const fields: readonly ProfileField[] = [
  profileField(1, 'instanceTag', true, "Client Profile owner instance tag",
    (reader, name) => reader.int(name), (writer, tag) => { writer.int(tag) }),
  profileField(2, 'publicKey', true, 'Ed448 public key',
    (reader, name) => readEd448Key(reader, name, ed448KeyType.publicKey),
    (writer, key) => { writeEd448Key(writer, ed448KeyType.publicKey, key) }),
  profileField(3, 'forgingKey', true, 'Ed448 public forging key',
    (reader, name) => readEd448Key(reader, name, ed448KeyType.forgingKey),
    (writer, key) => { writeEd448Key(writer, ed448KeyType.forgingKey, key) }),
  profileField(4, 'versions', true, 'Versions',
    (reader, name) => Array.from(reader.data(name), (byte) => String.fromCharCode(byte)).join(''),
    (writer, versions) => { writer.data(Uint8Array.from(versions, (character) => character.charCodeAt(0))) }),
  profileField(5, 'expiration', true, 'Client Profile Expiration',
    (reader, name) => reader.time(name), (writer, seconds) => { writer.time(seconds) }),
  profileField(6, 'dsaPublicKey', false, 'OTRv3 public authentication DSA key', readDsaPublicKey, writeDsaPublicKey),
  profileField(7, 'transitionalSignature', false, 'Transitional Signature',
    (reader, name) => reader.take(name, DSA_SIGNATURE_LENGTH),
    (writer, signature) => { writer.fixed(signature, DSA_SIGNATURE_LENGTH) }),
]

const transitionalSignatureType = 7

function encodeFields(contents: ClientProfileContents, order: readonly number[]): Uint8Array {
  const writer = new Writer()
  for (const type of order) fields[type - 1]?.write(writer, contents)
  return writer.finish()
}

/**
 * The types of the fields that `contents` has, ascending: the order in which a profile is written.
 *
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export function clientProfileFieldOrder(contents: ClientProfileContents): number[] {
  return fields.filter((field) => field.has(contents)).map((field) => field.type)
}

/**
 * Encodes the bytes to sign for a new profile: its fields in ascending order, each after its type. With a `transitionalSignature`, these are the
 * bytes that the EdDSA signature covers. Without one but with the DSA key, they are those that the transitional signature covers.
 *
 * @see [OTRv4, "Create a Client Profile Signature"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#create-a-client-profile-signature)
 */
export function encodeClientProfileFields(contents: ClientProfileContents): Uint8Array {
  return encodeFields(contents, clientProfileFieldOrder(contents))
}

/**
 * Makes the wire value from the signed contents: `signature` is the EdDSA signature over `encodeClientProfileFields(contents)`, 114 bytes.
 *
 * @see [OTRv4, "Create a Client Profile Signature"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#create-a-client-profile-signature)
 */
export function makeClientProfile(contents: ClientProfileContents, signature: Uint8Array): ClientProfile {
  if (signature.length !== EDDSA_SIGNATURE_LENGTH) throw new OtrError('OTR_INTERNAL', 'an EdDSA signature has 114 bytes')
  const fieldOrder = clientProfileFieldOrder(contents)
  return { ...contents, fieldOrder, signedBytes: encodeFields(contents, fieldOrder), signature }
}

/**
 * The bytes that the transitional signature of a received profile covers: all other fields with their types.
 *
 * @see [OTRv4, "Create a Client Profile Signature"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#create-a-client-profile-signature)
 */
export function transitionalSignedBytes(profile: ClientProfile): Uint8Array {
  return encodeFields(profile, profile.fieldOrder.filter((type) => type !== transitionalSignatureType))
}

/**
 * Reads CLIENT-PROF. Unknown types, a repeated field, a missing required field and a descending order are refused: what is signed
 * has exactly one encoding (spec/decisions.md, 8). It does not judge the values.
 *
 * @throws MalformedError (`OTR_MALFORMED`)
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export function readClientProfile(reader: Reader): ClientProfile {
  const start = reader.offset
  const count = reader.int('Client Profile Number of Fields')
  if (count > fields.length) reader.fail('Client Profile Number of Fields', `there are ${count}, more than the specification defines`, start)
  const fieldsStart = reader.offset
  const draft: Draft = {}
  const fieldOrder: number[] = []
  for (let i = 0; i < count; i++) {
    const at = reader.offset
    const type = reader.short('Client Profile field type')
    const field = fields[type - 1]
    if (field === undefined) throw new MalformedError('Client Profile field type', at, `unknown type ${type}`)
    if (field.has(draft)) reader.fail(field.name, 'appears twice', at)
    if (type < (fieldOrder.at(-1) ?? 0)) reader.fail(field.name, `field ${type} stands behind field ${fieldOrder.at(-1) ?? 0}`, at)
    field.read(reader, draft)
    fieldOrder.push(type)
  }
  for (const field of fields) if (field.required && !field.has(draft)) reader.fail(field.name, 'is missing', start)
  const signedBytes = reader.slice(fieldsStart)
  const signature = reader.take('Client Profile Signature', EDDSA_SIGNATURE_LENGTH)
  return { ...(draft as ClientProfileContents), fieldOrder, signedBytes, signature }
}

/**
 * Writes CLIENT-PROF with exactly the bytes that were signed.
 *
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export function writeClientProfile(writer: Writer, profile: ClientProfile): void {
  writer.int(profile.fieldOrder.length).bytes(profile.signedBytes).fixed(profile.signature, EDDSA_SIGNATURE_LENGTH)
}

/** CLIENT-PROF. */
export const clientProfile = (name: string): Field<ClientProfile> => ({
  name, read: readClientProfile, write: writeClientProfile,
})

/**
 * A whole Client Profile as bytes: number of fields, fields, signature. The hashes of both DAKEs cover exactly these.
 *
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export function encodeClientProfile(profile: ClientProfile): Uint8Array {
  const writer = new Writer()
  writeClientProfile(writer, profile)
  return writer.finish()
}

/**
 * Decodes a profile; it must fill all bytes.
 *
 * @throws MalformedError (`OTR_MALFORMED`) also for trailing bytes
 * @see [OTRv4, "Client Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#client-profile-data-type)
 */
export function decodeClientProfile(bytes: Uint8Array): ClientProfile {
  const reader = new Reader(bytes)
  const profile = readClientProfile(reader)
  reader.end('end of Client Profile')
  return profile
}
