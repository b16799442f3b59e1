/**
 * What a prekey server keeps, and how it asks for it. One interface, several stores: the one in memory is beside this file, those
 * on disk in store/. Each call is one transaction: it happens wholly or not at all, and two calls never see half of each other.
 * Implementations touch only rows of the identity that a call names: their cost must not grow with the number of users.
 */

/**
 * How long a prekey message may wait in store, seconds: 12 weeks. Its owner keeps the private halves a week longer; one that nobody can
 * read any more must not be handed out.
 */
export const STORED_PREKEY_LIFETIME = 7_257_600

/** What one publication brings, verified. Bytes are as they travel and as they are handed out. */
export interface PublicationRecord {
  /** Whose it is: the address that the network vouches for, for XMPP the bare JID. */
  readonly identity: string
  /** Of the device, 0x100 to 0xFFFFFFFF. All parts of the publication carry it. */
  readonly instanceTag: number
  /** Of the long-term key that did the key exchange, 56 bytes: the same as that of `clientProfile` when one is here. */
  readonly fingerprint: Uint8Array
  /** Absent: the one in store is still good. */
  readonly clientProfile?: ClientProfileRecord
  /** Absent: the one in store is still good. */
  readonly prekeyProfile?: PrekeyProfileRecord
  /** No two with the same identifier. */
  readonly messages: readonly PrekeyMessageRecord[]
}

/** A Client Profile. */
export interface ClientProfileRecord {
  /** The encoded profile, CLIENT-PROF: as many bytes as came. */
  readonly bytes: Uint8Array
  /** Seconds since 1970. */
  readonly expiration: number
  /** One character a version: "4", "34". */
  readonly versions: string
}

/** A Prekey Profile. */
export interface PrekeyProfileRecord {
  /** The encoded profile, PREKEY-PROF: as many bytes as came. */
  readonly bytes: Uint8Array
  /** Seconds since 1970. */
  readonly expiration: number
}

/** A Prekey Message. */
export interface PrekeyMessageRecord {
  /** 32 bits, unsigned: unique among those of one instance. */
  readonly identifier: number
  /** The encoded prekey message: as many bytes as came. */
  readonly bytes: Uint8Array
}

/** What a store may hold of one identity. */
export interface StoreLimits {
  /** Devices whose Client Profile has not ended. */
  readonly instancesPerIdentity: number
  /** Prekey messages over all its devices. */
  readonly prekeysPerIdentity: number
}

/**
 * What became of a publication. Refused, nothing of it is stored:
 *
 * - `instances`, `prekeys`: a limit would be passed.
 * - `no-profile`: it has no Client Profile, and none that lasts is stored for this instance.
 * - `other-key`: it has no Client Profile, and the stored one carries another fingerprint.
 */
export type PublishResult =
  | { readonly stored: number, readonly duplicates: number }
  | { readonly refused: 'instances' | 'prekeys' | 'no-profile' | 'other-key' }

/** One prekey ensemble that was taken out: its prekey message is gone from the store. */
export interface EnsembleRecord {
  /** Of the device, 0x100 to 0xFFFFFFFF. */
  readonly instanceTag: number
  /** CLIENT-PROF, encoded: the bytes that were published. */
  readonly clientProfile: Uint8Array
  /** PREKEY-PROF, encoded: the bytes that were published. */
  readonly prekeyProfile: Uint8Array
  /** The encoded prekey message: the bytes that were published. */
  readonly prekeyMessage: Uint8Array
  /** How many prekey messages this instance has left. */
  readonly left: number
}

/** Where a prekey server keeps what was published. Rejects when the storage fails; then nothing was changed. */
export interface PrekeyStore {
  /**
   * Stores a publication. Profiles take the place of those of the same instance. A Client Profile with another fingerprint than
   * the stored one drops all that its instance had: it belonged to another key. Prekey messages whose identifier this instance
   * already has in store are passed over and counted as `duplicates`. What has ended does not count for the limits; a prekey message
   * ends `STORED_PREKEY_LIFETIME` after the `now` with which it was published.
   *
   * @param now - seconds since 1970
   */
  publish(record: PublicationRecord, limits: StoreLimits, now: number): Promise<PublishResult>
  /** How many prekey messages of this instance are stored and have not ended; 0 when its Client Profile has ended, is missing, or has another fingerprint (56 bytes). */
  count(identity: string, instanceTag: number, fingerprint: Uint8Array, now: number): Promise<number>
  /**
   * Takes out one prekey message of each instance of the identity that has a Client Profile with at least one of `versions`
   * (characters) and a Prekey Profile and a prekey message, none of them ended. A prekey message comes out once, whoever asks at
   * the same time, in this process or in another. Those that were stored first come out first. Ascending by instance tag.
   */
  take(identity: string, versions: string, now: number): Promise<readonly EnsembleRecord[]>
  /**
   * Deletes what nobody can use any more: Prekey Profiles and prekey messages that have ended, and of an instance whose Client
   * Profile has ended everything. May be called any time and does not have to be: the other calls pass over what has ended, and
   * only `publish` deletes it, of the publisher alone.
   *
   * @param now - a time that the caller is sure of: a clock that is far ahead once must not empty the store
   */
  expire(now: number): Promise<void>
  /** Gives back what it holds. Nothing is called after it. */
  close(): Promise<void>
}
