import { hkdfSha256 } from '../crypto/hkdf.js'
import { wipe } from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'
import { concatBytes, utf8Encode } from '../wire/index.js'
import { FILE_KEY_LENGTH } from './format.js'

/**
 * The key of one file: HKDF-SHA-256 of what `deriveExtraKey` gives, with a salt of its own in `info`. In version 3 the extra symmetric key stays the same
 * for as long as the session's keys do, so two files would have the same key without it. `extra` is wiped.
 */
export function fileKey(extra: Uint8Array, salt: Uint8Array): Secret {
  const key = hkdfSha256(extra, concatBytes(utf8Encode('otr4 file 1'), salt), FILE_KEY_LENGTH)
  wipe(extra)
  return key
}
