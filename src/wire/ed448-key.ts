import { MalformedError } from '../errors.js'
import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

/**
 * Types of the public Ed448 keys. They alone are encoded little-endian: 0x0010 is `10 00`.
 *
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export const ed448KeyType = { publicKey: 0x0010, sharedPrekey: 0x0011, forgingKey: 0x0012 } as const

/** Length of ED448-PUBKEY, ED448-SHARED-PREKEY and ED448-FORGING-KEY: type and point. */
export const TYPED_KEY_LENGTH = 59

/**
 * Reads a typed key and returns its bare point, 57 bytes.
 *
 * @throws MalformedError (`OTR_MALFORMED`)
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export function readEd448Key(reader: Reader, field: string, type: number): Uint8Array {
  const start = reader.offset
  const found = reader.publicKeyType(field)
  // Older drafts encode the type big-endian, as everything else.
  if (found !== type) throw new MalformedError(field, start, `key type ${found} instead of ${type}`, found === type << 8)
  return reader.point(field)
}

/**
 * Writes the type and the bare point of 57 bytes.
 *
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export function writeEd448Key(writer: Writer, type: number, point: Uint8Array): void {
  writer.publicKeyType(type).point(point)
}
