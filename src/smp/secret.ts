import { utf8Encode } from '../wire/index.js'
import { copySecret } from '../crypto/secret.js'

/**
 * The bytes to hash for an SMP secret. A string is normalised to Unicode NFC (what keyboards produce and other clients send) and encoded
 * as UTF-8; case and white space stay. Bytes are copied as they are. The caller wipes the result.
 */
export function smpSecretBytes(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? utf8Encode(secret.normalize('NFC')) : copySecret(secret)
}
