import type { Version } from '../versions/version.js'

/**
 * A message that was encrypted and is not yet known to be read: plain data, a part of `Conversation`. It is kept so that it can be sent again
 * if the other side has lost its keys. It is wiped as soon as an authenticated answer shows that it was read, and after `policy.keepSent`
 * seconds in any case.
 */
export interface SentMessage {
  /** Counts up within the conversation. */
  readonly id: number
  /** UTF-8, so that it can be overwritten. Secret. */
  readonly text: Uint8Array
  readonly tlvs: readonly { readonly type: number, readonly value: Uint8Array }[]
  /** The session that it was sent in: instance tag, version, session id (hex), fingerprint of the key (hex). */
  readonly tag: number
  readonly version: Version
  readonly ssid: string
  readonly fingerprint: string
  /** Our chain in which it was encrypted, and whether it was the first message of that chain. */
  readonly chain: number
  readonly first: boolean
  /** Seconds. */
  readonly sentAt: number
  /** When the other side reported that it could not read, seconds; absent if it did not. */
  readonly lostAt?: number
  /** A `lost` event has offered it to the application, which may send it again or discard it. */
  readonly offered: boolean
}

/** A message that the other side may not have been able to read, as the application sees it. */
export interface LostMessage {
  /** For `resend` and `discard`. */
  readonly handle: number
  /** The text that was sent. */
  readonly text: string
  /** The instance that it was sent to. */
  readonly instance: number
  /** Seconds. */
  readonly sentAt: number
}
