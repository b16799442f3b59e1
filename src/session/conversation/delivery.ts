import type { TextFormat } from '../text/text-format.js'

/** What the transport knows about a line, besides its sender and its text. */
export interface Delivery {
  /** The transport's id of the message. A line with an id that this correspondent's lines had before is dropped, also after a restart. */
  readonly id?: string
  /** A copy from a history, an archive or another device: text in clear is shown, nothing is answered, no session changes. */
  readonly archived?: boolean
  /**
   * When it was sent, seconds, if the network kept it meanwhile. The `message` event of its text contains this time. A line that offers or begins
   * a private conversation is then not answered (notice `old-offer`): an answer would reveal that this side is present now.
   */
  readonly sentAt?: number
  /** How the sender's program writes and reads private text in version 3, where the network names the program. See `Policy.textFormat`. */
  readonly textFormat?: TextFormat
}
