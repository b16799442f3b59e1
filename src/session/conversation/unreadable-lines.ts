import type { Version } from '../versions/version.js'

/** Private texts came that nobody here can read. */
export interface UnreadableLines {
  /** The version of the first. */
  readonly version: Version
  /** When a notice last informed the application, seconds. */
  readonly at: number
  /** When the other side was informed, seconds. Its program may begin again by itself. */
  readonly toldAt?: number
}
