import { data, dataOf, defineChatMessage, fixed, int } from './codec.js'

/**
 * Reveal Signature Message, the third of OTRv3's AKE.
 *
 * @see [OTRv3, "Reveal Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export interface RevealSignatureMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v3-reveal-signature'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** r, the AES key of the D-H Commit Message: 16 bytes. */
  readonly revealedKey: Uint8Array
  /** X_B, encrypted: any number of bytes. The MAC covers it as DATA, with its length. */
  readonly encryptedSignature: Uint8Array
  /** SHA256-HMAC-160: 20 bytes. */
  readonly mac: Uint8Array
}

export const revealSignatureMessage = defineChatMessage<RevealSignatureMessage>('v3-reveal-signature', 3, 0x11, 'completes', {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  revealedKey: dataOf('Revealed key', 16),
  encryptedSignature: data('Encrypted signature'),
  mac: fixed("MAC'd signature", 20),
})
