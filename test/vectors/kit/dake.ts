import {
  dh3072SharedSecret, ecdhSharedSecret, generateDh3072, generateEcdh, isValidDh3072, isValidEcdh, kdf, mixedSharedSecret, ringVerify, ssid, thirdBraceKey, usage, type Dh3072KeyPair, type EcdhKeyPair,
} from '../../../src/crypto/index.js'
import { deriveRatchetKeys } from '../../../src/ratchet/keys.js'
import { verifyClientProfile } from '../../../src/v4/client-profile.js'
import { dakeTranscripts } from '../../../src/v4/dake-transcripts.js'
import { phi } from '../../../src/v4/phi.js'
import {
  decodeClientProfile, decodeMessage, encodeMessage, instanceTagProblem, type AuthRMessage, type ClientProfile, type IdentityMessage, type OtrMessage,
} from '../../../src/wire/index.js'
import type { Checks, Given } from './given.js'

export const pairOf = (given: Given): { readonly ecdh: EcdhKeyPair, readonly dh: Dh3072KeyPair } =>
  ({ ecdh: generateEcdh(() => given.bytes('ecdh')), dh: generateDh3072(() => given.bytes('dh')) })

/** A message of one kind; `undefined` for every other. */
export function messageOf<K extends OtrMessage['kind']>(bytes: Uint8Array, kind: K): OtrMessage & { readonly kind: K } | undefined {
  const message = decodeMessage(bytes)
  return message.kind === kind ? message as OtrMessage & { readonly kind: K } : undefined
}

export const validKeys = (points: readonly Uint8Array[], numbers: readonly Uint8Array[]): boolean => points.every(isValidEcdh) && numbers.every(isValidDh3072)
export const validProfile = (profile: ClientProfile, senderTag: number, now: number): boolean => !('fault' in verifyClientProfile(profile, { senderTag, now }))

const transcripts = (identity: IdentityMessage, authR: AuthRMessage, given: Given): ReturnType<typeof dakeTranscripts> =>
  dakeTranscripts({ identity, authR, bobAccount: given.text('bobAddress'), aliceAccount: given.text('aliceAddress') })

export const v4Dake: Checks = {
  exchange(given, expected) {
    const [bob, alice] = [given.record('bob'), given.record('alice')]
    const [own, first, theirs, theirFirst] = (['bobEphemeral', 'bobFirst', 'aliceEphemeral', 'aliceFirst'] as const).map((name) => pairOf(given.record(name)))
    if (own === undefined || first === undefined || theirs === undefined || theirFirst === undefined) return undefined
    const profiles = { bob: decodeClientProfile(bob.bytes('profile')), alice: decodeClientProfile(alice.bytes('profile')) }
    const sent = messageOf(expected.bytes('identity'), 'v4-identity')
    const identity = {
      kind: 'v4-identity' as const, senderTag: bob.int('instanceTag'), receiverTag: sent?.receiverTag ?? 0, clientProfile: profiles.bob,
      y: own.ecdh.publicKey, b: own.dh.publicKey, firstEcdh: first.ecdh.publicKey, firstDh: first.dh.publicKey,
    }
    const sigmaR = expected.record('authR').bytes('sigma')
    const sigmaI = expected.record('authI').bytes('sigma')
    const authR = {
      kind: 'v4-auth-r' as const, senderTag: alice.int('instanceTag'), receiverTag: bob.int('instanceTag'), clientProfile: profiles.alice,
      x: theirs.ecdh.publicKey, a: theirs.dh.publicKey, sigma: sigmaR, firstEcdh: theirFirst.ecdh.publicKey, firstDh: theirFirst.dh.publicKey,
    }
    const authI = { kind: 'v4-auth-i' as const, senderTag: identity.senderTag, receiverTag: authR.senderTag, sigma: sigmaI }
    const [bobAccount, aliceAccount] = [bob.text('address'), alice.text('address')]
    const t = dakeTranscripts({ identity, authR, bobAccount, aliceAccount })
    if (ringVerify([profiles.bob.forgingKey, profiles.alice.publicKey, identity.y], sigmaR, t.authR(), ['bare']) === undefined) return undefined
    if (ringVerify([profiles.bob.publicKey, profiles.alice.forgingKey, authR.x], sigmaI, t.authI(), ['bare']) === undefined) return undefined
    const [phiBob, phiAlice] = [[identity, bobAccount] as const, [authR, aliceAccount] as const].map(([{ senderTag, firstEcdh, firstDh }, account]) => ({ tag: senderTag, firstEcdh, firstDh, account }))
    if (phiBob === undefined || phiAlice === undefined) return undefined
    const kEcdh = ecdhSharedSecret(own.ecdh.privateKey, authR.x)
    const kDh = dh3072SharedSecret(own.dh.privateKey, authR.a)
    const braceKey = thirdBraceKey(kDh)
    const k = mixedSharedSecret(kEcdh, braceKey)
    const firstRootKey = kdf(usage.firstRootKey, [k], 64)
    const firstKEcdh = ecdhSharedSecret(first.ecdh.privateKey, authR.firstEcdh)
    const firstKDh = dh3072SharedSecret(first.dh.privateKey, authR.firstDh)
    const firstBraceKey = thirdBraceKey(firstKDh)
    const firstK = mixedSharedSecret(firstKEcdh, firstBraceKey)
    return {
      identity: encodeMessage(identity), authR: { phi: phi(phiAlice, phiBob), t: t.authR(), sigma: sigmaR, message: encodeMessage(authR) }, authI: { phi: phi(phiBob, phiAlice), t: t.authI(), sigma: sigmaI, message: encodeMessage(authI) },
      kEcdh, kDh, braceKey, k, ssid: ssid(k), firstRootKey, firstKEcdh, firstKDh, firstBraceKey, firstK, ...deriveRatchetKeys(firstRootKey, firstK),
    }
  },
  verifyIdentity(given) {
    const message = messageOf(given.bytes('message'), 'v4-identity')
    if (message === undefined || instanceTagProblem(message) !== undefined || !validProfile(message.clientProfile, message.senderTag, given.int('now'))) return undefined
    return validKeys([message.y, message.firstEcdh], [message.b, message.firstDh]) ? {} : undefined
  },
  verifyAuthR(given) {
    const [identity, message] = [messageOf(given.bytes('identity'), 'v4-identity'), messageOf(given.bytes('message'), 'v4-auth-r')]
    if (identity === undefined || message?.receiverTag !== identity.senderTag || !validProfile(message.clientProfile, message.senderTag, given.int('now'))) return undefined
    if (!validKeys([message.x, message.firstEcdh], [message.a, message.firstDh])) return undefined
    const t = transcripts(identity, message, given).authR()
    return ringVerify([identity.clientProfile.forgingKey, message.clientProfile.publicKey, identity.y], message.sigma, t, ['bare']) === undefined ? undefined : { t }
  },
  verifyAuthI(given) {
    const [identity, authR, message] = [messageOf(given.bytes('identity'), 'v4-identity'), messageOf(given.bytes('authR'), 'v4-auth-r'), messageOf(given.bytes('message'), 'v4-auth-i')]
    if (identity === undefined || authR === undefined || message?.senderTag !== identity.senderTag || message.receiverTag !== authR.senderTag) return undefined
    const t = transcripts(identity, authR, given).authI()
    return ringVerify([identity.clientProfile.publicKey, authR.clientProfile.forgingKey, authR.x], message.sigma, t, ['bare']) === undefined ? undefined : { t }
  },
}
