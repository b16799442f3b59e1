import { ed448Fingerprint, ed448KeyPair } from '../crypto/index.js'
import type { Ed448Keys } from '../index.js'
import { hexEncode } from '../wire/index.js'

/** The version 4 fingerprint of our own keys: hex, 112 digits. */
export function ed448FingerprintOf({ symmetricKey, forgingKey }: Ed448Keys): string {
  return hexEncode(ed448Fingerprint(ed448KeyPair(symmetricKey).publicKey, forgingKey))
}
