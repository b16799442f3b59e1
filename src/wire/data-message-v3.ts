import { byte, data, dataList, defineChatMessage, fixed, int, keyMpi } from './codec.js'
import { inVersion2, type InVersion2 } from './version-2.js'

/** A flag of data messages in all versions: if the receiver cannot read the message, they ignore it and send no error message. */
export const IGNORE_UNREADABLE = 0x01

/**
 * Data Message of OTRv3.
 *
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface DataMessageV3 {
  /** Distinguishes this message from the others. */
  readonly kind: 'v3-data'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** `IGNORE_UNREADABLE`, or 0. Unknown bits are kept. */
  readonly flags: number
  /** The number of the sender's Diffie-Hellman key that encrypts this message; 0 is not refused here. */
  readonly senderKeyId: number
  /** The number of the receiver's Diffie-Hellman key. */
  readonly recipientKeyId: number
  /** DH y: the sender's next public key, number senderKeyId + 1. Big-endian without leading zeros, at most 192 bytes; not checked against the group. Messages with the same key may share the array: do not change it. */
  readonly nextDh: Uint8Array
  /** Top half of the initial counter: 8 bytes. */
  readonly counter: Uint8Array
  /** AES-128-CTR of text and TLVs: any number of bytes. */
  readonly encryptedMessage: Uint8Array
  /** SHA1-HMAC over `dataMessageV3MacInput`: 20 bytes. */
  readonly authenticator: Uint8Array
  /** MAC keys of 20 bytes each, concatenated. The authenticator does not cover them. */
  readonly oldMacKeys: Uint8Array
}

export const dataMessageV3 = defineChatMessage<DataMessageV3>('v3-data', 3, 0x03, 'data', {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  flags: byte('Flags'),
  senderKeyId: int('Sender keyid'),
  recipientKeyId: int('Recipient keyid'),
  nextDh: keyMpi('DH y'),
  counter: fixed('Top half of counter init', 8),
  encryptedMessage: data('Encrypted message'),
  authenticator: fixed('Authenticator', 20),
  oldMacKeys: dataList('Old MAC keys to be revealed', 20),
})

/** Data Message of OTRv2. */
export type DataMessageV2 = InVersion2<DataMessageV3>

export const dataMessageV2 = inVersion2(dataMessageV3)

/**
 * What the authenticator covers: from the protocol version to the end of the encrypted message, lengths included. The encoding is
 * canonical: for a received message these are the bytes that arrived. `authenticator` and `oldMacKeys` are not read.
 *
 * @see [OTRv3, "Data Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function dataMessageV3MacInput(message: DataMessageV3 | DataMessageV2): Uint8Array {
  return dataMessageV3MacView(message).slice()
}

/** The bytes of `dataMessageV3MacInput` without a copy: hash them at once, because the next encoding overwrites them. */
export function dataMessageV3MacView(message: DataMessageV3 | DataMessageV2): Uint8Array {
  return message.kind === 'v3-data' ? dataMessageV3.upTo(message, 'encryptedMessage') : dataMessageV2.upTo(message, 'encryptedMessage')
}
