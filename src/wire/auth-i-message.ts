import { defineChatMessage, fixed, int, RING_SIG_LENGTH } from './codec.js'

/**
 * Auth-I Message, the last of OTRv4's interactive DAKE.
 *
 * @see [OTRv4, "Auth-I Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#auth-i-message)
 */
export interface AuthIMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v4-auth-i'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** RING-SIG: the scalars c1, r1, c2, r2, c3, r3 of 57 bytes each, little-endian, not reduced. 342 bytes. */
  readonly sigma: Uint8Array
}

export const authIMessage = defineChatMessage<AuthIMessage>('v4-auth-i', 4, 0x37, 'completes', {
  senderTag: int("Sender's instance tag"),
  receiverTag: int("Receiver's instance tag"),
  sigma: fixed('sigma', RING_SIG_LENGTH),
})
