import { decodeDsaPublicKey, dsaVerify, ed448Fingerprint, ed448KeyPair, eddsaSign } from '../../../src/crypto/index.js'
import { copySecret } from '../../../src/crypto/secret.js'
import { verifyClientProfile } from '../../../src/v4/client-profile.js'
import { createPrekeyProfile, prekeyProfileFault } from '../../../src/v4/prekey-profile.js'
import {
  decodeClientProfile, decodePrekeyProfile, encodeClientProfile, encodeClientProfileFields, encodePrekeyProfile, encodePrekeyProfileFields, makeClientProfile, transitionalSignedBytes,
} from '../../../src/wire/index.js'
import type { Checks } from './given.js'

export const v4Profiles: Checks = {
  clientProfile(given, expected) {
    const symmetricKey = given.bytes('symmetricKey')
    const { publicKey } = ed448KeyPair(copySecret(symmetricKey))
    const bare = {
      instanceTag: given.int('instanceTag'), publicKey, forgingKey: given.bytes('forgingKey'), versions: given.text('versions'), expiration: given.int('expiration'),
    }
    const transition = given.has('dsaKey') ? { dsaPublicKey: decodeDsaPublicKey(given.bytes('dsaKey')), transitionalSignature: expected.bytes('transitionalSignature') } : undefined
    const contents = { ...bare, ...transition }
    const signed = encodeClientProfileFields(contents)
    const profile = makeClientProfile(contents, eddsaSign(symmetricKey, signed))
    if (transition !== undefined && !dsaVerify(transition.dsaPublicKey, transitionalSignedBytes(profile), transition.transitionalSignature)) return undefined
    // Each field again, by its length in the whole.
    let at = 0
    const fields = expected.byteList('fields').map(({ length }) => signed.slice(at, at += length))
    return {
      fields, ...transition !== undefined && { transitionalSigned: transitionalSignedBytes(profile), transitionalSignature: transition.transitionalSignature }, signed, signature: profile.signature, profile: encodeClientProfile(profile),
      fingerprint: ed448Fingerprint(publicKey, contents.forgingKey),
    }
  },
  verifyClientProfile(given) {
    const result = verifyClientProfile(decodeClientProfile(given.bytes('profile')), { senderTag: given.int('senderTag'), now: given.int('now') })
    return 'fault' in result ? undefined : { fingerprint: result.profile.fingerprint }
  },
  prekeyProfile(given) {
    const profile = createPrekeyProfile({
      instanceTag: given.int('instanceTag'), identity: ed448KeyPair(copySecret(given.bytes('symmetricKey'))), sharedPrekey: given.bytes('sharedPrekey'), expiration: given.int('expiration'),
    })
    return { signed: encodePrekeyProfileFields(profile), signature: profile.signature, profile: encodePrekeyProfile(profile) }
  },
  verifyPrekeyProfile(given) {
    const fault = prekeyProfileFault(decodePrekeyProfile(given.bytes('profile')), { publicKey: given.bytes('publicKey'), instanceTag: given.int('instanceTag'), now: given.int('now') })
    return fault === undefined ? {} : undefined
  },
}
