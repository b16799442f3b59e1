import { concat, littleEndian, mod, mpi, toLittleEndian, uint } from '../../v4-second/bytes.js'
import { account, mixedSecret, ssidOf } from '../../v4-second/dake.js'
import { dhP, dhShared } from '../../v4-second/dh.js'
import { decode, encode, multiply, q, secretScalar } from '../../v4-second/ed448.js'
import { id, kdf } from '../../v4-second/kdf.js'
import { ringSign, type Ring, type RingRandom } from '../../v4-second/sign.js'
import { authIMessage, authRMessage, identityMessage, profileFields, signFields, type DakeKeys } from '../../v4-second/write.js'
import { flipped, Group, hex, integer, list, record, text } from '../define.js'
import { dhOf, ecdhOf, ephemeral, ephemeralRecord, NOW, person, personRecord, type Ephemeral, type Person } from '../people.js'

export const ringRandomRecord = record({ t: hex('', 57), c: list(hex('', 57), ''), r: list(hex('', 57), '') }, 'the scalars that a ring signature draws, as in v4-ring-signatures')

/** One side of a DAKE. */
interface Side {
  readonly person: Person
  readonly ephemeral: Ephemeral
  readonly first: Ephemeral
  readonly keys: DakeKeys
}

interface SignedMessage {
  readonly phi: Uint8Array
  readonly t: Uint8Array
  readonly sigma: Uint8Array
  readonly message: Uint8Array
}

export const keysOf = (person: Person, own: Ephemeral, first: Ephemeral): DakeKeys => ({ profile: person.profile, ecdh: ecdhOf(own), dh: dhOf(own), firstEcdh: ecdhOf(first), firstDh: dhOf(first) })

/** phi as the sender of a message sees it. */
const phiOf = (from: Side, to: Side): Uint8Array => concat(
  uint(from.person.instanceTag, 4), uint(to.person.instanceTag, 4), from.keys.firstEcdh, mpi(from.keys.firstDh), to.keys.firstEcdh, mpi(to.keys.firstDh), account(from.person.address), account(to.person.address),
)

function transcript(kind: 'authR' | 'authI', bob: Side, alice: Side): { readonly phi: Uint8Array, readonly t: Uint8Array } {
  const authR = kind === 'authR'
  const phi = authR ? phiOf(alice, bob) : phiOf(bob, alice)
  const [first, ofBob, ofAlice, ofPhi] = authR ? [0, id.authRBob, id.authRAlice, id.authRPhi] : [1, id.authIBob, id.authIAlice, id.authIPhi]
  return {
    phi,
    t: concat(
      Uint8Array.of(first), kdf(ofBob, 64, bob.keys.profile), kdf(ofAlice, 64, alice.keys.profile), bob.keys.ecdh, alice.keys.ecdh, mpi(bob.keys.dh), mpi(alice.keys.dh), kdf(ofPhi, 64, phi),
    ),
  }
}

export function ringRandom(draw: Group['draw'], label: string): RingRandom {
  const scalar = (name: string): bigint => mod(littleEndian(draw(`${label} ${name}`, 114)), q)
  return { t: scalar('t'), c: [scalar('c1'), scalar('c2')], r: [scalar('r1'), scalar('r2')] }
}

export const ringRandomValue = ({ t, c, r }: RingRandom): { readonly t: Uint8Array, readonly c: Uint8Array[], readonly r: Uint8Array[] } =>
  ({ t: toLittleEndian(t, 57), c: c.map((one) => toLittleEndian(one, 57)), r: r.map((one) => toLittleEndian(one, 57)) })

const signerOf = (draw: Group['draw'], label: string) => (ring: Ring, place: number, symmetricKey: Uint8Array, t: Uint8Array): Uint8Array =>
  ringSign(ring, place, secretScalar(symmetricKey), t, ringRandom(draw, label)).sigma

export function v4Dake(): Group {
  const signed = { phi: hex('the shared session state, as the sender sees it'), t: hex('what is signed'), sigma: hex('the ring signature', 342), message: hex('the message') }
  const checked = { aliceAddress: text('who sent the Auth-R message'), bobAddress: text('who sent the Identity message'), now: integer('seconds since 1970') }
  const group = new Group('v4-dake', 'The interactive key exchange', 'Bob sends the Identity message, Alice the Auth-R message, Bob the Auth-I message. Nothing is added to phi but what the specification names.', {
    exchange: {
      about: 'A whole exchange with what stands between', section: 'OTRv4, Interactive Deniable Authenticated Key Exchange (DAKE)',
      given: {
        bob: personRecord('who begins'), alice: personRecord('who answers'), bobEphemeral: ephemeralRecord('y and b'), bobFirst: ephemeralRecord('bob\'s first keys of the ratchet'),
        aliceEphemeral: ephemeralRecord('x and a'), aliceFirst: ephemeralRecord('alice\'s first keys of the ratchet'), authRRandom: ringRandomRecord, authIRandom: ringRandomRecord,
      },
      expected: {
        identity: hex('the Identity message'), authR: record(signed, 'the Auth-R message'), authI: record(signed, 'the Auth-I message'),
        kEcdh: hex('ECDH of x and Y', 57), kDh: hex('DH of a and B'), braceKey: hex('KDF(usage_third_brace_key || k_dh, 32)', 32), k: hex('KDF(usage_shared_secret || K_ecdh || brace_key, 64)', 64), ssid: hex('HWC(usage_SSID || K, 8)', 8),
        firstRootKey: hex('KDF(usage_first_root_key || K, 64), the previous root key of the first ratchet', 64), firstKEcdh: hex('ECDH of the first keys', 57), firstKDh: hex('DH of the first keys'),
        firstBraceKey: hex('of the first keys', 32), firstK: hex('the mixed secret of the first keys', 64), rootKey: hex('curr_root_key', 64), chainKey: hex('of chain 0, in which Alice sends', 64),
      },
    },
    verifyIdentity: { about: 'An Identity message from the network', section: 'OTRv4, To verify an Identity message', given: { message: hex('as it came'), now: integer('seconds since 1970') }, expected: {} },
    verifyAuthR: { about: 'An Auth-R message, by the one who sent the Identity message', section: 'OTRv4, To verify an Auth-R message', given: { identity: hex('our message'), message: hex('as it came'), ...checked }, expected: { t: hex('what is signed') } },
    verifyAuthI: { about: 'An Auth-I message, by the one who sent the Auth-R message', section: 'OTRv4, To verify an Auth-I message', given: { identity: hex('as it came'), authR: hex('our message'), message: hex('as it came'), ...checked }, expected: { t: hex('what is signed') } },
  })
  const { draw } = group
  const side = (address: string, tag: number, n: number): Side => {
    const who = person((label, length) => draw(`${n} ${label}`, length), address, tag)
    const [own, first] = [ephemeral(draw, `${n} ${address}`), ephemeral(draw, `${n} ${address} first`)]
    return { person: who, ephemeral: own, first, keys: keysOf(who, own, first) }
  }
  const messages = (bob: Side, alice: Side, n: number): { readonly identity: Uint8Array, readonly authR: SignedMessage, readonly authI: SignedMessage } => {
    const r = transcript('authR', bob, alice)
    const i = transcript('authI', bob, alice)
    const sigmaR = signerOf(draw, `${n} authR`)([bob.person.forgingKey, alice.person.publicKey, bob.keys.ecdh], 1, alice.person.symmetricKey, r.t)
    const sigmaI = signerOf(draw, `${n} authI`)([bob.person.publicKey, alice.person.forgingKey, alice.keys.ecdh], 0, bob.person.symmetricKey, i.t)
    const [tagB, tagA] = [bob.person.instanceTag, alice.person.instanceTag]
    return {
      identity: identityMessage(tagB, n % 2 === 0 ? tagA : 0, bob.keys),
      authR: { ...r, sigma: sigmaR, message: authRMessage(tagA, tagB, alice.keys, sigmaR) }, authI: { ...i, sigma: sigmaI, message: authIMessage(tagB, tagA, sigmaI) },
    }
  }
  for (let n = 1; n <= 6; n++) {
    const bob = side(n === 3 ? 'b\u00f6b@example.org' : 'bob@example.org', 0x5a73a599 + n, n)
    const alice = side(n === 4 ? '' : 'alice@example.org', 0x27e31597 + n, n)
    const { identity, authR, authI } = messages(bob, alice, n)
    const secret = (theirs: Ephemeral, ours: Ephemeral): { readonly kEcdh: Uint8Array, readonly kDh: bigint } =>
      ({ kEcdh: encode(multiply(secretScalar(ours.ecdh), decode(ecdhOf(theirs)))), kDh: dhShared(ours.dh, dhOf(theirs)) })
    const { kEcdh, kDh } = secret(bob.ephemeral, alice.ephemeral)
    const { K, braceKey } = mixedSecret(kEcdh, kDh)
    const first = secret(bob.first, alice.first)
    const mixed = mixedSecret(first.kEcdh, first.kDh)
    const firstRootKey = kdf(id.firstRootKey, 64, K)
    group.valid('exchange', `exchange ${n}${n === 3 ? ', an address beyond ASCII' : n === 4 ? ', an empty address' : ''}`, {
      bob: { ...bob.person }, alice: { ...alice.person }, bobEphemeral: { ...bob.ephemeral }, bobFirst: { ...bob.first }, aliceEphemeral: { ...alice.ephemeral }, aliceFirst: { ...alice.first },
      authRRandom: ringRandomValue(ringRandom(draw, `${n} authR`)), authIRandom: ringRandomValue(ringRandom(draw, `${n} authI`)),
    }, {
      identity, authR: { ...authR }, authI: { ...authI }, kEcdh, kDh, braceKey, k: K, ssid: ssidOf(K), firstRootKey, firstKEcdh: first.kEcdh, firstKDh: first.kDh, firstBraceKey: mixed.braceKey, firstK: mixed.K,
      rootKey: kdf(id.rootKey, 64, firstRootKey, mixed.K), chainKey: kdf(id.chainKey, 64, firstRootKey, mixed.K),
    })
    const given = { aliceAddress: alice.person.address, bobAddress: bob.person.address, now: NOW }
    group.valid('verifyIdentity', `exchange ${n}`, { message: identity, now: NOW }, {})
    group.valid('verifyAuthR', `exchange ${n}`, { identity, message: authR.message, ...given }, { t: authR.t })
    group.valid('verifyAuthI', `exchange ${n}`, { identity, authR: authR.message, message: authI.message, ...given }, { t: authI.t })
  }

  // Everything invalid is signed again, so that nothing else is wrong with it.
  const bob = side('bob@example.org', 0x5a73a59a, 1)
  const alice = side('alice@example.org', 0x27e31598, 1)
  const good = messages(bob, alice, 1)
  const given = { aliceAddress: alice.person.address, bobAddress: bob.person.address, now: NOW }
  const identityPoint = toLittleEndian(1n, 57)
  const badPoints: readonly (readonly [string, string, Uint8Array])[] = [['the identity', 'the identity is no public key', identityPoint], ['of order 2', 'a point of small order', toLittleEndian(2n ** 448n - 2n ** 224n - 2n, 57)], ['of order 4', 'a point of small order', new Uint8Array(57)], ['not on the curve', 'no such point', notOnCurve()]]
  const badNumbers: readonly (readonly [string, bigint])[] = [['0', 0n], ['1', 1n], ['p - 1', dhP - 1n], ['p', dhP], ['no member of the subgroup', dhP - 2n]]
  const expired = (who: Person): Uint8Array => signFields(profileFields({ instanceTag: who.instanceTag, publicKey: who.publicKey, forgingKey: who.forgingKey, versions: '4', expiration: BigInt(NOW) }), who.symmetricKey).bytes
  const variants = (of: Side, letters: readonly [string, string]): readonly (readonly [string, string, Side])[] => {
    const having = (change: Partial<DakeKeys>): Side => ({ ...of, keys: { ...of.keys, ...change } })
    return [
      ...badPoints.map(([about, why, point]) => [`${letters[0]} is ${about}`, why, having({ ecdh: point })] as const),
      ...badPoints.map(([about, why, point]) => [`the first ECDH key is ${about}`, why, having({ firstEcdh: point })] as const),
      ...badNumbers.map(([about, number]) => [`${letters[1]} is ${about}`, 'the number is not in the group', having({ dh: number })] as const),
      ...badNumbers.map(([about, number]) => [`the first DH key is ${about}`, 'the number is not in the group', having({ firstDh: number })] as const),
      ['the profile has expired', 'the profile', having({ profile: expired(of.person) })] as const,
      ['a bit of the profile\'s signature is changed', 'the profile', having({ profile: flipped(of.keys.profile, of.keys.profile.length - 3) })] as const,
      ['the profile is of another instance', 'the profile has another tag than the message', { ...of, person: { ...of.person, instanceTag: of.person.instanceTag + 1 } }] as const,
    ]
  }
  for (const [about, why, of] of variants(bob, ['Y', 'B'])) group.invalid('verifyIdentity', about, why, { message: identityMessage(of.person.instanceTag, 0, of.keys), now: NOW })
  group.invalid('verifyIdentity', 'the sender has the tag 0', 'the sender tag', { message: identityMessage(0, 0, bob.keys), now: NOW })
  group.invalid('verifyIdentity', 'the receiver has the tag 0xff', 'the receiver tag', { message: identityMessage(bob.person.instanceTag, 0xff, bob.keys), now: NOW })

  const refuseR = (about: string, why: string, message: Uint8Array, change: object = {}): void => { group.invalid('verifyAuthR', about, why, { identity: good.identity, message, ...given, ...change }) }
  for (const [about, why, of] of variants(alice, ['X', 'A'])) {
    const { t } = transcript('authR', bob, of)
    refuseR(about, why, authRMessage(of.person.instanceTag, bob.person.instanceTag, of.keys, signerOf(draw, `bad ${about}`)([bob.person.forgingKey, alice.person.publicKey, bob.keys.ecdh], 1, alice.person.symmetricKey, t)))
  }
  const { t: tR } = transcript('authR', bob, alice)
  const ringR: Ring = [bob.person.forgingKey, alice.person.publicKey, bob.keys.ecdh]
  const messageR = (ring: Ring, place: number, secret: Uint8Array, t: Uint8Array): Uint8Array => authRMessage(alice.person.instanceTag, bob.person.instanceTag, alice.keys, signerOf(draw, 'wrong R')(ring, place, secret, t))
  const stranger = person(draw, 'mallory@example.org', 0x11111111)
  refuseR('a bit of sigma is changed', 'sigma', authRMessage(alice.person.instanceTag, bob.person.instanceTag, alice.keys, flipped(signerOf(draw, 'x')(ringR, 1, alice.person.symmetricKey, tR), 100)))
  refuseR('sigma is of somebody else', 'sigma was made by none of the three keys', messageR([bob.person.forgingKey, stranger.publicKey, bob.keys.ecdh], 1, stranger.symmetricKey, tR))
  refuseR('sigma is over t of the Auth-I message', 'sigma is over another t', messageR(ringR, 1, alice.person.symmetricKey, transcript('authI', bob, alice).t))
  refuseR('the ring in another order', 'the order is F_b, H_a, Y', messageR([alice.person.publicKey, bob.person.forgingKey, bob.keys.ecdh], 0, alice.person.symmetricKey, tR))
  refuseR('H_b in the ring instead of F_b', 'the ring is F_b, H_a, Y', messageR([bob.person.publicKey, alice.person.publicKey, bob.keys.ecdh], 1, alice.person.symmetricKey, tR))
  refuseR('another address of Alice', 'phi', good.authR.message, { aliceAddress: 'eve@example.org' })
  refuseR('another address of Bob', 'phi', good.authR.message, { bobAddress: 'eve@example.org' })
  refuseR('the addresses exchanged', 'phi is as the sender sees it', good.authR.message, { aliceAddress: bob.person.address, bobAddress: alice.person.address })
  refuseR('it answers another Identity message', 'Y and B are signed', good.authR.message, { identity: identityMessage(bob.person.instanceTag, 0, keysOf(bob.person, ephemeral(draw, 'later'), bob.first)) })
  refuseR('it answers other first keys', 'phi', good.authR.message, { identity: identityMessage(bob.person.instanceTag, 0, keysOf(bob.person, bob.ephemeral, ephemeral(draw, 'later'))) })
  refuseR('the receiver has another tag', 'phi has the tags', authRMessage(alice.person.instanceTag, bob.person.instanceTag + 1, alice.keys, good.authR.message.slice(good.authR.message.length - 342)))
  refuseR('an Auth-I message', 'the type of the message', good.authI.message)

  const { t: tI } = transcript('authI', bob, alice)
  const refuseI = (about: string, why: string, message: Uint8Array, change: object = {}): void => { group.invalid('verifyAuthI', about, why, { identity: good.identity, authR: good.authR.message, message, ...given, ...change }) }
  const messageI = (ring: Ring, place: number, secret: Uint8Array, t: Uint8Array): Uint8Array => authIMessage(bob.person.instanceTag, alice.person.instanceTag, signerOf(draw, 'wrong I')(ring, place, secret, t))
  const ringI: Ring = [bob.person.publicKey, alice.person.forgingKey, alice.keys.ecdh]
  refuseI('a bit of sigma is changed', 'sigma', flipped(good.authI.message, 60))
  refuseI('sigma is over t of the Auth-R message', 'sigma is over another t', messageI(ringI, 0, bob.person.symmetricKey, tR))
  refuseI('sigma is of somebody else', 'sigma was made by none of the three keys', messageI([stranger.publicKey, alice.person.forgingKey, alice.keys.ecdh], 0, stranger.symmetricKey, tI))
  refuseI('H_a in the ring instead of F_a', 'the ring is H_b, F_a, X', messageI([bob.person.publicKey, alice.person.publicKey, alice.keys.ecdh], 0, bob.person.symmetricKey, tI))
  refuseI('the ring in another order', 'the order is H_b, F_a, X', messageI([alice.person.forgingKey, bob.person.publicKey, alice.keys.ecdh], 1, bob.person.symmetricKey, tI))
  refuseI('the addresses exchanged', 'phi is as the sender sees it', good.authI.message, { aliceAddress: bob.person.address, bobAddress: alice.person.address })
  refuseI('another receiver', 'the tags are those of the exchange', authIMessage(bob.person.instanceTag, alice.person.instanceTag + 1, good.authI.message.slice(11)))
  refuseI('another sender', 'the tags are those of the exchange', authIMessage(bob.person.instanceTag + 1, alice.person.instanceTag, good.authI.message.slice(11)))
  refuseI('the sigma of the Auth-R message', 'sigma was made for another message', authIMessage(bob.person.instanceTag, alice.person.instanceTag, signerOf(draw, 'x')(ringR, 1, alice.person.symmetricKey, tR)))
  return group
}

function notOnCurve(): Uint8Array {
  for (let y = 2n; ; y++) {
    const bytes = toLittleEndian(y, 57)
    try { decode(bytes) } catch (error) { if ((error as Error).message === 'no such point') return bytes }
  }
}
