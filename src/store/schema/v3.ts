import type { DsaPrivateKey, DsaPublicKey, Dh1536KeyPair } from '../../crypto/index.js'
import type { AuthenticationKeys } from '../../v3/ake-keys.js'
import type { AkeState, AwaitingRevealSignature, AwaitingSignature } from '../../v3/ake-state.js'
import type { GoneKey, RetiredPair, UsedPair, V3Keys, V3ReadingKeys } from '../../v3/key-management.js'
import type { V3Session, V3SideSession } from '../../v3/session.js'
import type { V3SmpValues } from '../../v3/smp-arithmetic.js'
import type { V3SmpState } from '../../v3/smp.js'
import { bytes, count, flag, list, orUndefined, real, secret, struct, union, units, type Codec, type Fields } from '../codec.js'
import { smpAsked, smpCrossed, smpTally } from './smp.js'
import { instanceTag, number1536 } from './wire.js'
import type { SecretPair } from '../../crypto/secret.js'

const dsaNumber = bytes(1, 1024)
const publicDsa: Fields<DsaPublicKey> = { p: dsaNumber, q: dsaNumber, g: dsaNumber, y: dsaNumber }

export const dsaPublicKey = struct<DsaPublicKey>(publicDsa)

export const dsaPrivateKey = struct<DsaPrivateKey>({ ...publicDsa, x: dsaNumber })

const dh1536KeyPair = struct<SecretPair<Dh1536KeyPair>>({ privateKey: secret(40), publicKey: number1536 })

const authenticationKeys = struct<AuthenticationKeys>({ c: secret(16), m1: secret(32), m2: secret(32) })

const awaitingSignature: Fields<Omit<AwaitingSignature, 'kind'>> = {
  since: real,
  ours: dh1536KeyPair,
  theirs: number1536,
  ssid: bytes(8),
  keys: authenticationKeys,
  encryptedGx: bytes(),
  hashedGx: bytes(),
  revealedKey: secret(16),
  encryptedSignature: bytes(),
  mac: bytes(20),
}

const awaitingRevealSignature: Fields<Omit<AwaitingRevealSignature, 'kind'>> = {
  since: real,
  ours: dh1536KeyPair,
  encryptedGx: bytes(),
  hashedGx: bytes(),
  own: orUndefined(union<AwaitingSignature, 'kind'>('kind', { 'awaiting-signature': awaitingSignature })),
}

const ake: Codec<AkeState> = union<AkeState, 'kind'>('kind', {
  'none': {},
  'awaiting-dh-key': {
    since: real,
    ours: dh1536KeyPair,
    revealedKey: secret(16),
    encryptedGx: bytes(),
    hashedGx: bytes(),
    before: orUndefined(union<AwaitingRevealSignature | AwaitingSignature, 'kind'>('kind', {
      'awaiting-reveal-signature': awaitingRevealSignature,
      'awaiting-signature': awaitingSignature,
    })),
  },
  'awaiting-reveal-signature': awaitingRevealSignature,
  'awaiting-signature': awaitingSignature,
})

const counter = bytes(8)

const reading: Fields<V3ReadingKeys> = {
  ourKeyId: count(),
  ours: dh1536KeyPair,
  oursPrevious: dh1536KeyPair,
  theirKeyId: count(),
  theirs: number1536,
  theirsPrevious: orUndefined(number1536),
  used: list(struct<UsedPair>({
    ourKeyId: count(),
    theirKeyId: count(),
    sent: count(),
    received: orUndefined(struct<NonNullable<UsedPair['received']>>({ counter, macKey: secret(20) })),
  })),
}

const keys = struct<V3Keys>({
  ...reading,
  retired: list(struct<RetiredPair>({ ourKeyId: count(), theirKeyId: count(), counter })),
  gone: list(struct<GoneKey>({ publicKey: number1536, ourKeyId: count() })),
  oldMacKeys: units(20),
})

const smp = union<V3SmpState, 'state'>('state', {
  expect1: smpTally,
  asked: { ...smpTally, values: struct<V3SmpValues['asked']>({ g2a: number1536, g3a: number1536 }) },
  expect2: { ...smpAsked, values: struct<V3SmpValues['offered']>({ secret: secret(1, 64), a2: secret(1, 192), a3: secret(1, 192) }) },
  crossed: smpCrossed,
  expect3: {
    ...smpTally,
    values: struct<V3SmpValues['answered']>({ g3a: number1536, g2: secret(1, 192), g3: secret(1, 192), b3: secret(1, 192), pb: number1536, qb: number1536 }),
  },
  expect4: {
    ...smpTally,
    values: struct<V3SmpValues['proved']>({ g3b: number1536, a3: secret(1, 192), pQuotient: secret(1, 192), qQuotient: secret(1, 192) }),
  },
})

const sideSession = struct<V3SideSession>({ theirFingerprint: bytes(20), keys: struct<V3ReadingKeys>(reading), since: real })

const common = { theirTag: instanceTag, ake, side: list(sideSession) }

export const v3Session: Codec<V3Session> = union<V3Session, 'state'>('state', {
  plaintext: common,
  finished: common,
  encrypted: {
    ...common,
    ssid: bytes(8),
    initiator: flag,
    theirPublicKey: dsaPublicKey,
    theirFingerprint: bytes(20),
    keys,
    smp,
    lastSent: real,
    heartbeatOwed: flag,
  },
})
