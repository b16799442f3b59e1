import type { Version } from '../versions/version.js'

/**
 * A message that was encrypted and of which nobody has proved yet that it could be read: plain data, a part of `Conversation`. Kept so
 * that it can be sent again when the other side has lost its keys; wiped as soon as an authenticated answer shows that it was read, and
 * after `policy.keepSent` seconds in any case.
 */
export interface SentMessage {
  /** Counts up within the conversation. */
  readonly id: number
  /** UTF-8, so that it can be overwritten. Secret. */
  readonly text: Uint8Array
  readonly tlvs: readonly { readonly type: number, readonly value: Uint8Array }[]
  /** Where it went: instance tag and version of the session, its id (hex), and the fingerprint of its key (hex). */
  readonly tag: number
  readonly version: Version
  readonly ssid: string
  readonly fingerprint: string
  /** The chain of our keys that it was encrypted in, and whether it was the first of the chain. */
  readonly chain: number
  readonly first: boolean
  /** Seconds. */
  readonly sentAt: number
  /** When the other side said that it could not read, seconds; absent: it did not. */
  readonly lostAt?: number
  /** The application was told, and may send it again or give it up. */
  readonly offered: boolean
}

/** A message that the other side probably could not read, for the application. */
export interface LostMessage {
  /** For `resend` and `discard`. */
  readonly handle: number
  /** What was sent. */
  readonly text: string
  /** The instance that it had gone to. */
  readonly instance: number
  /** Seconds. */
  readonly sentAt: number
}
