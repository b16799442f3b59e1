import { OtrError } from '../errors.js'
import { wipe } from './compare.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { expandSecret } from './scalars.js'
import { asSecret, type Secret, type SecretPair } from './secret.js'

/** An ephemeral ECDH key pair on Ed448. */
export interface EcdhKeyPair {
  /** The secret scalar: 57 bytes little-endian. Wipe it when it is no longer needed. */
  readonly privateKey: Uint8Array
  /** privateKey * G: a POINT, 57 bytes. */
  readonly publicKey: Uint8Array
}

/**
 * Generates a key pair from 57 random bytes: the specification's generateECDH().
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 * @see [OTRv4, "Generating ECDH and DH keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#generating-ecdh-and-dh-keys)
 */
export function generateEcdh(random: RandomSource): SecretPair<EcdhKeyPair> {
  const r = randomBytes(random, 57)
  const { scalar, prefix } = expandSecret(r)
  wipe(r, prefix)
  return { privateKey: scalar, publicKey: getArithmetic().ed448.multiplyBase(scalar) }
}

/** Whether a point from the network may be used as a public key: canonical, on the curve, of prime order, not the identity. */
export function isValidEcdh(publicKey: Uint8Array): boolean {
  return getArithmetic().ed448.isValidPoint(publicKey)
}

/**
 * Computes ECDH(a, B) = K_ecdh, serialized as a POINT: 57 bytes, which the caller wipes. The caller first checks a key from the network with
 * `isValidEcdh`.
 *
 * @throws OtrError `OTR_POINT` if the public key does not decode, or if the result is the identity
 * @see [OTRv4, "Generating Shared Secrets"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#generating-shared-secrets)
 */
export function ecdhSharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Secret {
  const { ed448 } = getArithmetic()
  const secret = ed448.multiply(privateKey, publicKey)
  if (ed448.isIdentity(secret)) throw new OtrError('OTR_POINT', 'the ECDH shared secret is the identity')
  return asSecret(secret)
}
