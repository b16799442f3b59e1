import { EDDSA_SIGNATURE_LENGTH } from './client-profile.js'
import { ed448KeyType, readEd448Key, writeEd448Key } from './ed448-key.js'
import { Reader } from './reader.js'
import { Writer } from './writer.js'

/**
 * PREKEY-PROF, not verified.
 *
 * @see [OTRv4, "Prekey Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-profile-data-type)
 */
export interface PrekeyProfile {
  /** The owner's instance tag. */
  readonly instanceTag: number
  /** Seconds since 1970. */
  readonly expiration: number
  /** D: the bare point, 57 bytes. */
  readonly sharedPrekey: Uint8Array
  /** PREKEY-EDDSA-SIG over `encodePrekeyProfileFields`: 114 bytes. */
  readonly signature: Uint8Array
}

/**
 * What the signature covers: tag, expiration, typed shared prekey. The encoding is canonical: for a received profile these are
 * the bytes that arrived.
 *
 * @see [OTRv4, "Create a Prekey Profile Signature"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#create-a-prekey-profile-signature)
 */
export function encodePrekeyProfileFields(profile: Omit<PrekeyProfile, 'signature'>): Uint8Array {
  const writer = new Writer().int(profile.instanceTag).time(profile.expiration)
  writeEd448Key(writer, ed448KeyType.sharedPrekey, profile.sharedPrekey)
  return writer.finish()
}

/**
 * Reads PREKEY-PROF.
 *
 * @throws MalformedError (`OTR_MALFORMED`) with the field's name and offset
 * @see [OTRv4, "Prekey Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-profile-data-type)
 */
export function readPrekeyProfile(reader: Reader): PrekeyProfile {
  return {
    instanceTag: reader.int("Prekey Profile owner's instance tag"),
    expiration: reader.time('Prekey Profile Expiration'),
    sharedPrekey: readEd448Key(reader, 'Public Shared Prekey', ed448KeyType.sharedPrekey),
    signature: reader.take('Prekey Profile Signature', EDDSA_SIGNATURE_LENGTH),
  }
}

/**
 * Writes PREKEY-PROF.
 *
 * @see [OTRv4, "Prekey Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-profile-data-type)
 */
export function writePrekeyProfile(writer: Writer, profile: PrekeyProfile): void {
  writer.bytes(encodePrekeyProfileFields(profile)).fixed(profile.signature, EDDSA_SIGNATURE_LENGTH)
}

/**
 * Encodes a profile into a new array.
 *
 * @returns 185 bytes: tag, time, typed key of 59, signature of 114
 * @see [OTRv4, "Prekey Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-profile-data-type)
 */
export function encodePrekeyProfile(profile: PrekeyProfile): Uint8Array {
  const writer = new Writer()
  writePrekeyProfile(writer, profile)
  return writer.finish()
}

/**
 * Decodes a profile; it must fill all bytes.
 *
 * @throws MalformedError (`OTR_MALFORMED`) also for trailing bytes
 * @see [OTRv4, "Prekey Profile Data Type"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#prekey-profile-data-type)
 */
export function decodePrekeyProfile(bytes: Uint8Array): PrekeyProfile {
  const reader = new Reader(bytes)
  const profile = readPrekeyProfile(reader)
  reader.end('end of Prekey Profile')
  return profile
}
