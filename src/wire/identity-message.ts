import { clientProfile, type ClientProfile } from './client-profile.js'
import { defineChatMessage, int, mpi, point } from './codec.js'

/**
 * Identity Message, the first of OTRv4's interactive DAKE. Points and MPIs are not checked against curve or group.
 *
 * @see [OTRv4, "Identity Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#identity-message)
 */
export interface IdentityMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v4-identity'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** 0 while the other side's tag is not known. */
  readonly receiverTag: number
  /** The Client Profile of whoever sends this. */
  readonly clientProfile: ClientProfile
  /** Y: the ephemeral ECDH key, 57 bytes. */
  readonly y: Uint8Array
  /** B: the ephemeral DH key, big-endian without leading zeros, at most 384 bytes. */
  readonly b: Uint8Array
  /** our_ecdh_first.public, 57 bytes. */
  readonly firstEcdh: Uint8Array
  /** our_dh_first.public, big-endian without leading zeros, at most 384 bytes. */
  readonly firstDh: Uint8Array
}

export const identityMessage = defineChatMessage<IdentityMessage>('v4-identity', 4, 0x35, 'opens', {
  senderTag: int("Sender's instance tag"),
  receiverTag: int("Receiver's instance tag"),
  clientProfile: clientProfile("Sender's Client Profile"),
  y: point('Y'),
  b: mpi('B'),
  firstEcdh: point('our_ecdh_first.public'),
  firstDh: mpi('our_dh_first.public'),
})
