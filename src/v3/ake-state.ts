import { wipe } from '../crypto/compare.js'
import type { Dh1536KeyPair } from '../crypto/dh1536.js'
import { unreachable } from '../errors.js'
import { wipeAuthenticationKeys, type AuthenticationKeys } from './ake-keys.js'
import type { Secret, SecretPair } from '../crypto/secret.js'

/**
 * The authentication state, with one kind for each of the specification's.
 *
 * @see [OTRv3, "Authentication state"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export type AkeState = AkeNone | AwaitingDhKey | AwaitingRevealSignature | AwaitingSignature

/** AUTHSTATE_NONE: no key exchange is under way. */
export interface AkeNone {
  readonly kind: 'none'
}

/** AUTHSTATE_AWAITING_DHKEY: we sent a D-H Commit message. */
export interface AwaitingDhKey {
  readonly kind: 'awaiting-dh-key'
  /** When this state was entered, seconds: `session/` abandons an exchange that takes too long. */
  readonly since: number
  /** x and g^x. */
  readonly ours: SecretPair<Dh1536KeyPair>
  /** r, 16 bytes: the key that hides g^x in the commitment. */
  readonly revealedKey: Secret
  /** The content of the D-H Commit message, for sending it again. */
  readonly encryptedGx: Uint8Array
  readonly hashedGx: Uint8Array
  /**
   * The exchange that was under way when this one began. The specification forgets it. We keep it, because the other side may complete it
   * at this moment.
   */
  readonly before: AwaitingRevealSignature | AwaitingSignature | undefined
}

/** AUTHSTATE_AWAITING_REVEALSIG: we answered a D-H Commit message. */
export interface AwaitingRevealSignature {
  readonly kind: 'awaiting-reveal-signature'
  readonly since: number
  /** y and g^y. */
  readonly ours: SecretPair<Dh1536KeyPair>
  /** From the D-H Commit message that we answered last. */
  readonly encryptedGx: Uint8Array
  readonly hashedGx: Uint8Array
  /**
   * Our own exchange that was waiting for its last message when the commitment came. The specification forgets it. We keep it: if the
   * commitment is late or repeated, the other side has moved on and will complete our exchange.
   */
  readonly own: AwaitingSignature | undefined
}

/** AUTHSTATE_AWAITING_SIG: we sent a Reveal Signature message. */
export interface AwaitingSignature {
  readonly kind: 'awaiting-signature'
  readonly since: number
  /** x and g^x. */
  readonly ours: SecretPair<Dh1536KeyPair>
  /** g^y as received. */
  readonly theirs: Uint8Array
  readonly ssid: Uint8Array
  /** c', m1' and m2', which verify the Signature message. */
  readonly keys: AuthenticationKeys
  /** The contents of the D-H Commit message and of the Reveal Signature message, for sending them again. */
  readonly encryptedGx: Uint8Array
  readonly hashedGx: Uint8Array
  readonly revealedKey: Secret
  readonly encryptedSignature: Uint8Array
  readonly mac: Uint8Array
}

/** Returns the exchange of theirs that we answered; a Reveal Signature message may continue it. */
export function answeredExchange(ake: AkeState | undefined): AwaitingRevealSignature | undefined {
  if (ake?.kind === 'awaiting-dh-key') return answeredExchange(ake.before)
  return ake?.kind === 'awaiting-reveal-signature' ? ake : undefined
}

/** Returns the exchange of ours that a Signature message may complete. */
export function ownExchange(ake: AkeState | undefined): AwaitingSignature | undefined {
  if (ake?.kind === 'awaiting-dh-key') return ownExchange(ake.before)
  if (ake?.kind === 'awaiting-reveal-signature') return ake.own
  return ake?.kind === 'awaiting-signature' ? ake : undefined
}

/** Wipes the secrets of an exchange that is over, except the key pair `kept`. */
export function wipeAke(ake: AkeState, kept?: Dh1536KeyPair): void {
  switch (ake.kind) {
    case 'none':
      return
    case 'awaiting-dh-key':
      wipe(ake.revealedKey)
      if (ake.before !== undefined) wipeAke(ake.before, kept)
      break
    case 'awaiting-reveal-signature':
      if (ake.own !== undefined) wipeAke(ake.own, kept)
      break
    case 'awaiting-signature':
      wipe(ake.revealedKey)
      wipeAuthenticationKeys(ake.keys)
      break
    default:
      return unreachable(ake)
  }
  if (ake.ours !== kept) wipe(ake.ours.privateKey)
}
