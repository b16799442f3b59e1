import { byte, data, dataList, defineChatMessage, fixed, int, keyMpi, point } from './codec.js'

/**
 * Data Message of OTRv4. The nonce of its encryption is always 0 and is not sent.
 *
 * @see [OTRv4, "Data Message Format"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#data-message-format)
 */
export interface DataMessageV4 {
  /** Distinguishes this message from the others. */
  readonly kind: 'v4-data'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** `IGNORE_UNREADABLE`, or 0. Unknown bits are kept. */
  readonly flags: number
  /** pn: how many messages the sender's previous chain had. */
  readonly previousChain: number
  /** i: number of the sender's ratchet. */
  readonly ratchetId: number
  /** j: number of the message in its chain, from 0. */
  readonly messageId: number
  /** our_ecdh.public, 57 bytes; not checked to be on the curve. */
  readonly ecdh: Uint8Array
  /** our_dh.public, big-endian without leading zeros, at most 384 bytes; empty when this ratchet has none. Not checked against the group. Messages with the same key may share the array: do not change it. */
  readonly dh: Uint8Array
  /** ChaCha20 of text and TLVs: any number of bytes. */
  readonly ciphertext: Uint8Array
  /** MAC over `dataMessageV4MacInput`: 64 bytes. */
  readonly authenticator: Uint8Array
  /** MAC keys of 64 bytes each, concatenated. The authenticator does not cover them. */
  readonly revealedMacKeys: Uint8Array
}

export const dataMessageV4 = defineChatMessage<DataMessageV4>('v4-data', 4, 0x03, 'data', {
  senderTag: int("Sender's instance tag"),
  receiverTag: int("Receiver's instance tag"),
  flags: byte('Flags'),
  previousChain: int('Previous chain message number'),
  ratchetId: int('Ratchet id'),
  messageId: int('Message id'),
  ecdh: point('Public ECDH Key'),
  dh: keyMpi('Public DH Key'),
  ciphertext: data('Encrypted message'),
  authenticator: fixed('Authenticator', 64),
  revealedMacKeys: dataList('Old MAC keys to be revealed', 64),
})

/**
 * What the authenticator covers: from the protocol version to the end of the encrypted message, lengths included. The encoding is
 * canonical: for a received message these are the bytes that arrived. `authenticator` and `revealedMacKeys` are not read.
 *
 * @see [OTRv4, "Data Message Format"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#data-message-format)
 */
export function dataMessageV4MacInput(message: DataMessageV4): Uint8Array {
  return dataMessageV4MacView(message).slice()
}

/** The bytes of `dataMessageV4MacInput` without a copy: hash them at once, because the next encoding overwrites them. */
export function dataMessageV4MacView(message: DataMessageV4): Uint8Array {
  return dataMessageV4.upTo(message, 'ciphertext')
}
