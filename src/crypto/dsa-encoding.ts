import { sha1 } from '@noble/hashes/legacy.js'
import { readDsaPublicKey as readValue, writeDsaPublicKey } from '../wire/dsa-public-key.js'
import { Reader } from '../wire/reader.js'
import { Writer } from '../wire/writer.js'
import type { DsaPublicKey } from './dsa.js'

/**
 * PUBKEY: the type 0x0000 as SHORT, then p, q, g, y as MPIs.
 *
 * @see [OTRv3, "Public keys, signatures, and fingerprints"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function encodeDsaPublicKey(key: DsaPublicKey): Uint8Array {
  const writer = new Writer()
  writeDsaPublicKey(writer, key)
  return writer.finish()
}

/**
 * Reads a PUBKEY. The numbers are not checked: call `validateDsaPublicKey` next.
 *
 * @throws MalformedError for another key type and for fields that do not decode
 */
export function readDsaPublicKey(reader: Reader): DsaPublicKey {
  return readValue(reader, 'public key')
}

/** Reads bytes that are one PUBKEY and nothing else; otherwise as `readDsaPublicKey`. */
export function decodeDsaPublicKey(bytes: Uint8Array): DsaPublicKey {
  const reader = new Reader(bytes)
  const key = readDsaPublicKey(reader)
  reader.end('end of public key')
  return key
}

/**
 * The fingerprint of a key, which people compare: SHA-1 over the four MPIs, 20 bytes. It does not include the type 0x0000, for compatibility
 * with the first versions.
 */
export function dsaFingerprint(key: DsaPublicKey): Uint8Array {
  // It does not use `hash.ts`, because version 4 needs SHA-1 only here, for public data.
  return sha1(encodeDsaPublicKey(key).subarray(2))
}
