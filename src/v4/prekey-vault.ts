import type { Dh3072KeyPair, EcdhKeyPair } from '../crypto/index.js'
import type { ClientProfile, PrekeyMessage, PrekeyProfile } from '../wire/index.js'

/** A Prekey Profile of ours with the secret of its shared prekey D. */
export interface OwnPrekeyProfile {
  /** As it was published. */
  readonly profile: PrekeyProfile
  /** The secret scalar of D, 57 bytes little-endian. */
  readonly secret: Uint8Array
}

/** A Prekey Message of ours that nobody has answered yet, with its private halves. */
export interface OwnPrekeyMessage {
  /** As it was published. */
  readonly message: PrekeyMessage
  /** Y: its `publicKey` is the message's `y`. */
  readonly y: EcdhKeyPair
  /** B: its `publicKey` is the message's `b`. */
  readonly b: Dh3072KeyPair
  /** Seconds since 1970. */
  readonly madeAt: number
}

/**
 * The private side of everything that an account published for offline messages: plain data with secrets in it, replaced and never
 * changed in place. To be kept over restarts, or messages that are under way cannot be read.
 */
export interface PrekeyVault {
  /** The Client Profiles that went into publications, newest last: old ones are kept through their day of grace. */
  readonly clientProfiles: readonly ClientProfile[]
  /** Newest last; old ones are kept through their day of grace. */
  readonly profiles: readonly OwnPrekeyProfile[]
  /** Not used yet, oldest first. */
  readonly messages: readonly OwnPrekeyMessage[]
  /** Identifiers of prekey messages that were used up, oldest first, so many of them as are remembered. */
  readonly used: readonly number[]
}

/** Nothing was published. */
export const emptyVault: PrekeyVault = { clientProfiles: [], profiles: [], messages: [], used: [] }
