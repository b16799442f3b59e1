import { wipe } from '../crypto/compare.js'
import { sha256 } from '../crypto/hash.js'
import { uint32be } from '../wire/index.js'
import { concatSecrets, copySecret, type Secret } from '../crypto/secret.js'
import { publicOf } from '../wire/public-bytes.js'

/** The keys of one direction of the AKE: c, m1 and m2 for the Reveal Signature message, c', m1' and m2' for the Signature message. */
export interface AuthenticationKeys {
  /** Encrypts the signature: AES, 16 bytes. */
  readonly c: Secret
  /** The HMAC key that makes the signed value M: 32 bytes. */
  readonly m1: Secret
  /** Authenticates the encrypted signature: 32 bytes. */
  readonly m2: Secret
}

/** What the AKE derives from the shared secret s. */
export interface AkeKeys {
  /** Secure session id, 8 bytes. */
  readonly ssid: Uint8Array
  readonly revealSignature: AuthenticationKeys
  readonly signature: AuthenticationKeys
}

/** Encodes a Diffie-Hellman secret as an MPI, with its length: the specification's `secbytes`. `s` is big-endian without leading zeros. Wipe the result. */
export function secretBytes(s: Uint8Array): Secret {
  return concatSecrets(uint32be(s.length), s)
}

/** The specification's h2(b): SHA-256 of the byte b followed by `secbytes`, 32 bytes. */
export function h2(b: number, secbytes: Uint8Array): Secret {
  return sha256(publicOf(b), secbytes)
}

/**
 * Derives the seven values of the AKE from the shared secret, and wipes `s`.
 *
 * @see [OTRv3, "Computing AES keys, MAC keys, and the secure session id"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function deriveAkeKeys(s: Uint8Array): AkeKeys {
  const secbytes = secretBytes(s)
  const h0 = h2(0x00, secbytes)
  const h1 = h2(0x01, secbytes)
  const keys: AkeKeys = {
    ssid: copySecret(h0, 0, 8),
    revealSignature: { c: copySecret(h1, 0, 16), m1: h2(0x02, secbytes), m2: h2(0x03, secbytes) },
    signature: { c: copySecret(h1, 16), m1: h2(0x04, secbytes), m2: h2(0x05, secbytes) },
  }
  wipe(s, secbytes, h0, h1)
  return keys
}

/** All keys of one direction. */
export function authenticationKeys({ c, m1, m2 }: AuthenticationKeys): readonly Secret[] {
  return [c, m1, m2]
}

/** Overwrites the keys of one direction. */
export function wipeAuthenticationKeys(keys: AuthenticationKeys): void {
  wipe(...authenticationKeys(keys))
}
