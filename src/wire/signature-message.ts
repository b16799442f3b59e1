import { data, defineMessage, fixed, int } from './codec.js'

/** Signature Message, the last of OTRv3's AKE (v3 "Signature Message"). */
export interface SignatureMessage {
  readonly kind: 'v3-signature'
  readonly senderTag: number
  readonly receiverTag: number
  /** X_A, encrypted. The MAC covers it as DATA, with its length. */
  readonly encryptedSignature: Uint8Array
  /** SHA256-HMAC-160: 20 bytes. */
  readonly mac: Uint8Array
}

export const signatureMessage = defineMessage<SignatureMessage>('v3-signature', 3, 0x12, {
  senderTag: int('Sender Instance tag'),
  receiverTag: int('Receiver Instance tag'),
  encryptedSignature: data('Encrypted signature'),
  mac: fixed("MAC'd signature", 20),
})
