import {
  dh3072SharedSecret, ecdhSharedSecret, mixedSharedSecret, thirdBraceKey, wipe, type Dh3072KeyPair, type EcdhKeyPair,
} from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'

/**
 * K, the Mixed shared secret of a DAKE: 64 bytes, from one ECDH and one DH exchange ("Interactive DAKE Overview"). The public keys
 * were checked before. Everything between is wiped; the caller wipes K.
 */
export function dakeMixedSecret(
  ours: { readonly ecdh: EcdhKeyPair, readonly dh: Dh3072KeyPair }, theirEcdh: Uint8Array, theirDh: Uint8Array,
): Secret {
  const kEcdh = ecdhSharedSecret(ours.ecdh.privateKey, theirEcdh)
  const kDh = dh3072SharedSecret(ours.dh.privateKey, theirDh)
  const braceKey = thirdBraceKey(kDh)
  const k = mixedSharedSecret(kEcdh, braceKey)
  wipe(kEcdh, kDh, braceKey)
  return k
}
