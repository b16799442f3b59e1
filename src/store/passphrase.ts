import { scryptKey, wipe, type ScryptCost, type ScryptOptions } from '../crypto/index.js'
import { copySecret, type Secret } from '../crypto/secret.js'
import { OtrError } from '../errors.js'
import { utf8Encode } from '../wire/index.js'

/** Text is normalised to NFC and encoded as UTF-8, so that every keyboard gives the same bytes. Bytes are used unchanged. */
export type Passphrase = string | Uint8Array

/**
 * Derives a key of 32 bytes from a passphrase. It wipes its own copies of the passphrase and leaves the caller's bytes alone.
 *
 * @throws OtrError `OTR_ARGUMENT` for an empty passphrase
 */
export async function keyOfPassphrase(
  passphrase: Passphrase, salt: Uint8Array, cost: ScryptCost, options: ScryptOptions,
): Promise<Secret> {
  const bytes = typeof passphrase === 'string' ? utf8Encode(passphrase.normalize('NFC')) : copySecret(passphrase)
  try {
    if (bytes.length === 0) throw new OtrError('OTR_ARGUMENT', 'an empty passphrase protects nothing: give another, or a key')
    return await scryptKey(bytes, salt, cost, options)
  } finally {
    wipe(bytes)
  }
}
