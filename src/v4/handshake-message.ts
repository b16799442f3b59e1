import { compareBytes, equalBytes, isValidDh3072, isValidEcdh, shake256 } from '../crypto/index.js'
import { encodeClientProfile, Writer, type AuthRMessage, type IdentityMessage, type NonInteractiveAuthMessage } from '../wire/index.js'
import { verifyClientProfile, type VerifiedClientProfile } from './client-profile.js'
import type { V4Context } from './context.js'
import { isAmong } from './dake-state.js'

/**
 * The checks that an Identity, an Auth-R and a Non-Interactive-Auth message share: the Client Profile, the two points, the two DH keys; and
 * that it is not our own, sent back to us. Returns the verified profile, or which part was refused.
 *
 * @param ours - our public keys: the message must contain none of them, nor any key in two places
 * @see [OTRv4, "Identity Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#identity-message)
 */
export function verifyHandshakeMessage(
  message: IdentityMessage | AuthRMessage | NonInteractiveAuthMessage, ours: readonly Uint8Array[], { account, now }: V4Context,
): { readonly profile: VerifiedClientProfile } | { readonly fault: string } {
  if (message.senderTag === account.instanceTag) return { fault: 'our own instance tag' }
  const [ecdh, dh] = message.kind === 'v4-identity' ? [message.y, message.b] : [message.x, message.a]
  // Cheap checks first: a flood of nonsense must not cause signature verifications.
  if (isAmong(dh, ours) || isAmong(message.firstDh, ours)) return { fault: 'DH key of our own' }
  if (isAmong(ecdh, ours) || isAmong(message.firstEcdh, ours)) return { fault: 'ECDH key of our own' }
  if (equalBytes(dh, message.firstDh) || equalBytes(ecdh, message.firstEcdh)) return { fault: 'the same key twice' }
  if (!isValidDh3072(dh)) return { fault: 'DH key' }
  if (!isValidDh3072(message.firstDh)) return { fault: 'first DH key' }
  const result = verifyClientProfile(message.clientProfile, { senderTag: message.senderTag, now })
  if ('fault' in result) return { fault: `client profile: ${result.fault}` }
  if (!isValidEcdh(ecdh)) return { fault: 'ECDH key' }
  if (!isValidEcdh(message.firstEcdh)) return { fault: 'first ECDH key' }
  return result
}

/** Whether two Identity messages are the same but for the receiver's tag, which is filled in when one is sent again. */
export function sameIdentityMessage(one: IdentityMessage, other: IdentityMessage): boolean {
  return one.senderTag === other.senderTag && equalBytes(one.y, other.y) && equalBytes(one.b, other.b) &&
    equalBytes(one.firstEcdh, other.firstEcdh) && equalBytes(one.firstDh, other.firstDh) &&
    equalBytes(encodeClientProfile(one.clientProfile), encodeClientProfile(other.clientProfile))
}

/**
 * Which of two Identity messages that crossed goes on: below 0 when ours is the lower. SHAKE-256(MPI(B), 32), compared as unsigned
 * big-endian numbers. 0 only for our own message, reflected.
 */
export function compareCrossing(ours: IdentityMessage, theirs: IdentityMessage): number {
  const hash = ({ b }: IdentityMessage): Uint8Array => shake256([new Writer().mpi(b).finish()], 32)
  return compareBytes(hash(ours), hash(theirs))
}
