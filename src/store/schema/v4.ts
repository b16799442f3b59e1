import type { V4Correspondent } from '../../v4/correspondent.js'
import type { AnsweredIdentity, DakeKeys, DakeState, EarlyMessage } from '../../v4/dake-state.js'
import type { LearnedDialect } from '../../v4/dialect.js'
import type { V4Finished, V4Session, V4SideSession } from '../../v4/session.js'
import type { V4SmpState } from '../../v4/smp.js'
import type { V4SmpValues } from '../../v4/smp-arithmetic.js'
import type { AuthRMessage, DataMessageV4, IdentityMessage } from '../../wire/index.js'
import { bytes, flag, list, oneOf, optional, orUndefined, real, secret, struct, text, union, yes, type Codec, type Fields } from '../codec.js'
import { dh3072KeyPair, ecdhKeyPair, ratchetState } from './ratchet.js'
import { smpAsked, smpCrossed, smpTally } from './smp.js'
import { ed448, instanceTag, message } from './wire.js'

const ringForm = oneOf('bare', 'data')

export const learnedDialect = struct<LearnedDialect>({
  ring: optional(ringForm),
  smpSecret: optional(oneOf('pruned', 'wide')),
  smpConfirmed: optional(yes),
})

const correspondent = struct<V4Correspondent>({
  publicKey: ed448,
  fingerprint: bytes(56),
  versions: text(255),
  claims: optional(bytes(20)),
})

const answeredIdentity: Fields<AnsweredIdentity> = {
  identity: message<IdentityMessage>('v4-identity'),
  authR: message<AuthRMessage>('v4-auth-r'),
  form: ringForm,
  them: correspondent,
  mixedSecret: secret(64),
  firstEcdh: ecdhKeyPair,
  firstDh: dh3072KeyPair,
  since: real,
}

const older = list(struct<AnsweredIdentity>(answeredIdentity))
const early = list(struct<EarlyMessage>({ message: message<DataMessageV4>('v4-data'), at: real }))

const dake: Codec<DakeState> = union<DakeState, 'kind'>('kind', {
  'none': {},
  'awaiting-auth-r': {
    identity: message<IdentityMessage>('v4-identity'),
    keys: struct<DakeKeys>({ ecdh: ecdhKeyPair, dh: dh3072KeyPair, firstEcdh: ecdhKeyPair, firstDh: dh3072KeyPair }),
    since: real,
    older,
    early,
  },
  'awaiting-auth-i': { ...answeredIdentity, otherFormAt: orUndefined(real), older, early },
})

const smp = union<V4SmpState, 'state'>('state', {
  expect1: smpTally,
  asked: { ...smpTally, values: struct<V4SmpValues['asked']>({ g2a: ed448, g3a: ed448 }) },
  expect2: { ...smpAsked, values: struct<V4SmpValues['offered']>({ secret: secret(1, 64), a2: secret(57), a3: secret(57) }) },
  crossed: smpCrossed,
  expect3: { ...smpTally, values: struct<V4SmpValues['answered']>({ g3a: ed448, g2: secret(57), g3: secret(57), b3: secret(57), pb: ed448, qb: ed448 }) },
  expect4: { ...smpTally, values: struct<V4SmpValues['proved']>({ g3b: ed448, a3: secret(57), pDifference: secret(57), qDifference: secret(57) }) },
})

const sideSession = struct<V4SideSession>({
  ssid: bytes(8),
  initiator: flag,
  offline: flag,
  them: correspondent,
  ourFingerprint: bytes(56),
  ratchet: ratchetState,
  since: real,
  waits: flag,
})

const common = { theirTag: instanceTag, dake, learned: learnedDialect, side: list(sideSession) }

export const v4Session: Codec<V4Session> = union<V4Session, 'state'>('state', {
  plaintext: common,
  finished: { ...common, ended: struct<V4Finished['ended']>({ ssid: bytes(8), them: correspondent }) },
  encrypted: {
    ...common,
    ssid: bytes(8),
    initiator: flag,
    offline: flag,
    them: correspondent,
    ourFingerprint: bytes(56),
    ratchet: ratchetState,
    smp,
    lastSent: real,
    heartbeatOwed: flag,
  },
})
