import { OtrError } from '../errors.js'
import { equalBytes, wipe } from './compare.js'
import { shake256 } from './kdf.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { expandSecret, SCALAR_LENGTH, WIDE_LENGTH } from './scalars.js'
import { copySecret, type Secret } from './secret.js'
import { publicBytes, publicOf } from '../wire/public-bytes.js'
import { concatBytes } from '../wire/bytes.js'

/**
 * A long-term key pair: the identity H, the shared prekey D, or a forging key F whose secret was kept.
 *
 * @see [OTRv4, "Public keys, Shared Prekeys, Forging keys and Fingerprints"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#public-keys-shared-prekeys-forging-keys-and-fingerprints)
 */
export interface Ed448KeyPair {
  /** sym_key: 57 random bytes, from which everything else is derived. Signs profiles. Secret. */
  readonly symmetricKey: Uint8Array
  /** sk: the secret scalar, 57 bytes little-endian, pruned and not reduced mod q. For ring signatures and ECDH. Secret. */
  readonly secretScalar: Uint8Array
  /** sk * G: a POINT, 57 bytes. */
  readonly publicKey: Uint8Array
}

/** A long-term key pair that this library made. One that a program supplies is known by its bytes alone. */
export type SecretEd448KeyPair = Ed448KeyPair & { readonly symmetricKey: Secret, readonly secretScalar: Secret }

/** Length of an EDDSA-SIG in bytes: R || S. */
export const EDDSA_SIGNATURE_LENGTH = 114

/** Makes the key pair that belongs to 57 secret bytes, which it copies. @throws OtrError `OTR_INTERNAL` for another length */
export function ed448KeyPair(symmetricKey: Uint8Array): SecretEd448KeyPair {
  if (symmetricKey.length !== 57) throw new OtrError('OTR_INTERNAL', 'an Ed448 symmetric key has 57 bytes')
  const { scalar, prefix } = expandSecret(symmetricKey)
  wipe(prefix)
  return { symmetricKey: copySecret(symmetricKey), secretScalar: scalar, publicKey: getArithmetic().ed448.multiplyBase(scalar) }
}

/** Generates a long-term key pair from 57 random bytes. @throws OtrError `OTR_RANDOM_FAILED` */
export function generateEd448KeyPair(random: RandomSource): SecretEd448KeyPair {
  const symmetricKey = randomBytes(random, 57)
  const pair = ed448KeyPair(symmetricKey)
  wipe(symmetricKey)
  return pair
}

/** dom4(0, context): the prefix of everything that Ed448 hashes (RFC 8032). OTRv4's context is empty. */
function dom4(context: Uint8Array): Uint8Array {
  if (context.length > 255) throw new OtrError('OTR_INTERNAL', 'an Ed448 context has at most 255 bytes')
  // The text SigEd448, and 0 for no prehash.
  return concatBytes(publicOf(0x53, 0x69, 0x67, 0x45, 0x64, 0x34, 0x34, 0x38, 0, context.length), context)
}

/**
 * Signs with Ed448 (RFC 8032, section 5.2.6): 114 bytes, the same for the same key and message. The public key is derived, never
 * taken from the caller: a wrong one would give the secret away.
 */
export function eddsaSign(symmetricKey: Uint8Array, message: Uint8Array, context: Uint8Array = new Uint8Array(0)): Uint8Array {
  const { ed448 } = getArithmetic()
  const domain = dom4(context)
  const { scalar, prefix } = expandSecret(symmetricKey)
  const publicKey = ed448.multiplyBase(scalar)
  const r = ed448.reduceScalar(shake256([domain, prefix, message], WIDE_LENGTH))
  const R = ed448.multiplyBase(r)
  const k = ed448.reduceScalar(shake256([domain, R, publicKey, message], WIDE_LENGTH))
  const product = ed448.multiplyScalars(k, scalar)
  const S = ed448.addScalars(r, product)
  // k is public, so the product reveals the secret.
  wipe(scalar, prefix, r, product)
  const signature = publicBytes(EDDSA_SIGNATURE_LENGTH)
  signature.set(R)
  signature.set(S, SCALAR_LENGTH)
  return signature
}

/**
 * Whether a signature over `message` was made with the key of `publicKey` (RFC 8032, section 5.2.7, the strict way). It also refuses a public key outside
 * the prime-order subgroup, an S that is not below q, and a non-canonical R. Never throws for bytes from the network.
 */
export function eddsaVerify(
  publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, context: Uint8Array = new Uint8Array(0),
): boolean {
  const { ed448 } = getArithmetic()
  if (signature.length !== EDDSA_SIGNATURE_LENGTH || !ed448.isValidPoint(publicKey)) return false
  const R = signature.subarray(0, SCALAR_LENGTH)
  const S = signature.subarray(SCALAR_LENGTH)
  if (!equalBytes(ed448.reduceScalar(S), S)) return false
  const k = ed448.reduceScalar(shake256([dom4(context), R, publicKey, message], WIDE_LENGTH))
  // R = S * G - k * H. The right side is in the subgroup, so an R with a part of small order cannot equal it; the identity can.
  const minusK = ed448.subtractScalars(publicBytes(SCALAR_LENGTH), k)
  return equalBytes(ed448.multiplyAddPublic(minusK, publicKey, S), R) && !ed448.isIdentity(R)
}
