import { expect } from 'chai'
import {
  dsaFingerprint, dsaSign, eddsaSign, generateEd448KeyPair, generateForgingPoint, type DsaPrivateKey, type Ed448KeyPair,
} from '../../src/crypto/index.js'
import { MalformedError, OtrError } from '../../src/errors.js'
import {
  CLIENT_PROFILE_GRACE, CLIENT_PROFILE_LIFETIME, createClientProfile, LONGEST_PROFILE_LIFETIME, startHandshake, verifyClientProfile, type V4Account,
} from '../../src/v4/index.js'
import {
  clientProfileFieldOrder, decodeClientProfile, encodeClientProfile, encodeClientProfileFields, makeClientProfile, transitionalSignedBytes,
  type ClientProfile, type ClientProfileContents,
} from '../../src/wire/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { seededRandom } from '../support/seeded.js'
import { NOW, settle, strangers, talk, v4Account, type AccountOptions, type V4Party } from '../support/v4-parties.js'

const random = seededRandom('profiles')

/** A profile with any contents, correctly signed by its own key or by another one. */
function signed(account: V4Account, changes: Partial<ClientProfileContents>, signer: Ed448KeyPair = account.identity): ClientProfile {
  const { instanceTag, publicKey, forgingKey, versions, expiration } = account.clientProfile
  const contents = { instanceTag, publicKey, forgingKey, versions, expiration, ...changes }
  return makeClientProfile(contents, eddsaSign(signer.symmetricKey, encodeClientProfileFields(contents)))
}

/** A profile with any versions and any version 3 part; the version 3 key signs it if asked to. */
function transitional(account: V4Account, versions: string, dsa: DsaPrivateKey | undefined, signer: DsaPrivateKey | undefined): ClientProfile {
  const contents: ClientProfileContents = {
    ...signedContents(account), versions, ...(dsa !== undefined && { dsaPublicKey: { p: dsa.p, q: dsa.q, g: dsa.g, y: dsa.y } }),
  }
  if (signer === undefined) return signed(account, contents)
  return signed(account, { ...contents, transitionalSignature: dsaSign(signer, encodeClientProfileFields(contents), random) })
}

function signedContents({ clientProfile: { instanceTag, publicKey, forgingKey, versions, expiration } }: V4Account): ClientProfileContents {
  return { instanceTag, publicKey, forgingKey, versions, expiration }
}

function withKey(versions: string): Partial<ClientProfileContents> {
  const { p, q, g, y } = rfc6979Key
  return { versions, dsaPublicKey: { p, q, g, y } }
}

/** The profile with other contents under the old signature. */
function changed(profile: ClientProfile, changes: Partial<ClientProfileContents>): ClientProfile {
  return makeClientProfile({ ...contentsOf(profile), ...changes }, profile.signature)
}

function contentsOf({ instanceTag, publicKey, forgingKey, versions, expiration }: ClientProfile): ClientProfileContents {
  return { instanceTag, publicKey, forgingKey, versions, expiration }
}

/** The same fields, in another order, under the old signature. */
function reordered(profile: ClientProfile, order: readonly number[]): ClientProfile {
  const { dsaPublicKey: dsa } = profile
  const key = dsa === undefined ? 0 : 2 + 2 + [dsa.p, dsa.q, dsa.g, dsa.y].reduce((sum, { length }) => sum + 4 + length, 0)
  const lengths = [0, 6, 61, 61, 2 + 4 + profile.versions.length, 10, key, 42]
  const single = order.map((type) => {
    const start = lengths.slice(0, type).reduce((sum, length) => sum + length, 0)
    return profile.signedBytes.slice(start, start + lengths[type]!)
  })
  return { ...profile, fieldOrder: order, signedBytes: new Uint8Array(Buffer.concat(single)) }
}

const flip = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => i === at ? byte ^ 1 : byte)
const big = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const bytesOf = (value: bigint): Uint8Array => {
  const hex = value.toString(16)
  return new Uint8Array(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let b = base % modulus, e = exponent; e > 0n; e >>= 1n, b = (b * b) % modulus) if ((e & 1n) === 1n) result = (result * b) % modulus
  return result
}

/** Another key over the same parameters. */
function otherDsaKey(): DsaPrivateKey {
  const { p, q, g } = rfc6979Key
  const x = seededRandom('dsa')(19)
  return { p, q, g, x, y: bytesOf(power(big(g), big(x), big(p))) }
}

/** Nothing changes, nothing is sent, and the notice names the fault. */
function expectRefusal(party: V4Party, message: Parameters<V4Party['receive']>[0], detail: string): void {
  const before = party.session
  const copy = structuredClone(before)
  const { outgoing, events } = party.receive(message)
  expect(party.session).to.equal(before)
  expect(party.session).to.deep.equal(copy)
  expect(outgoing).to.have.length(0)
  expect(events).to.deep.equal([{ type: 'notice', code: 'handshake-failed', detail }])
  party.said()
}

/** A profile is refused in an Identity message by the one, and in an Auth-R message by the other. */
function expectRefusedByBoth(profile: NonNullable<AccountOptions['profile']>, fault: string, clockOf: 'right' | 'late' = 'right'): void {
  const late = clockOf === 'late' ? 3600 : 0
  const inIdentity = strangers('identity', { bob: { account: { profile } } })
  inIdentity.bob.start()
  inIdentity.alice.now += late
  expectRefusal(inIdentity.alice, inIdentity.bob.takeOne('v4-identity'), `Identity message: client profile: ${fault}`)

  const inAuthR = strangers('auth-r', { alice: { account: { profile } } })
  inAuthR.bob.start()
  inAuthR.alice.receive(inAuthR.bob.takeOne('v4-identity'))
  inAuthR.bob.now += late
  inAuthR.bob.said()
  expectRefusal(inAuthR.bob, inAuthR.alice.takeOne('v4-auth-r'), `Auth-R message: client profile: ${fault}`)
}

describe('attack: Client Profile, version 4', () => {
  it('the ordinary one is accepted by both', () => {
    const { alice, bob } = strangers()
    bob.start()
    settle(alice, bob)
    talk(alice, bob)
    expect(alice.encrypted.them.fingerprint).to.deep.equal(bob.encrypted.ourFingerprint)
  })

  describe('P1: the signature', () => {
    const stranger = generateEd448KeyPair(random)
    const cases: [name: string, profile: NonNullable<AccountOptions['profile']>][] = [
      ['all zeros', (account) => ({ ...account.clientProfile, signature: new Uint8Array(114) })],
      ['by another key', (account) => signed(account, {}, stranger)],
      ['of another profile of the same key', (account) => ({ ...account.clientProfile, signature: signed(account, { expiration: NOW + 1000 }).signature })],
      ['with one bit changed', (account) => ({ ...account.clientProfile, signature: flip(account.clientProfile.signature, 70) })],
      ['right, with the forging key exchanged', (account) => changed(account.clientProfile, { forgingKey: stranger.publicKey })],
      ['right, with a version taken out', (account) => changed(transitional(account, '34', rfc6979Key, rfc6979Key), { versions: '4' })],
      ['right, with a later end', (account) => changed(account.clientProfile, { expiration: account.clientProfile.expiration + 1 })],
    ]
    for (const [name, profile] of cases) it(`P1: ${name}: both sides refuse it`, () => { expectRefusedByBoth(profile, 'signature') })

    it('P1: right, with the public key exchanged on the way: both sides refuse it', () => {
      const { alice, bob } = strangers('exchanged')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      const exchanged = <M extends { readonly clientProfile: ClientProfile }>(message: M): M =>
        ({ ...message, clientProfile: changed(message.clientProfile, { publicKey: stranger.publicKey }) })
      expectRefusal(alice, exchanged(identity), 'Identity message: client profile: signature')
      alice.receive(identity)
      bob.said()
      expectRefusal(bob, exchanged(alice.takeOne('v4-auth-r')), 'Auth-R message: client profile: signature')
    })

    it('A2: fields that are not in ascending order are malformed, even if they were signed like that: what is signed has one encoding', () => {
      const account = v4Account('alice', { dsa: rfc6979Key })
      const types = clientProfileFieldOrder(account.clientProfile)
      expect(types).to.deep.equal([1, 2, 3, 4, 5, 6, 7])
      for (const at of types.slice(1)) {
        const order = [...types.slice(0, at - 2), at, at - 1, ...types.slice(at)]
        const fields = reordered(account.clientProfile, order)
        const profile = { ...fields, signature: eddsaSign(account.identity.symmetricKey, fields.signedBytes) }
        expect(() => decodeClientProfile(encodeClientProfile(profile)), order.join('')).to.throw(MalformedError, `field ${at - 1} stands behind field ${at}`)
      }
    })
  })

  describe('P2: expiration and versions', () => {
    const ends: [name: string, expiration: number][] = [
      ['a second ago', NOW - 1], ['now', NOW], ['yesterday', NOW - 86_400], ['0', 0], ['before 1970', -1], ['-2^53 + 1', -Number.MAX_SAFE_INTEGER],
    ]
    for (const [name, expiration] of ends) {
      it(`P2: ended ${name}: refused`, () => { expectRefusedByBoth((account) => signed(account, { expiration }), 'expired') })
    }

    it('P2: by a clock that is an hour ahead, one that ends in half an hour is refused', () => {
      expectRefusedByBoth((account) => signed(account, { expiration: NOW + 1800 }), 'expired', 'late')
    })

    it('P2: an end at 2^63, 2^63 - 1 or 2^53 is malformed', () => {
      const account = v4Account('alice')
      const bytes = encodeClientProfile(account.clientProfile)
      // The number of fields, and the fields before it.
      const field = 4 + 6 + 61 + 61 + 7
      expect(Buffer.from(bytes.slice(field, field + 2)).toString('hex')).to.equal('0005')
      for (const end of ['8000000000000000', '7fffffffffffffff', '0020000000000000']) {
        const copy = Uint8Array.from(bytes)
        copy.set(Buffer.from(end, 'hex'), field + 2)
        expect(() => decodeClientProfile(copy)).to.throw(MalformedError).with.property('field', 'Client Profile Expiration')
      }
    })

    for (const days of [61, 365, 3652, 100_000]) {
      it(`P2: one that lasts ${days} days more is refused`, () => {
        expectRefusedByBoth((account) => signed(account, { expiration: NOW + days * 86_400 }), 'lifetime')
      })
    }

    it('P2: 60 days more are accepted, and not a second longer; nobody publishes more than 30', () => {
      expect(LONGEST_PROFILE_LIFETIME).to.equal(60 * 86_400)
      const account = v4Account('alice')
      const verdict = (expiration: number): unknown => verifyClientProfile(signed(account, { expiration }), { senderTag: account.instanceTag, now: NOW })
      expect(verdict(NOW + LONGEST_PROFILE_LIFETIME)).to.have.property('profile')
      expect(verdict(NOW + LONGEST_PROFILE_LIFETIME + 1)).to.deep.equal({ fault: 'lifetime' })
      expect(verdict(Number.MAX_SAFE_INTEGER)).to.deep.equal({ fault: 'lifetime' })
    })

    it('P2: by a clock that is far behind, a good one is refused, and the notice says why', () => {
      const { alice, bob } = strangers('behind')
      bob.start()
      alice.now = 1000
      expectRefusal(alice, bob.takeOne('v4-identity'), 'Identity message: client profile: lifetime')
    })

    for (const versions of ['', '3', '5', '14', '24', '421', '1', '\u00b2']) {
      it(`P2: versions ${JSON.stringify(versions)}: refused`, () => {
        expectRefusedByBoth((account) => signed(account, { versions }), 'versions')
      })
    }

    for (const versions of ['45', '4x', '44', '344', '3434', '4 ', ' 4', '04', '4\0', '\u00ff4', '4'.repeat(300), `34${'\u0080'.repeat(20)}`]) {
      it(`A2: versions ${JSON.stringify(versions.slice(0, 12))}: known digits, each once, and nothing else`, () => {
        expectRefusedByBoth((account) => signed(account, { versions }), 'versions')
        expectRefusedByBoth((account) => transitional(account, versions, rfc6979Key, rfc6979Key), 'versions')
      })
    }

    it('A2: 4, 34 and 43 (as otrr has it) are accepted', () => {
      for (const versions of ['4', '34', '43']) {
        const { alice, bob } = strangers('versions', { bob: { account: { profile: (account) => transitional(account, versions, rfc6979Key, rfc6979Key) } } })
        bob.start()
        settle(alice, bob)
        expect(alice.encrypted.them.versions).to.equal(versions)
      }
    })

    it('P2: none is made with versions that would be refused', () => {
      const { identity, clientProfile: { forgingKey, instanceTag } } = v4Account('alice')
      for (const versions of ['', '3', '41', '24', '34', '45', '44', '4 ']) {
        expect(() => createClientProfile({ instanceTag, identity, forgingKey, versions, expiration: NOW }, random)).to.throw(OtrError)
          .with.property('code', 'OTR_PROFILE')
      }
    })
  })

  it('P3: another instance tag than the sender\'s', () => {
    expectRefusedByBoth((account) => signed(account, { instanceTag: (account.instanceTag ^ 1) >>> 0 }), 'instance tag')
  })

  it('P3: an instance tag that nobody may have, whatever the message says', () => {
    for (const instanceTag of [0, 0xff]) {
      const account = v4Account('alice')
      expect(verifyClientProfile(signed(account, { instanceTag }), { senderTag: instanceTag, now: NOW })).to.deep.equal({ fault: 'instance tag' })
    }
  })

  describe('keys', () => {
    it('a forging key that is no public key: refused although the profile is signed', () => {
      const identity = new Uint8Array(57)
      identity[0] = 1
      expectRefusedByBoth((account) => signed(account, { forgingKey: identity }), 'forging key')
    })
  })

  describe('P5: the transitional signature', () => {
    const other = otherDsaKey()
    const cases: [name: string, profile: NonNullable<AccountOptions['profile']>][] = [
      ['by another key', (account) => transitional(account, '34', rfc6979Key, other)],
      ['without the key', (account) => signed(account, { versions: '34', transitionalSignature: new Uint8Array(40).fill(1) })],
      ['missing, with the key', (account) => transitional(account, '34', rfc6979Key, undefined)],
      ['missing, with the key, in a profile of version 4 only', (account) => transitional(account, '4', rfc6979Key, undefined)],
      ['missing with its key, where version 3 is promised', (account) => transitional(account, '34', undefined, undefined)],
      ['all zeros', (account) => signed(account, { ...withKey('34'), transitionalSignature: new Uint8Array(40) })],
      ['all ones', (account) => signed(account, { ...withKey('34'), transitionalSignature: new Uint8Array(40).fill(255) })],
      ['of a profile that ends at another time', (account) => {
        const good = transitional(account, '34', rfc6979Key, rfc6979Key)
        return signed(account, { ...withKey('34'), expiration: NOW + 1000, transitionalSignature: good.transitionalSignature! })
      }],
      ['over the hash of the fields', (account) => {
        const bytes = encodeClientProfileFields({ ...signedContents(account), ...withKey('34') })
        return signed(account, { ...withKey('34'), transitionalSignature: dsaSign(rfc6979Key, bytes.slice(0, 20), random) })
      }],
      ['by a key whose parameters are none', (account) => {
        const broken = { ...rfc6979Key, g: Uint8Array.of(1), y: Uint8Array.of(1) }
        return transitional(account, '34', broken, rfc6979Key)
      }],
    ]
    const groups: [name: string, changes: Partial<DsaPrivateKey>][] = [
      ['p of 1016 bits', { p: rfc6979Key.p.slice(1) }],
      ['p of 16,384 bits', { p: bytesOf((1n << 16_383n) | 1n) }],
      ['p that is even', { p: bytesOf(big(rfc6979Key.p) - 1n) }],
      ['p that is not 1 modulo q', { p: bytesOf(big(rfc6979Key.p) + 2n) }],
      ['q of 152 bits', { q: rfc6979Key.q.slice(1) }],
      ['q of 512 bits', { q: bytesOf((1n << 511n) | 1n) }],
      ['q of 0', { q: new Uint8Array() }],
      ['g of 0', { g: new Uint8Array() }],
      ['g of p - 1', { g: bytesOf(big(rfc6979Key.p) - 1n) }],
      ['g of another order', { g: Uint8Array.of(2) }],
      ['y of 1', { y: Uint8Array.of(1) }],
      ['y above p', { y: bytesOf(big(rfc6979Key.p) + big(rfc6979Key.y)) }],
      ['y of another order', { y: Uint8Array.of(2) }],
    ]
    for (const [name, changes] of groups) {
      cases.push([`by a key with ${name}`, (account) => {
        const { transitionalSignature } = transitional(account, '34', rfc6979Key, rfc6979Key)
        const { p, q, g, y } = { ...rfc6979Key, ...changes }
        return signed(account, { versions: '34', dsaPublicKey: { p, q, g, y }, transitionalSignature: transitionalSignature! })
      }])
    }
    for (const [name, profile] of cases) {
      it(`P5: ${name}: both sides refuse it`, () => { expectRefusedByBoth(profile, 'transitional signature') })
    }

    it('P5: the right one is accepted both ways, and each side learns what is claimed', () => {
      const keys = { alice: rfc6979Key, bob: other }
      const { alice, bob } = strangers('transition', { alice: { account: { dsa: keys.alice } }, bob: { account: { dsa: keys.bob } } })
      bob.start()
      settle(alice, bob)
      expect(alice.encrypted.them.claims).to.deep.equal(dsaFingerprint(keys.bob))
      expect(bob.encrypted.them.claims).to.deep.equal(dsaFingerprint(keys.alice))
      expect(bob.encrypted.them.versions).to.equal('34')
      talk(alice, bob)
    })

    it('P5: it claims without version 3 being promised; and without a signature nothing is claimed', () => {
      const { alice, bob } = strangers('transition', { alice: { account: { profile: (account) => transitional(account, '4', other, other) } } })
      bob.start()
      settle(alice, bob)
      expect(bob.encrypted.them.claims).to.deep.equal(dsaFingerprint(other))
      expect(alice.encrypted.them).to.not.have.property('claims')
    })

    it('P5: it is the DSA signature over the fields 1 to 6 with their types, taken raw, as another implementation of DSA sees it', () => {
      // SHA-1 as the identity cannot be had from OpenSSL: so the number that is signed is put together, and verified with BigInt.
      const account = v4Account('alice', { dsa: rfc6979Key })
      const profile = account.clientProfile
      const bytes = transitionalSignedBytes(profile)
      expect(Buffer.from(bytes).toString('hex')).to.equal(Buffer.from(profile.signedBytes.slice(0, -42)).toString('hex'))
      expect(Buffer.from(profile.signedBytes.slice(-42, -40)).toString('hex')).to.equal('0007')
      const [p, q, g, y] = [rfc6979Key.p, rfc6979Key.q, rfc6979Key.g, rfc6979Key.y].map(big) as [bigint, bigint, bigint, bigint]
      const [r, s] = [big(profile.transitionalSignature!.slice(0, 20)), big(profile.transitionalSignature!.slice(20))]
      const w = power(s, q - 2n, q)
      expect((power(g, (big(bytes) * w) % q, p) * power(y, (r * w) % q, p)) % p % q).to.equal(r)
    })

    it('P5: a key whose signatures are longer than the field makes no profile', () => {
      const account = v4Account('alice')
      const dsa = { ...rfc6979Key, q: new Uint8Array(32).fill(0xff) }
      expect(() => createClientProfile({ ...account.clientProfile, identity: account.identity, versions: '34', dsa }, random)).to.throw(OtrError)
        .with.property('code', 'OTR_PROFILE')
    })
  })

  describe('lifetime', () => {
    it('one week; a day of grace for one\'s own, and not for others\'', () => {
      const account = v4Account('alice')
      const { expiration } = account.clientProfile
      expect(expiration).to.equal(NOW + CLIENT_PROFILE_LIFETIME).and.to.equal(NOW + 7 * 86_400)
      const verdict = (now: number, grace?: number): string => {
        const result = verifyClientProfile(account.clientProfile, { senderTag: account.instanceTag, now, ...(grace !== undefined && { grace }) })
        return 'fault' in result ? result.fault : 'accepted'
      }
      expect(verdict(expiration - 1)).to.equal('accepted')
      expect(verdict(expiration)).to.equal('expired')
      expect(verdict(expiration + CLIENT_PROFILE_GRACE - 1, CLIENT_PROFILE_GRACE)).to.equal('accepted')
      expect(verdict(expiration + CLIENT_PROFILE_GRACE, CLIENT_PROFILE_GRACE)).to.equal('expired')
    })

    it('renewing a profile in the middle of a DAKE, on either side, does not break it', () => {
      const { alice, bob } = strangers('renewal')
      const renew = (party: V4Party): void => {
        party.account = { ...party.account, clientProfile: signed(party.account, { expiration: party.account.clientProfile.expiration + 1000 }) }
      }
      bob.start()
      renew(bob)
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      renew(alice)
      settle(alice, bob)
      talk(alice, bob)
      expect(bob.encrypted.them.fingerprint).to.deep.equal(alice.encrypted.ourFingerprint)
      // The next DAKE goes out with the new one, and keeps the instance tag.
      const { outgoing: [next] } = startHandshake(bob.session, bob.context)
      expect(next?.kind === 'v4-identity' && next.clientProfile.expiration).to.equal(identity.clientProfile.expiration + 1000)
      expect(next?.senderTag).to.equal(identity.senderTag)
    })

    it('one that expires during a session does not end the session', () => {
      const { alice, bob } = strangers('end')
      bob.start()
      settle(alice, bob)
      alice.now += 2 * CLIENT_PROFILE_LIFETIME
      bob.now += 2 * CLIENT_PROFILE_LIFETIME
      talk(alice, bob, 2)
    })
  })

  it('the fingerprint is of both keys: the same long-term key with another forging key is another correspondent', () => {
    const account = v4Account('alice')
    const profiles = [account.clientProfile, signed(account, { forgingKey: generateForgingPoint(random) })]
    const fingerprints = profiles.map((profile) => {
      const verdict = verifyClientProfile(profile, { senderTag: account.instanceTag, now: NOW })
      return 'fault' in verdict ? verdict.fault : Buffer.from(verdict.profile.fingerprint).toString('hex')
    })
    expect(fingerprints[0]).to.have.length(112).and.to.not.equal(fingerprints[1])
  })
})
