/**
 * The store of a prekey server: its records and its interface. The implementation in memory is memory-store.ts; those on disk are in
 * store/. Each call is one transaction: it happens entirely or not at all, and no call sees another half done. Implementations touch
 * only rows of the identity that a call names, so that their cost does not grow with the number of users.
 */

/**
 * How long a prekey message may stay in the store, in seconds: 12 weeks. Its owner keeps the private halves a week longer, because the
 * server must not hand out a prekey message whose private halves are gone.
 */
export const STORED_PREKEY_LIFETIME = 7_257_600

/** A verified publication. Its bytes are those that came over the network; the same bytes are handed out. */
export interface PublicationRecord {
  /** The publisher's address, for which the network vouches: for XMPP the bare JID. */
  readonly identity: string
  /** The device's instance tag, 0x100 to 0xFFFFFFFF. All parts of the publication contain it. */
  readonly instanceTag: number
  /** The fingerprint of the long-term key in the key exchange, 56 bytes. If `clientProfile` is present, its key is the same. */
  readonly fingerprint: Uint8Array
  /** If absent, the stored one remains. */
  readonly clientProfile?: ClientProfileRecord
  /** If absent, the stored one remains. */
  readonly prekeyProfile?: PrekeyProfileRecord
  /** No two have the same identifier. */
  readonly messages: readonly PrekeyMessageRecord[]
}

/** A Client Profile. */
export interface ClientProfileRecord {
  /** The encoded profile, CLIENT-PROF: bytes of variable length. */
  readonly bytes: Uint8Array
  /** When it expires, in seconds since 1970. */
  readonly expiration: number
  /** One character for each version: "4", "34". */
  readonly versions: string
}

/** A Prekey Profile. */
export interface PrekeyProfileRecord {
  /** The encoded profile, PREKEY-PROF: bytes of variable length. */
  readonly bytes: Uint8Array
  /** When it expires, in seconds since 1970. */
  readonly expiration: number
}

/** A Prekey Message. */
export interface PrekeyMessageRecord {
  /** 32 bits, unsigned. Unique among the prekey messages of one instance. */
  readonly identifier: number
  /** The encoded prekey message: bytes of variable length. */
  readonly bytes: Uint8Array
}

/** How much a store may hold for one identity. */
export interface StoreLimits {
  /** Devices whose Client Profile has not expired. */
  readonly instancesPerIdentity: number
  /** Prekey messages of all its devices together. */
  readonly prekeysPerIdentity: number
}

/**
 * The result of a publication. If it is refused, no part of it is stored:
 *
 * - `instances`, `prekeys`: it would exceed a limit.
 * - `no-profile`: it has no Client Profile, and the store has none for this instance that has not expired.
 * - `other-key`: it has no Client Profile, and the stored one belongs to another fingerprint.
 */
export type PublishResult =
  | { readonly stored: number, readonly duplicates: number }
  | { readonly refused: 'instances' | 'prekeys' | 'no-profile' | 'other-key' }

/** A prekey ensemble that was taken out of the store, which has deleted its prekey message. */
export interface EnsembleRecord {
  /** The device's instance tag, 0x100 to 0xFFFFFFFF. */
  readonly instanceTag: number
  /** CLIENT-PROF, encoded: the bytes that were published. */
  readonly clientProfile: Uint8Array
  /** PREKEY-PROF, encoded: the bytes that were published. */
  readonly prekeyProfile: Uint8Array
  /** The encoded prekey message: the bytes that were published. */
  readonly prekeyMessage: Uint8Array
  /** The number of prekey messages that this instance has left. */
  readonly left: number
}

/** Where a prekey server keeps publications. Calls reject if the storage fails; then nothing was changed. */
export interface PrekeyStore {
  /**
   * Stores a publication. Its profiles replace those of the same instance. If its Client Profile has another fingerprint than the stored
   * one, everything of the instance is dropped first, because it belonged to another key. Prekey messages with an identifier that this
   * instance already has in the store are skipped and counted as `duplicates`. What has expired does not count towards the limits. A
   * prekey message expires `STORED_PREKEY_LIFETIME` after the `now` with which it was published.
   *
   * @param now - seconds since 1970
   */
  publish(record: PublicationRecord, limits: StoreLimits, now: number): Promise<PublishResult>
  /**
   * The number of this instance's stored prekey messages that have not expired; 0 if its Client Profile has expired, is missing, or has
   * another fingerprint (56 bytes).
   */
  count(identity: string, instanceTag: number, fingerprint: Uint8Array, now: number): Promise<number>
  /**
   * Takes out one prekey message of each instance of the identity that has a Client Profile with at least one of `versions`
   * (characters), a Prekey Profile and a prekey message, none of them expired. No prekey message is taken out twice, even if several
   * callers ask at the same time, in this process or in others. Prekey messages that were stored first are taken first. The result is
   * sorted by instance tag, ascending.
   */
  take(identity: string, versions: string, now: number): Promise<readonly EnsembleRecord[]>
  /**
   * Deletes what nobody can use any more: Prekey Profiles and prekey messages that have expired, and everything of an instance whose
   * Client Profile has expired. It may be called at any time. It is optional: the other calls skip what has expired. Of those only
   * `publish` deletes it, and only for the publisher.
   *
   * @param now - a time of which the caller is sure: a clock that is once far ahead must not empty the store
   */
  expire(now: number): Promise<void>
  /** Releases its resources. Call nothing on the store afterwards. */
  close(): Promise<void>
}
