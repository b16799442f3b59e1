/** The four games: in each, runs that happened and runs that were simulated; and controls, simulated badly, that the judge must catch. */
import { ed448KeyPair, generateEd448KeyPair, ringSign, type Ed448KeyPair, type RandomSource } from '../../src/crypto/index.js'
import { chainStep } from '../../src/crypto/kdf.js'
import { copySecret } from '../../src/crypto/secret.js'
import { falsePrekeyEnsemble, forgeDake, forgeNonInteractiveAuth, impersonate, isAuthenticatedBy, modifyDataMessage, showMacKey } from '../../src/forge/index.js'
import { dakeTranscripts } from '../../src/v4/dake-transcripts.js'
import { prune } from '../../src/crypto/scalars.js'
import { encodeMessage, type AuthIMessage, type AuthRMessage, type DataMessageV4, type IdentityMessage, type NonInteractiveAuthMessage, type OtrMessageV4 } from '../../src/wire/index.js'
import { littleEndian, mod, toLittleEndian } from '../support/v4-second/bytes.js'
import { q } from '../support/v4-second/ed448.js'
import { seededRandom } from '../support/seeded.js'
import { begin, published } from '../support/v4-offline.js'
import { addressOf, NOW, settle, V4Party, v4Account } from '../support/v4-parties.js'
import { bytesEvidence, MISSING, signatureEvidence, type Evidence, type Sample } from './judge.js'

/** One way to make a run. `seen`: what earlier runs of the same kind showed. */
export type MakeRun = (n: number, seen: Set<string>) => Evidence

/** Simulated runs in which a fault shows in some features: made of those of another kind, so that it costs no further key exchanges. */
export interface Damaged {
  /** The simulated kind. */
  readonly of: string
  /** The features that differ, and all others stay. */
  readonly change: MakeRun
}

/** A game: what happened, how it is simulated, and simulations that are to be caught. */
export interface Game {
  readonly name: string
  /** The features that its picture shows. */
  readonly shown: readonly string[]
  readonly real: MakeRun
  readonly simulated: Readonly<Record<string, MakeRun>>
  readonly controls: Readonly<Record<string, MakeRun | Damaged>>
}

const forgers = { alice: generateEd448KeyPair(seededRandom('F of alice')), bob: generateEd448KeyPair(seededRandom('F of bob')) }
const alice = v4Account('alice', { forgingKey: forgers.alice.publicKey })
const bob = v4Account('bob', { forgingKey: forgers.bob.publicKey })
const sides = { alice: { address: addressOf('alice'), clientProfile: alice.clientProfile }, bob: { address: addressOf('bob'), clientProfile: bob.clientProfile } }

/** Of the ring {F_b, H_a, Y}, what the judge has. */
const secretsOfAuthR = [forgers.bob.secretScalar, alice.identity.secretScalar, undefined]

type Dake = readonly [IdentityMessage, AuthRMessage, AuthIMessage]

const kinds: readonly OtrMessageV4['kind'][] = ['v4-identity', 'v4-auth-r', 'v4-auth-i', 'v4-non-interactive-auth', 'v4-data']

/** What the network sees of any message: in which place which kind comes, and how long it is. */
function orderEvidence(messages: readonly OtrMessageV4[]): Evidence {
  return Object.fromEntries(messages.flatMap((message, place) => [
    [`place ${place + 1} kind #`, kinds.indexOf(message.kind)], [`place ${place + 1} encoded length#`, encodeMessage(message).length],
  ]))
}

/** Everything of an interactive DAKE. The judge has both long-term keys and both forging keys. */
function dakeEvidence([identity, authR, authI]: Dake, seen: Set<string>): Evidence {
  return {
    ...orderEvidence([identity, authR, authI]),
    ...signatureEvidence('Auth-R', authR.sigma, secretsOfAuthR, seen),
    ...signatureEvidence('Auth-I', authI.sigma, [bob.identity.secretScalar, forgers.alice.secretScalar, undefined], seen),
    ...Object.assign({}, ...(['y', 'b', 'firstEcdh', 'firstDh'] as const).map((name) => bytesEvidence(`Identity ${name}`, identity[name], seen))) as Evidence,
    ...Object.assign({}, ...(['x', 'a', 'firstEcdh', 'firstDh'] as const).map((name) => bytesEvidence(`Auth-R ${name}`, authR[name], seen))) as Evidence,
    'Identity sender#': identity.senderTag, 'Identity receiver#': identity.receiverTag, 'Auth-R sender#': authR.senderTag, 'Auth-R receiver#': authR.receiverTag,
    'Auth-I sender#': authI.senderTag, 'Auth-I receiver#': authI.receiverTag,
  }
}

/** A DAKE of two of ours, message by message. */
function realDake(seed: string, alices = alice): Dake {
  const [a, b] = [new V4Party('alice', 'bob', { seed }, alices), new V4Party('bob', 'alice', { seed }, bob)]
  b.start()
  const identity = b.takeOne('v4-identity')
  a.receive(identity)
  const authR = a.takeOne('v4-auth-r')
  b.receive(authR)
  return [identity, authR, b.takeOne('v4-auth-i')]
}

function simulatedDake(seed: string, signer?: Ed448KeyPair): Dake {
  return forgeDake({ ...sides, now: NOW, ...signer !== undefined && { signer } }, seededRandom(seed)).messages
}

/** A signature over the same transcript as other implementations make it: what they draw is hashed and pruned, so a multiple of 4 before it is reduced. */
function prunedSigma(random: RandomSource): Uint8Array {
  const sigma = new Uint8Array(342)
  for (let n = 0; n < 6; n++) {
    const bytes = random(57)
    // The signer's own c and r are uniform, the others pruned.
    if (n >= 2) prune(bytes)
    sigma.set(toLittleEndian(mod(littleEndian(bytes), q), 57), 57 * n)
  }
  return sigma
}

const kept = simulatedDake('kept')

/** Of the features of a signature, those that a source shows which gives the same r and c for the first key each time. */
function ofFirstKey(evidence: Evidence): Evidence {
  return Object.fromEntries(Object.entries(evidence).filter(([feature]) => /\b(?:[crt]1|key 1)\b/.test(feature)))
}

/** Game 1: whether a message whose MAC key was revealed says what its sender wrote. */
function messageRuns(seed: string, change: (message: DataMessageV4, macKey: Uint8Array) => DataMessageV4): MakeRun {
  let parties: { readonly a: V4Party, readonly b: V4Party } | undefined
  return (_, seen) => {
    if (parties === undefined) {
      const [a, b] = [new V4Party('alice', 'bob', { seed }, alice), new V4Party('bob', 'alice', { seed }, bob)]
      b.start()
      settle(a, b)
      a.send('begins')
      settle(a, b)
      parties = { a, b }
    }
    const { a, b } = parties
    b.send('your turn')
    settle(a, b)
    a.send('first of the chain')
    settle(a, b)
    const { ratchet } = a.encrypted
    if (ratchet.turn !== 'theirs') throw new Error('Alice sends in a chain of her own')
    const macKey = showMacKey(chainStep(copySecret(ratchet.sending.chainKey)).mkEnc)
    a.send('meet at six')
    const sent = a.takeOne('v4-data')
    b.receive(sent)
    const message = change(sent, macKey)
    return {
      'verifies #': Number(isAuthenticatedBy(message, macKey)), 'flags#': message.flags, 'sender#': message.senderTag, 'receiver#': message.receiverTag, 'message id#': message.messageId,
      'ratchet id': message.ratchetId, 'previous chain#': message.previousChain, 'revealed keys length#': message.revealedMacKeys.length, ...orderEvidence([message]),
      ...bytesEvidence('ecdh', message.ecdh, seen), ...bytesEvidence('dh', message.dh, seen),
      ...bytesEvidence('ciphertext', message.ciphertext, seen), ...bytesEvidence('authenticator', message.authenticator, seen),
    }
  }
}

const modified = (message: DataMessageV4, macKey: Uint8Array): DataMessageV4 => modifyDataMessage(message, { macKey, oldText: 'six', newText: 'ten', offset: 8 })

const { ensembles: [publishedEnsemble] } = published(bob)

/** Everything of a Non-Interactive-Auth message. The judge has both long-term keys and both forging keys. */
function authEvidence(message: NonInteractiveAuthMessage, seen: Set<string>): Evidence {
  return {
    ...orderEvidence([message]),
    ...signatureEvidence('Auth', message.sigma, secretsOfAuthR, seen),
    ...Object.assign({}, ...(['x', 'a', 'firstEcdh', 'firstDh', 'authMac'] as const).map((name) => bytesEvidence(`Auth ${name}`, message[name], seen))) as Evidence,
    'Auth sender#': message.senderTag, 'Auth receiver#': message.receiverTag, 'Auth prekey': message.prekeyIdentifier / 2 ** 32,
  }
}

/** An ensemble of Bob's for each run, as a server hands them out: a true one has a prekey message of its own. */
function falsely(seed: string): ReturnType<typeof falsePrekeyEnsemble> {
  return falsePrekeyEnsemble({ clientProfile: bob.clientProfile, prekeyProfile: publishedEnsemble!.prekeyProfile, now: NOW }, seededRandom(seed))
}

function realAuth(seed: string): NonInteractiveAuthMessage {
  const party = new V4Party('alice', 'bob', { seed }, alice)
  begin(party, falsely(`${seed} prekeys`).ensemble)
  return party.takeOne('v4-non-interactive-auth')
}

function simulatedAuth(seed: string, signer?: Ed448KeyPair): NonInteractiveAuthMessage {
  const { ensemble, prekeyMessage } = falsely(`${seed} prekeys`)
  return forgeNonInteractiveAuth({ bob: { address: addressOf('bob'), ensemble }, alice: sides.alice, signer: signer ?? prekeyMessage.y, now: NOW }, seededRandom(seed)).message
}

const keptAuth = simulatedAuth('kept')

/** Game 4: a judge runs Bob's device, and has every secret that it makes, also y. Alice answers, or whoever kept Bob's forging key. */
function coerced(seed: string, answers: typeof alice, seen: Set<string>, other?: (message: AuthRMessage, identity: IdentityMessage) => AuthRMessage): Evidence {
  const judges = new V4Party('bob', 'alice', { seed: `${seed} judge` }, bob)
  const [answering] = [new V4Party('alice', 'bob', { seed }, answers)]
  judges.start()
  const identity = judges.takeOne('v4-identity')
  const { dake } = judges.session
  if (dake.kind !== 'awaiting-auth-r') throw new Error('the judge waits for an answer')
  const y = copySecret(dake.keys.ecdh.privateKey)
  answering.receive(identity)
  const sent = answering.takeOne('v4-auth-r')
  const authR = other === undefined ? sent : other(sent, identity)
  judges.receive(authR)
  return {
    ...orderEvidence([authR]), ...signatureEvidence('Auth-R', authR.sigma, [undefined, alice.identity.secretScalar, y], seen), 'established #': Number(judges.session.state === 'encrypted'),
    ...Object.assign({}, ...(['x', 'a', 'firstEcdh', 'firstDh'] as const).map((name) => bytesEvidence(`Auth-R ${name}`, authR[name], seen))) as Evidence,
  }
}

const forger = impersonate({ ...sides.alice, signer: forgers.bob })

/** An answer without any key of the ring: a stranger signs over a ring with their own key in it. */
function strangersAnswer(authR: AuthRMessage, identity: IdentityMessage): AuthRMessage {
  const stranger = ed448KeyPair(new Uint8Array(57).fill(9))
  const message = dakeTranscripts({ identity, authR, bobAccount: addressOf('bob'), aliceAccount: addressOf('alice') }).authR()
  return { ...authR, sigma: ringSign({ ring: [identity.clientProfile.forgingKey, stranger.publicKey, identity.y], secret: stranger.secretScalar, message, form: 'bare', random: seededRandom('stranger') }) }
}

export const games: readonly Game[] = [
  {
    name: 'a message, after its MAC key was revealed',
    shown: ['authenticator middle', 'verifies #'],
    real: messageRuns('messages', (message) => message),
    simulated: { 'changed with the revealed key': messageRuns('forged messages', modified) },
    controls: { 'a MAC that was not revealed': messageRuns('unrevealed', (message) => modified(message, new Uint8Array(64))) },
  },
  {
    name: 'an interactive key exchange, afterwards',
    shown: ['Auth-R r2', 'Auth-R r2 mod 4 #', 'Auth-R r1 again #'],
    real: (n, seen) => dakeEvidence(realDake(`real ${n}`), seen),
    simulated: {
      'by anybody': (n, seen) => dakeEvidence(simulatedDake(`anybody ${n}`), seen),
      "by Alice's long-term key": (n, seen) => dakeEvidence(simulatedDake(`alice ${n}`, alice.identity), seen),
      "by Bob's forging key": (n, seen) => dakeEvidence(simulatedDake(`F of bob ${n}`, forgers.bob), seen),
    },
    controls: {
      'pruned scalars': { of: 'by anybody', change: (n, seen) => signatureEvidence('Auth-R', prunedSigma(seededRandom(`pruned sigma ${n}`)), secretsOfAuthR, seen) },
      'a kept signature': { of: 'by anybody', change: (_, seen) => signatureEvidence('Auth-R', kept[1].sigma, secretsOfAuthR, seen) },
      'a deterministic r': { of: 'by anybody', change: (_, seen) => ofFirstKey(signatureEvidence('Auth-R', kept[1].sigma, secretsOfAuthR, seen)) },
    },
  },
  {
    name: 'a non-interactive key exchange, afterwards',
    shown: ['Auth r2', 'Auth r2 mod 4 #', 'Auth r1 again #'],
    real: (n, seen) => authEvidence(realAuth(`real ${n}`), seen),
    simulated: {
      'by anybody, with a false ensemble': (n, seen) => authEvidence(simulatedAuth(`anybody ${n}`), seen),
      "by Bob's forging key": (n, seen) => authEvidence(simulatedAuth(`F of bob ${n}`, forgers.bob), seen),
    },
    controls: {
      'pruned scalars': { of: 'by anybody, with a false ensemble', change: (n, seen) => signatureEvidence('Auth', prunedSigma(seededRandom(`pruned auth ${n}`)), secretsOfAuthR, seen) },
      'a kept signature': { of: 'by anybody, with a false ensemble', change: (_, seen) => signatureEvidence('Auth', keptAuth.sigma, secretsOfAuthR, seen) },
    },
  },
  {
    name: 'taking part at all, while a judge runs the other side',
    shown: ['Auth-R r2', 'Auth-R r2 mod 4 #', 'established #'],
    real: (n, seen) => coerced(`real ${n}`, alice, seen),
    simulated: { "whoever kept Bob's forging key answers as Alice": (n, seen) => coerced(`forger ${n}`, forger, seen) },
    controls: {
      'a stranger answers': (n, seen) => coerced(`stranger ${n}`, alice, seen, strangersAnswer),
      'pruned scalars': (n, seen) => coerced(`pruned ${n}`, alice, seen, (authR) => ({ ...authR, sigma: prunedSigma(seededRandom(`pruned answer ${n}`)) })),
    },
  },
]

/** So many runs of one kind. @param progress - called after each run */
export function runsOf(make: MakeRun, count: number, progress: (done: number) => void = () => { /* nobody asked */ }): Sample {
  const seen = new Set<string>()
  const columns: Record<string, number[]> = {}
  for (let n = 0; n < count; n++) {
    for (const [feature, value] of Object.entries(make(n, seen))) (columns[feature] ??= new Array<number>(count).fill(MISSING))[n] = value
    progress(n + 1)
  }
  return { runs: count, columns }
}

/** The runs of a control. @param simulated - gives the runs of a simulated kind */
export function controlRuns(control: MakeRun | Damaged, simulated: (how: string) => Sample, count: number, progress?: (done: number) => void): Sample {
  if (typeof control === 'function') return runsOf(control, count, progress)
  const { runs, columns } = simulated(control.of)
  return { runs, columns: { ...columns, ...runsOf(control.change, runs, progress).columns } }
}
