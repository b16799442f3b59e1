import { data, defineChatMessage, fixed, int } from './codec.js'

/**
 * Signature Message, the last of OTRv3's AKE.
 *
 * @see [OTRv3, "Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface SignatureMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v3-signature'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** X_A, encrypted: any number of bytes. The MAC covers it as DATA, with its length. */
  readonly encryptedSignature: Uint8Array
  /** SHA256-HMAC-160: 20 bytes. */
  readonly mac: Uint8Array
}

export const signatureMessage = defineChatMessage<SignatureMessage>('v3-signature', 3, 0x12, 'completes', {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  encryptedSignature: data('Encrypted signature'),
  mac: fixed("MAC'd signature", 20),
})
