import { sha256 } from '../../../crypto/index.js'
import { hexEncode, utf8Encode } from '../../../wire/index.js'

/**
 * The form in which a transport's delivery id is remembered: 12 hex digits of its hash. The network may choose ids of any length, and all of
 * them are written with every save.
 */
export function deliveryMark(id: string): string {
  return hexEncode(sha256(utf8Encode(id)).subarray(0, 6))
}
