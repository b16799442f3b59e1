import type { Tlv } from '../wire/index.js'

/** The content of one data message that we send. */
export interface MessageContent {
  /** May be empty. Must not contain U+0000, which would end it. */
  readonly text: string
  /** The records after the text, at most 65,535 bytes each; absent: none. */
  readonly tlvs?: readonly Tlv[]
  /** Sets the flag IGNORE_UNREADABLE: the other side does not report that it cannot read this. Default: set if and only if `text` is empty. */
  readonly ignoreUnreadable?: boolean
}

/** What announces the extra symmetric key. */
export interface ExtraKeyUse {
  /** What the key is used for: an unsigned 32-bit number. */
  readonly use: number
  /** Data for that use, at most 65,531 bytes. */
  readonly data: Uint8Array
}

/** What begins the Socialist Millionaires' Protocol on our side. */
export interface SmpRequest {
  /** What both users know. A string is normalised to NFC and encoded as UTF-8; bytes are used unchanged. */
  readonly secret: string | Uint8Array
  /** Sent with SMP message 1, encrypted like all messages of SMP. Without it, the other side is asked for the secret alone. */
  readonly question?: string | undefined
}
