import { aes128Ctr } from '../crypto/aes.js'
import { equalBytes } from '../crypto/compare.js'
import { dsaScalarLength, dsaSign, dsaVerify, validateDsaPublicKey, type DsaPrivateKey, type DsaPublicKey } from '../crypto/dsa.js'
import { encodeDsaPublicKey, readDsaPublicKey } from '../crypto/dsa-encoding.js'
import { hmacSha256 } from '../crypto/hash.js'
import type { RandomSource } from '../crypto/random.js'
import { OtrError } from '../errors.js'
import { concatBytes, Reader, uint32be, Writer } from '../wire/index.js'
import type { AuthenticationKeys } from './ake-keys.js'
import { copyPublic, publicBytes } from '../wire/public-bytes.js'

/** The last two fields of the Reveal Signature and the Signature message. */
export interface EncryptedSignature {
  /** AES_c(X), X = PUBKEY, keyid, SIG. */
  readonly encryptedSignature: Uint8Array
  /** MAC'd signature: 20 bytes. */
  readonly mac: Uint8Array
}

/** What a verified signature proves: who the other side is, and the serial number of their D-H key. */
export interface Authenticated {
  readonly publicKey: DsaPublicKey
  /** 1 or more. */
  readonly keyId: number
}

/** Both messages encrypt with the initial counter value 0; no key is used twice. */
const zeroCounter = publicBytes(16)

/** Makes M: the HMAC under m1 over the signer's D-H key, the other side's, the signer's PUBKEY and keyid. The order of the two D-H keys says who signs. */
function signedValue(m1: Uint8Array, signersDh: Uint8Array, othersDh: Uint8Array, publicKey: DsaPublicKey, keyId: number): Uint8Array {
  const exchange = new Writer().mpi(signersDh).mpi(othersDh).finish()
  return hmacSha256(m1, exchange, encodeDsaPublicKey(publicKey), uint32be(keyId))
}

/** Makes the field MAC'd signature: the first 160 bits of HMAC-SHA-256 under m2 over the DATA, with its length. */
function macOf(m2: Uint8Array, encryptedSignature: Uint8Array): Uint8Array {
  return copyPublic(hmacSha256(m2, uint32be(encryptedSignature.length), encryptedSignature), 0, 20)
}

/**
 * Signs the key exchange: for the Reveal Signature message with c, m1 and m2, for the Signature message with c', m1' and m2'.
 *
 * @param ourDh - our public key of this exchange; `keyId` is its serial number
 * @see [OTRv3, "Reveal Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv3, "Signature Message"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function signExchange(
  keys: AuthenticationKeys, ourDh: Uint8Array, theirDh: Uint8Array, dsa: DsaPrivateKey, keyId: number, random: RandomSource,
): EncryptedSignature {
  const signature = dsaSign(dsa, signedValue(keys.m1, ourDh, theirDh, dsa, keyId), random)
  const encryptedSignature = aes128Ctr(keys.c, zeroCounter, concatBytes(encodeDsaPublicKey(dsa), uint32be(keyId), signature))
  return { encryptedSignature, mac: macOf(keys.m2, encryptedSignature) }
}

/**
 * Verifies what `signExchange` made on the other side: the MAC, the encoding, the key id, the public key and the signature. Returns
 * `undefined` if anything is wrong. Never throws, whatever a message contains.
 */
export function verifyExchange(
  keys: AuthenticationKeys, ourDh: Uint8Array, theirDh: Uint8Array, { encryptedSignature, mac }: EncryptedSignature,
): Authenticated | undefined {
  if (!equalBytes(macOf(keys.m2, encryptedSignature), mac)) return undefined
  try {
    const reader = new Reader(aes128Ctr(keys.c, zeroCounter, encryptedSignature))
    const publicKey = readDsaPublicKey(reader)
    const keyId = reader.int('keyid')
    // A signature is twice as long as q. Check the key first, so that a wrong size of q is never used.
    validateDsaPublicKey(publicKey)
    const signature = reader.take('signature', 2 * dsaScalarLength(publicKey))
    reader.end()
    if (keyId === 0) return undefined
    const signed = signedValue(keys.m1, theirDh, ourDh, publicKey, keyId)
    return dsaVerify(publicKey, signed, signature) ? { publicKey, keyId } : undefined
  } catch (error) {
    if (error instanceof OtrError && (error.code === 'OTR_MALFORMED' || error.code === 'OTR_DSA_KEY')) return undefined
    throw error
  }
}
