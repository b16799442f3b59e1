import {
  dh3072SharedSecret, ecdhSharedSecret, mixedSharedSecret, thirdBraceKey, wipe, type Dh3072KeyPair, type EcdhKeyPair,
} from '../crypto/index.js'
import type { Secret } from '../crypto/secret.js'

/**
 * K, the mixed shared secret of a DAKE: 64 bytes, from one ECDH and one DH exchange. The caller has checked the public keys, and wipes K.
 * This function wipes everything else that it derives.
 *
 * @see [OTRv4, "Interactive DAKE Overview"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#interactive-dake-overview)
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
