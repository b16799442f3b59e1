import type { Tlv } from '../wire/index.js'

/** What goes into one data message of ours. */
export interface MessageContent {
  /** May be empty. Without U+0000, which would end it. */
  readonly text: string
  /** Records behind the text, each with at most 65,535 bytes; without them, none. */
  readonly tlvs?: readonly Tlv[]
  /** Sets IGNORE_UNREADABLE: the other side does not complain when it cannot read this. Default: set exactly when `text` is empty. */
  readonly ignoreUnreadable?: boolean
}

/** What the extra symmetric key is announced with. */
export interface ExtraKeyUse {
  /** Four bytes as an unsigned number: what the key is used for. */
  readonly use: number
  /** What belongs to that use, at most 65,531 bytes. */
  readonly data: Uint8Array
}

/** What our user begins the Socialist Millionaires' Protocol with. */
export interface SmpRequest {
  /** What both users know. A string is normalised to NFC and taken as UTF-8; bytes are taken as they are. */
  readonly secret: string | Uint8Array
  /** Sent with SMP message 1, encrypted like all of it; without one, the other side is asked for the secret alone. */
  readonly question?: string | undefined
}
