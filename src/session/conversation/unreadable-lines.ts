import type { Version } from '../versions/version.js'

/** Private texts came that nobody here can read. */
export interface UnreadableLines {
  /** The version of the first. */
  readonly version: Version
  /** When the application was last told, seconds. */
  readonly at: number
  /** When the other side was told, seconds: its program may begin anew by itself. */
  readonly toldAt?: number
}
