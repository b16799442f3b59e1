import { defineMessage, int } from './codec.js'
import { ringSignature, type RingSignature } from './ring-signature.js'

/** Auth-I Message, the last of OTRv4's interactive DAKE (v4 "Auth-I Message"). */
export interface AuthIMessage {
  readonly kind: 'v4-auth-i'
  readonly senderTag: number
  readonly receiverTag: number
  readonly sigma: RingSignature
}

export const authIMessage = defineMessage<AuthIMessage>('v4-auth-i', 4, 0x37, {
  senderTag: int("Sender's instance tag"),
  receiverTag: int("Receiver's instance tag"),
  sigma: ringSignature('sigma'),
})
