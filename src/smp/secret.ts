import { utf8Encode } from '../wire/index.js'
import { wipe } from '../crypto/compare.js'
import { copySecret, type Secret } from '../crypto/secret.js'

/**
 * The bytes to hash for an SMP secret. A string is normalised to Unicode NFC (what keyboards produce and other clients send) and encoded
 * as UTF-8; case and white space stay. Bytes are copied as they are. The caller wipes the result.
 */
export function smpSecretBytes(secret: string | Uint8Array): Secret {
  return typeof secret === 'string' ? encoded(secret.normalize('NFC')) : copySecret(secret)
}

function encoded(text: string): Secret {
  const bytes = utf8Encode(text)
  const secret = copySecret(bytes)
  wipe(bytes)
  return secret
}
