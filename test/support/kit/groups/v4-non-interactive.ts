import { concat, mpi, toBigEndian, toLittleEndian, uint } from '../../v4-second/bytes.js'
import { account, ssidOf } from '../../v4-second/dake.js'
import { dhP, dhShared } from '../../v4-second/dh.js'
import { decode, encode, multiply, secretScalar } from '../../v4-second/ed448.js'
import { id, kdf } from '../../v4-second/kdf.js'
import { ringSign, type Ring } from '../../v4-second/sign.js'
import { nonInteractiveAuthMessage, prekeyMessage, prekeyProfile, typedKey, type DakeKeys } from '../../v4-second/write.js'
import { flipped, Group, hex, integer, text } from '../define.js'
import { dhOf, ecdhOf, ephemeral, ephemeralRecord, EXPIRATION, NOW, person, personRecord, publicOf } from '../people.js'
import { keysOf, ringRandom, ringRandomRecord, ringRandomValue } from './v4-dake.js'

export function v4NonInteractive(): Group {
  const checked = { ensemble: hex('what Bob published: Client Profile, Prekey Profile, Prekey Message, one behind the other'), message: hex('as it came'), aliceAddress: text('who sent it'), bobAddress: text('who published'), now: integer('seconds since 1970') }
  const group = new Group('v4-non-interactive', 'The non-interactive key exchange, prekey messages, ensembles', 'Bob has published an ensemble, Alice answers it while he is away. phi has Y and B in the place of first keys, which Bob does not have.', {
    prekeyMessage: { about: 'A Prekey Message', section: 'OTRv4, Prekey Message', given: { identifier: integer(''), instanceTag: integer('of the publisher'), keys: ephemeralRecord('y and b') }, expected: { message: hex('') } },
    verifyPrekeyMessage: { about: 'A Prekey Message from the network', section: 'OTRv4, To verify the Prekey message', given: { message: hex('as it came') }, expected: { identifier: integer(''), instanceTag: integer(''), y: hex('Y', 57), b: hex('B') } },
    verifyEnsemble: { about: 'An ensemble from a server', section: 'OTRv4, Validating Prekey Ensembles', given: { ensemble: hex('as it came'), now: integer('seconds since 1970') }, expected: {} },
    exchange: {
      about: 'A whole exchange with what stands between', section: 'OTRv4, Non-Interactive Deniable Authenticated Key Exchange (DAKE)',
      given: {
        bob: personRecord('who published'), alice: personRecord('who answers'), identifier: integer('of the prekey message'), bobPrekey: ephemeralRecord('y and b'), sharedPrekey: hex('random bytes of D', 57), prekeyProfileExpiration: integer('seconds since 1970'),
        aliceEphemeral: ephemeralRecord('x and a'), aliceFirst: ephemeralRecord('alice\'s first keys of the ratchet'), random: ringRandomRecord,
      },
      expected: {
        ensemble: hex('profile, Prekey Profile, Prekey Message'), kEcdh: hex('ECDH of x and Y', 57), withSharedPrekey: hex('ECDH of x and D', 57), withIdentity: hex('ECDH of x and H_b', 57), kDh: hex('DH of a and B'), braceKey: hex('', 32),
        tmpK: hex('KDF(usage_tmp_key || K_ecdh || ECDH(x, D) || ECDH(x, H_b) || brace_key, 64)', 64), authMacKey: hex('KDF(usage_auth_mac_key || tmp_k, 64)', 64), k: hex('KDF(usage_shared_secret || tmp_k, 64)', 64), ssid: hex('', 8),
        phi: hex(''), t: hex(''), sigma: hex('', 342), authMac: hex('KDF(usage_auth_mac || auth_mac_k || t, 64)', 64), message: hex('the Non-Interactive-Auth message'), rootKey: hex('KDF(usage_root_key || K, 64)', 64), chainKey: hex('KDF(usage_chain_key || K, 64): chain 0, in which Alice sends', 64),
      },
    },
    verifyAuth: { about: 'A Non-Interactive-Auth message, by the publisher: profile, keys, sigma', section: 'OTRv4, To verify a Non-Interactive-Auth message', given: checked, expected: { t: hex('') } },
  })
  const { draw } = group
  const put = (keys: DakeKeys): Uint8Array => concat(keys.firstEcdh, mpi(keys.firstDh))
  for (let n = 1; n <= 4; n++) {
    const keys = ephemeral(draw, `prekey ${n}`)
    const message = prekeyMessage(n === 1 ? 0 : 0xfffffff0 + n, 0x100 + n, ecdhOf(keys), dhOf(keys))
    const given = { identifier: n === 1 ? 0 : 0xfffffff0 + n, instanceTag: 0x100 + n }
    group.valid('prekeyMessage', `${n}`, { ...given, keys: { ...keys } }, { message })
    group.valid('verifyPrekeyMessage', `${n}`, { message }, { ...given, y: ecdhOf(keys), b: dhOf(keys) })
  }
  const own = ephemeral(draw, 'prekey')
  const [Y, B] = [ecdhOf(own), dhOf(own)]
  const goodPrekey = prekeyMessage(7, 0x101, Y, B)
  const badPrekey = (about: string, why: string, message: Uint8Array): void => { group.invalid('verifyPrekeyMessage', about, why, { message }) }
  const identity = toLittleEndian(1n, 57)
  badPrekey('Y is the identity', 'the identity is no public key', prekeyMessage(7, 0x101, identity, B))
  badPrekey('Y has order 4', 'a point of small order', prekeyMessage(7, 0x101, new Uint8Array(57), B))
  badPrekey('Y is not canonical', 'y is not below p', prekeyMessage(7, 0x101, new Uint8Array(57).fill(0xff), B))
  for (const [about, number] of [['0', 0n], ['1', 1n], ['p - 1', dhP - 1n], ['p', dhP], ['no member of the subgroup', dhP - 2n]] as const) badPrekey(`B is ${about}`, 'the number is not in the group', prekeyMessage(7, 0x101, Y, number))
  badPrekey('version 3', 'the version', flipped(goodPrekey, 1, 7))
  badPrekey('another type', 'the type', flipped(goodPrekey, 2))
  badPrekey('a byte too many', 'something stands behind it', concat(goodPrekey, Uint8Array.of(0)))
  for (const length of [0, 3, 7, 11, 60, 70, goodPrekey.length - 1]) badPrekey(`cut to ${length} bytes`, 'it is too short', goodPrekey.slice(0, length))

  for (let n = 1; n <= 5; n++) {
    const prefixed = (label: string, length: number): Uint8Array => draw(`${n} ${label}`, length)
    const [bob, alice] = [person(prefixed, 'bob@example.org', 0x5a73a599 + n), person(prefixed, 'alice@example.org', 0x27e31597 + n)]
    const [prekey, x, first] = [ephemeral(draw, `${n} prekey`), ephemeral(draw, `${n} x`), ephemeral(draw, `${n} first`)]
    const sharedPrekey = draw(`${n} D`, 57)
    const D = publicOf(sharedPrekey)
    const profile = prekeyProfile(bob.instanceTag, BigInt(EXPIRATION), D, bob.symmetricKey).bytes
    const identifier = 0x01020304 * n
    const ensemble = concat(bob.profile, profile, prekeyMessage(identifier, bob.instanceTag, ecdhOf(prekey), dhOf(prekey)))
    const keys = keysOf(alice, x, first)
    const shared = (theirs: Uint8Array): Uint8Array => encode(multiply(secretScalar(x.ecdh), decode(theirs)))
    const [kEcdh, withSharedPrekey, withIdentity, kDh] = [shared(ecdhOf(prekey)), shared(D), shared(bob.publicKey), dhShared(x.dh, dhOf(prekey))]
    const braceKey = kdf(id.thirdBraceKey, 32, toBigEndian(kDh))
    const tmpK = kdf(id.tmpKey, 64, kEcdh, withSharedPrekey, withIdentity, braceKey)
    const authMacKey = kdf(id.authMacKey, 64, tmpK)
    const k = kdf(id.sharedSecret, 64, tmpK)
    const phi = concat(uint(alice.instanceTag, 4), uint(bob.instanceTag, 4), put(keys), ecdhOf(prekey), mpi(dhOf(prekey)), account(alice.address), account(bob.address))
    const t = concat(
      kdf(id.nonInteractiveBob, 64, bob.profile), kdf(id.nonInteractiveAlice, 64, alice.profile), ecdhOf(prekey), keys.ecdh, mpi(dhOf(prekey)), mpi(keys.dh), typedKey(0x11, D), kdf(id.nonInteractivePhi, 64, phi),
    )
    const ring: Ring = [bob.forgingKey, alice.publicKey, ecdhOf(prekey)]
    const random = ringRandom(draw, `${n} sigma`)
    const { sigma } = ringSign(ring, 1, secretScalar(alice.symmetricKey), t, random)
    const authMac = kdf(id.authMac, 64, authMacKey, t)
    const message = nonInteractiveAuthMessage(alice.instanceTag, bob.instanceTag, keys, sigma, identifier, authMac)
    group.valid('exchange', `exchange ${n}`, {
      bob: { ...bob }, alice: { ...alice }, identifier, bobPrekey: { ...prekey }, sharedPrekey, prekeyProfileExpiration: EXPIRATION, aliceEphemeral: { ...x }, aliceFirst: { ...first }, random: ringRandomValue(random),
    }, { ensemble, kEcdh, withSharedPrekey, withIdentity, kDh, braceKey, tmpK, authMacKey, k, ssid: ssidOf(k), phi, t, sigma, authMac, message, rootKey: kdf(id.rootKey, 64, k), chainKey: kdf(id.chainKey, 64, k) })
    const checked = { ensemble, message, aliceAddress: alice.address, bobAddress: bob.address }
    group.valid('verifyEnsemble', `exchange ${n}`, { ensemble, now: NOW }, {})
    group.valid('verifyAuth', `exchange ${n}`, { ...checked, now: NOW }, { t })
    if (n > 1) continue
    const bad = (about: string, why: string, wrong: Uint8Array, change: object = {}): void => { group.invalid('verifyAuth', about, why, { ...checked, message: wrong, now: NOW, ...change }) }
    const again = (change: Partial<DakeKeys>): Uint8Array => nonInteractiveAuthMessage(alice.instanceTag, bob.instanceTag, { ...keys, ...change }, sigma, identifier, authMac)
    bad('X is the identity', 'the identity is no public key', again({ ecdh: identity }))
    bad('X has order 4', 'a point of small order', again({ ecdh: new Uint8Array(57) }))
    bad('the first ECDH key is the identity', 'the identity is no public key', again({ firstEcdh: identity }))
    for (const [what, name] of [['A', 'dh'], ['the first DH key', 'firstDh']] as const) for (const [about, number] of [['1', 1n], ['p - 1', dhP - 1n], ['no member of the subgroup', dhP - 2n]] as const) bad(`${what} is ${about}`, 'the number is not in the group', again({ [name]: number }))
    bad('the profile has expired', 'the profile', message, { now: EXPIRATION })
    bad('a bit of sigma is changed', 'sigma', nonInteractiveAuthMessage(alice.instanceTag, bob.instanceTag, keys, flipped(sigma, 60), identifier, authMac))
    bad('the ring in another order', 'the order is F_b, H_a, Y', nonInteractiveAuthMessage(alice.instanceTag, bob.instanceTag, keys, ringSign([ring[1], ring[0], ring[2]], 0, secretScalar(alice.symmetricKey), t, random).sigma, identifier, authMac))
    bad('another address of Alice', 'phi', message, { aliceAddress: 'eve@example.org' })
    bad('the addresses exchanged', 'phi is as the sender sees it', message, { aliceAddress: bob.address, bobAddress: alice.address })
    bad('another receiver', 'phi has the tags', nonInteractiveAuthMessage(alice.instanceTag, bob.instanceTag + 1, keys, sigma, identifier, authMac))
    bad('it answers another prekey message', 'Y and B are signed', message, { ensemble: concat(bob.profile, profile, goodPrekeyFor(bob.instanceTag, identifier)) })
    const later = ephemeral(draw, 'later')
    function goodPrekeyFor(tag: number, number: number): Uint8Array {
      const other = ephemeral(draw, 'other prekey')
      return prekeyMessage(number, tag, ecdhOf(other), dhOf(other))
    }
    const wrong = (about: string, why: string, all: Uint8Array, now = NOW): void => { group.invalid('verifyEnsemble', about, why, { ensemble: all, now }) }
    const prekeyBytes = prekeyMessage(identifier, bob.instanceTag, ecdhOf(prekey), dhOf(prekey))
    wrong('it has expired', 'expired', ensemble, EXPIRATION)
    wrong('the prekey message is of another instance', 'the tags differ', concat(bob.profile, profile, prekeyMessage(identifier, bob.instanceTag + 1, ecdhOf(prekey), dhOf(prekey))))
    wrong('the Prekey Profile is of another instance', 'the tags differ', concat(bob.profile, prekeyProfile(bob.instanceTag + 1, BigInt(EXPIRATION), D, bob.symmetricKey).bytes, prekeyBytes))
    wrong('the Prekey Profile is signed by another', 'the signature is not by H', concat(bob.profile, prekeyProfile(bob.instanceTag, BigInt(EXPIRATION), D, alice.symmetricKey).bytes, prekeyBytes))
    wrong('the Prekey Profile has expired', 'expired', concat(bob.profile, prekeyProfile(bob.instanceTag, BigInt(NOW), D, bob.symmetricKey).bytes, prekeyBytes))
    wrong('a bit of the Client Profile\'s signature is changed', 'the signature', flipped(ensemble, bob.profile.length - 1 - 57))
    wrong('Y is the identity', 'the identity is no public key', concat(bob.profile, profile, prekeyMessage(identifier, bob.instanceTag, identity, dhOf(prekey))))
    wrong('B is 1', 'the number is not in the group', concat(bob.profile, profile, prekeyMessage(identifier, bob.instanceTag, ecdhOf(later), 1n)))
    wrong('the parts in another order', 'the order', concat(profile, bob.profile, prekeyBytes))
    wrong('without the prekey message', 'a part is missing', concat(bob.profile, profile))
    wrong('a byte too many', 'something stands behind it', concat(ensemble, Uint8Array.of(0)))
  }
  return group
}
