import type { Reader } from './reader.js'
import type { Writer } from './writer.js'

/**
 * PUBKEY of type 0x0000 as decoded: big-endian, minimal, not validated.
 *
 * @see [OTRv3, "Public keys, signatures, and fingerprints"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface DsaPublicKeyValue {
  /** The prime, big-endian without leading zeros: 128 bytes in a key of 1024 bits. */
  readonly p: Uint8Array
  /** The order of the subgroup, big-endian without leading zeros: 20 bytes. */
  readonly q: Uint8Array
  /** The generator, big-endian without leading zeros: at most 128 bytes. */
  readonly g: Uint8Array
  /** The public key, big-endian without leading zeros: at most 128 bytes. */
  readonly y: Uint8Array
}

const DSA = 0x0000

/**
 * PUBKEY: SHORT 0x0000, then p, q, g and y as MPIs. Other types are refused.
 *
 * @see [OTRv3, "Public keys, signatures, and fingerprints"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function readDsaPublicKey(reader: Reader, field: string): DsaPublicKeyValue {
  const start = reader.offset
  const type = reader.short(field)
  if (type !== DSA) reader.fail(field, `public key type ${type} is not DSA`, start)
  return { p: reader.mpi(`${field} p`), q: reader.mpi(`${field} q`), g: reader.mpi(`${field} g`), y: reader.mpi(`${field} y`) }
}

/**
 * Writes PUBKEY: the type 0x0000, then four MPIs.
 *
 * @see [OTRv3, "Public keys, signatures, and fingerprints"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function writeDsaPublicKey(writer: Writer, { p, q, g, y }: DsaPublicKeyValue): void {
  writer.short(DSA).mpi(p).mpi(q).mpi(g).mpi(y)
}
