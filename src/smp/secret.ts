import { utf8Encode } from '../wire/index.js'

/**
 * What a user typed as SMP secret, as the bytes that are hashed: a string is brought to Unicode's NFC, which is what keyboards
 * give and what other clients send unchanged, and encoded as UTF-8. Nothing else is changed: neither case nor white space. Bytes
 * are taken as they are. The result is a fresh array: wipe it.
 */
export function smpSecretBytes(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? utf8Encode(secret.normalize('NFC')) : new Uint8Array(secret)
}
