import { Reader } from '../wire/reader.js'
import { Writer } from '../wire/writer.js'
import type { DsaPublicKey } from './dsa.js'
import { sha1 } from './hash.js'

/** The public key type of DSA, the only one that OTRv3 knows. */
const DSA_KEY_TYPE = 0x0000

function writeNumbers(writer: Writer, key: DsaPublicKey): Writer {
  return writer.mpi(key.p).mpi(key.q).mpi(key.g).mpi(key.y)
}

/** PUBKEY (Protocol-v3, "OTR public authentication DSA key"): the type as SHORT, then p, q, g, y as MPIs. */
export function encodeDsaPublicKey(key: DsaPublicKey): Uint8Array {
  return writeNumbers(new Writer().short(DSA_KEY_TYPE), key).finish()
}

/**
 * Reads a PUBKEY and leaves the reader behind it. The numbers are whatever stood there: ask `validateDsaPublicKey` next.
 *
 * @throws MalformedError for another key type and for fields that do not decode
 */
export function readDsaPublicKey(reader: Reader): DsaPublicKey {
  const start = reader.offset
  if (reader.short('public key type') !== DSA_KEY_TYPE) reader.fail('public key type', 'not DSA', start)
  const p = reader.mpi('p')
  const q = reader.mpi('q')
  const g = reader.mpi('g')
  const y = reader.mpi('y')
  return { p, q, g, y }
}

/** Reads bytes that are one PUBKEY and nothing else; otherwise as `readDsaPublicKey`. */
export function decodeDsaPublicKey(bytes: Uint8Array): DsaPublicKey {
  const reader = new Reader(bytes)
  const key = readDsaPublicKey(reader)
  reader.end('end of public key')
  return key
}

/**
 * The fingerprint by which people compare keys: SHA-1 over the four MPIs, 20 bytes. For compatibility with the first versions the
 * type 0x0000 is left out.
 */
export function dsaFingerprint(key: DsaPublicKey): Uint8Array {
  return sha1(writeNumbers(new Writer(), key).finish())
}
