import { clientProfile, type ClientProfile } from './client-profile.js'
import { defineChatMessage, fixed, int, mpi, point, RING_SIG_LENGTH } from './codec.js'

/**
 * Non-Interactive-Auth Message. Points and MPIs are not checked against curve or group.
 *
 * @see [OTRv4, "Non-Interactive-Auth Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#non-interactive-auth-message)
 */
export interface NonInteractiveAuthMessage {
  /** Distinguishes this message from the others. */
  readonly kind: 'v4-non-interactive-auth'
  /** The sender's instance tag: 32 bits, unsigned, at least 0x100. */
  readonly senderTag: number
  /** The receiver's instance tag: 32 bits, unsigned; 0 while the sender does not know it. */
  readonly receiverTag: number
  /** The Client Profile of whoever sends this. */
  readonly clientProfile: ClientProfile
  /** X: the ephemeral ECDH key, 57 bytes. */
  readonly x: Uint8Array
  /** A: the ephemeral DH key, big-endian without leading zeros, at most 384 bytes. */
  readonly a: Uint8Array
  /** RING-SIG: the scalars c1, r1, c2, r2, c3, r3 of 57 bytes each, little-endian, not reduced. 342 bytes. */
  readonly sigma: Uint8Array
  /** Which prekey message this answers. */
  readonly prekeyIdentifier: number
  /** MAC over t: 64 bytes. */
  readonly authMac: Uint8Array
  /** our_ecdh_first.public, 57 bytes. */
  readonly firstEcdh: Uint8Array
  /** our_dh_first.public, big-endian without leading zeros, at most 384 bytes. */
  readonly firstDh: Uint8Array
}

export const nonInteractiveAuthMessage = defineChatMessage<NonInteractiveAuthMessage>('v4-non-interactive-auth', 4, 0x0d, 'offline', {
  senderTag: int("Sender's instance tag"),
  receiverTag: int("Receiver's instance tag"),
  clientProfile: clientProfile("Sender's Client Profile"),
  x: point('X'),
  a: mpi('A'),
  sigma: fixed('Sigma', RING_SIG_LENGTH),
  prekeyIdentifier: int('Prekey Message Identifier'),
  authMac: fixed('Auth MAC', 64),
  firstEcdh: point('our_ecdh_first.public'),
  firstDh: mpi('our_dh_first.public'),
})
