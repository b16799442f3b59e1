import { sha256 } from '../../../crypto/index.js'
import { hexEncode, utf8Encode } from '../../../wire/index.js'

/**
 * What is remembered of a transport's delivery id: 12 hex digits. The network makes ids as long as it likes, and all of them are written with
 * every save.
 */
export function deliveryMark(id: string): string {
  return hexEncode(sha256(utf8Encode(id)).subarray(0, 6))
}
