import { Writer, utf8Encode } from '../wire/index.js'

/** One side of the shared session state. */
export interface PhiSide {
  readonly tag: number
  /** The first ECDH key for the ratchet, 57 bytes; of a publisher of prekeys, Y of their prekey message. */
  readonly firstEcdh: Uint8Array
  /** The first DH key for the ratchet, big-endian, minimal; of a publisher of prekeys, B. */
  readonly firstDh: Uint8Array
  /** The address, given by the application. */
  readonly account: string
}

/**
 * phi, the shared session state, as the sender of the message that is being authenticated sees it: their tag and
 * the receiver's, their first keys and the receiver's, their account and the receiver's. The draft's sentence that the tags be sorted
 * contradicts its own example; this follows the example, as both living implementations do (`spec/decisions.md`, 12).
 *
 * @param extra - phi': what the application adds; both sides must add the same bytes
 * @see [OTRv4, "Shared Session State"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#shared-session-state)
 */
export function phi(sender: PhiSide, receiver: PhiSide, extra: Uint8Array = new Uint8Array(0)): Uint8Array {
  return new Writer()
    .int(sender.tag).int(receiver.tag)
    .point(sender.firstEcdh).mpi(sender.firstDh)
    .point(receiver.firstEcdh).mpi(receiver.firstDh)
    .data(utf8Encode(sender.account)).data(utf8Encode(receiver.account))
    .bytes(extra)
    .finish()
}
