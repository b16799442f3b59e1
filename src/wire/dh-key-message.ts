import { defineChatMessage, int, mpi } from './codec.js'

/**
 * D-H Key Message, the second of OTRv3's AKE.
 *
 * @see [OTRv3, "D-H Key Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface DhKeyMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v3-dh-key'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** g^y, big-endian without leading zeros, at most 192 bytes; not checked against the group. */
  readonly gy: Uint8Array
}

export const dhKeyMessage = defineChatMessage<DhKeyMessage>('v3-dh-key', 3, 0x0a, 'answers', {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  gy: mpi('gy'),
})
