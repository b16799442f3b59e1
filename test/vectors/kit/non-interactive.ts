import { dh3072SharedSecret, ecdhSharedSecret, equalBytes, hcmac, kdf, ringVerify, ssid, thirdBraceKey, usage } from '../../../src/crypto/index.js'
import { verifyEnsemble } from '../../../src/v4/ensemble.js'
import { nonInteractiveTranscript } from '../../../src/v4/non-interactive-transcript.js'
import { phi } from '../../../src/v4/phi.js'
import { prekeyMessageFault } from '../../../src/v4/prekey-message.js'
import { decodeClientProfile, decodeEnsemble, decodePrekeyMessage, encodeEnsemble, encodeMessage, encodePrekeyMessage, type NonInteractiveAuthMessage } from '../../../src/wire/index.js'
import { messageOf, pairOf, validKeys, validProfile } from './dake.js'
import type { Checks, Given } from './given.js'

const prekeyOf = (given: Given, identifier: number, instanceTag: number): ReturnType<typeof decodePrekeyMessage> => {
  const pair = pairOf(given)
  return { kind: 'v4-prekey', identifier, instanceTag, y: pair.ecdh.publicKey, b: pair.dh.publicKey }
}

export const v4NonInteractive: Checks = {
  prekeyMessage: (given) => ({ message: encodePrekeyMessage(prekeyOf(given.record('keys'), given.int('identifier'), given.int('instanceTag'))) }),
  verifyPrekeyMessage(given) {
    const message = decodePrekeyMessage(given.bytes('message'))
    const { identifier, instanceTag, y, b } = message
    return prekeyMessageFault(message) === undefined ? { identifier, instanceTag, y, b } : undefined
  },
  verifyEnsemble: (given) => 'fault' in verifyEnsemble(decodeEnsemble(given.bytes('ensemble')), given.int('now')) ? undefined : {},
  exchange(given, expected) {
    const [bob, alice] = [given.record('bob'), given.record('alice')]
    const ensemble = decodeEnsemble(expected.bytes('ensemble'))
    const prekey = prekeyOf(given.record('bobPrekey'), given.int('identifier'), bob.int('instanceTag'))
    const [x, first, shared] = [pairOf(given.record('aliceEphemeral')), pairOf(given.record('aliceFirst')), ensemble.prekeyProfile.sharedPrekey]
    const auth: NonInteractiveAuthMessage = {
      kind: 'v4-non-interactive-auth', senderTag: alice.int('instanceTag'), receiverTag: bob.int('instanceTag'), clientProfile: decodeClientProfile(alice.bytes('profile')), x: x.ecdh.publicKey, a: x.dh.publicKey,
      sigma: expected.bytes('sigma'), prekeyIdentifier: given.int('identifier'), authMac: expected.bytes('authMac'), firstEcdh: first.ecdh.publicKey, firstDh: first.dh.publicKey,
    }
    const bobProfile = decodeClientProfile(bob.bytes('profile'))
    const t = nonInteractiveTranscript({ bobProfile, sharedPrekey: shared, prekey, auth, bobAccount: bob.text('address'), aliceAccount: alice.text('address') })
    if (ringVerify([bobProfile.forgingKey, auth.clientProfile.publicKey, prekey.y], auth.sigma, t, ['bare']) === undefined) return undefined
    const ecdh = (theirs: Uint8Array): Uint8Array => ecdhSharedSecret(x.ecdh.privateKey, theirs)
    const [kEcdh, withSharedPrekey, withIdentity, kDh] = [ecdh(prekey.y), ecdh(shared), ecdh(bobProfile.publicKey), dh3072SharedSecret(x.dh.privateKey, prekey.b)]
    const braceKey = thirdBraceKey(kDh)
    const tmpK = kdf(usage.tmpKey, [kEcdh, withSharedPrekey, withIdentity, braceKey], 64)
    const authMacKey = kdf(usage.authMacKey, [tmpK], 64)
    const k = kdf(usage.sharedSecret, [tmpK], 64)
    const authMac = hcmac(usage.authMac, [authMacKey, t], 64)
    if (!equalBytes(authMac, auth.authMac)) return undefined
    return {
      ensemble: encodeEnsemble({ clientProfile: bobProfile, prekeyProfile: ensemble.prekeyProfile, prekeyMessage: prekey }), kEcdh, withSharedPrekey, withIdentity, kDh, braceKey, tmpK, authMacKey, k, ssid: ssid(k),
      phi: phi({ tag: auth.senderTag, firstEcdh: auth.firstEcdh, firstDh: auth.firstDh, account: alice.text('address') }, { tag: auth.receiverTag, firstEcdh: prekey.y, firstDh: prekey.b, account: bob.text('address') }),
      t, sigma: auth.sigma, authMac, message: encodeMessage(auth), rootKey: kdf(usage.rootKey, [k], 64), chainKey: kdf(usage.chainKey, [k], 64),
    }
  },
  verifyAuth(given) {
    const { clientProfile: bobProfile, prekeyProfile: { sharedPrekey }, prekeyMessage: prekey } = decodeEnsemble(given.bytes('ensemble'))
    const auth = messageOf(given.bytes('message'), 'v4-non-interactive-auth')
    if (auth?.receiverTag !== prekey.instanceTag || auth.prekeyIdentifier !== prekey.identifier || !validProfile(auth.clientProfile, auth.senderTag, given.int('now'))) return undefined
    if (!validKeys([auth.x, auth.firstEcdh], [auth.a, auth.firstDh])) return undefined
    const t = nonInteractiveTranscript({ bobProfile, sharedPrekey, prekey, auth, bobAccount: given.text('bobAddress'), aliceAccount: given.text('aliceAddress') })
    return ringVerify([bobProfile.forgingKey, auth.clientProfile.publicKey, prekey.y], auth.sigma, t, ['bare']) === undefined ? undefined : { t }
  },
}
