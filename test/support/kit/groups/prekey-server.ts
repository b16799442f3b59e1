import { bigEndian, concat, data, littleEndian, mod, toBigEndian, toLittleEndian, uint } from '../../v4-second/bytes.js'
import { decode, encode, multiply, q, secretScalar } from '../../v4-second/ed448.js'
import { ringSign, type Ring, type RingRandom } from '../../v4-second/sign.js'
import { prekeyProfile } from '../../v4-second/write.js'
import { dhProve, dhQ, ecdhProve, failureMac, KDF, publicationMac, requestMac, serverFingerprint, statusMac, successMac, t } from '../../prekey-second/formulas.js'
import { dhProof, ecdhProof, head, prekeyMessage, utf8 } from '../../prekey-second/messages.js'
import { dhPublic } from '../../v4-second/dh.js'
import { flipped, Group, hex, integer, list, optional, record, text } from '../define.js'
import { EXPIRATION, person, personRecord, publicOf } from '../people.js'
import { ringRandom, ringRandomRecord, ringRandomValue } from './v4-dake.js'

/** RSig with the hash of this protocol: usage 0x11. */
const sign = (ring: Ring, place: number, secret: bigint, message: Uint8Array, random: RingRandom): Uint8Array =>
  ringSign(ring, place, secret, message, random, (values) => mod(littleEndian(KDF(0x11, values, 57)), q)).sigma

export function prekeyServer(): Group {
  const group = new Group('prekey-server', 'The exchange with a prekey server', 'A publisher proves to a server who they are, and publishes. The server\'s own key derivation is in v4-kdf. Messages are without the text form, base64 and a period.', {
    exchange: {
      about: 'A whole exchange with a request for the storage status', section: 'Prekey server, Interactive Deniable Authenticated Key Exchange with the server',
      given: { publisher: personRecord('who publishes'), serverAddress: text(''), serverSymmetricKey: hex('sym_key of H_s', 57), i: hex('random bytes of I', 57), s: hex('random bytes of S', 57), dake2Random: ringRandomRecord, dake3Random: ringRandomRecord, stored: integer('how many prekey messages the server has') },
      expected: {
        serverKey: hex('H_s', 57), serverFingerprint: hex('', 56), dake1: hex('the DAKE-1 message'), t2: hex('what the server signs'), sigma2: hex('over the ring H, H_s, I', 342), dake2: hex('the DAKE-2 message'), ecdh: hex('ECDH(i, S)', 57), sk: hex('KDF(0x01, ECDH)', 64),
        macKey: hex('KDF(0x08, SK)', 64), proofContext: hex('m = KDF(0x12, SK)', 64), t3: hex('what the publisher signs'), sigma3: hex('over the ring H, H_s, S', 342), request: hex('the attached Storage Information Request'), dake3: hex('the DAKE-3 message'), status: hex('the Storage Status message'),
      },
    },
    verify: {
      about: 'The ring signature of a DAKE-2 (3) message', section: 'Prekey server, DAKE-2 and DAKE-3 messages',
      given: { dake: integer('2: by the server; 3: by the publisher'), clientProfile: hex('of the publisher'), publisher: text('the address'), server: text('the address'), publicKey: hex('H', 57), serverKey: hex('H_s', 57), i: hex('I', 57), s: hex('S', 57), sigma: hex('as it came') }, expected: { t: hex('') },
    },
    macs: {
      about: 'The MACs of the messages without proofs', section: 'Prekey server, Messages', given: { macKey: hex('', 64), tag: integer('instance tag of the publisher'), stored: integer('') },
      expected: { request: hex('KDF(0x0A, mac_k || 0x09)', 64), status: hex('KDF(0x0B, mac_k || 0x0B || tag || stored)', 64), success: hex('KDF(0x0C, mac_k || 0x06 || tag)', 64), failure: hex('KDF(0x0D, mac_k || 0x05 || tag)', 64) },
    },
    publication: {
      about: 'A Prekey Publication message with its proofs', section: 'Prekey server, Prekey Publication message; Proofs',
      given: {
        macKey: hex('', 64), proofContext: hex('m', 64), tag: integer(''), prekeys: list(record({ identifier: integer(''), ecdh: hex('random bytes of Y', 57), dh: hex('the exponent of B', 80) }, 'a prekey message'), ''), clientProfile: optional(hex('')), prekeyProfile: optional(hex('')), sharedPrekey: optional(hex('random bytes of D', 57)),
        ecdhR: hex('r of the proof of Y, a scalar', 57), dhR: hex('r of the proof of B, an exponent'), profileR: hex('r of the proof of D', 57),
      },
      expected: { messages: hex('all prekey messages'), proofs: hex('PROOF-ECDH and PROOF-DH, then that of D'), mac: hex('', 64), message: hex('the whole') },
    },
    verifyEcdhProof: { about: 'A proof of knowledge of the secrets of points', section: 'Prekey server, ECDH proofs', given: { usage: integer('0x13: prekey messages; 0x15: Prekey Profile'), points: list(hex('', 57), ''), proofContext: hex('m', 64), c: hex('', 64), v: hex('', 57) }, expected: {} },
    verifyDhProof: { about: 'A proof of knowledge of the secrets of DH keys', section: 'Prekey server, DH proofs', given: { keys: list(hex(''), ''), proofContext: hex('m', 64), c: hex('', 64), v: hex('big-endian') }, expected: {} },
  })
  const { draw } = group
  const s57 = (value: bigint): Uint8Array => toLittleEndian(value, 57)
  for (let n = 1; n <= 4; n++) {
    const publisher = person((label, length) => draw(`${n} ${label}`, length), 'alice@example.org', 0x27e31597 + n)
    const server = n === 2 ? 'pr\u00e9keys.example.org' : 'prekeys.example.org'
    const [serverSymmetricKey, i, s] = [draw(`${n} H_s`, 57), draw(`${n} i`, 57), draw(`${n} s`, 57)]
    const [Hs, I, S] = [publicOf(serverSymmetricKey), publicOf(i), publicOf(s)]
    const known = { CP: publisher.profile, publisher: publisher.address, server, Hs, I, S }
    const [r2, r3] = [ringRandom(draw, `${n} dake2`), ringRandom(draw, `${n} dake3`)]
    const [t2, t3] = [t(2, known), t(3, known)]
    const sigma2 = sign([publisher.publicKey, Hs, I], 1, secretScalar(serverSymmetricKey), t2, r2)
    const sigma3 = sign([publisher.publicKey, Hs, S], 0, secretScalar(publisher.symmetricKey), t3, r3)
    const ecdh = encode(multiply(secretScalar(i), decode(S)))
    const sk = KDF(0x01, ecdh)
    const [macKey, proofContext] = [KDF(0x08, sk), KDF(0x12, sk)]
    const tag = uint(publisher.instanceTag, 4)
    const request = head(0x09, requestMac(macKey))
    const stored = n * 100
    group.valid('exchange', `exchange ${n}`, { publisher: { ...publisher }, serverAddress: server, serverSymmetricKey, i, s, dake2Random: ringRandomValue(r2), dake3Random: ringRandomValue(r3), stored }, {
      serverKey: Hs, serverFingerprint: serverFingerprint(Hs), dake1: head(0x35, tag, publisher.profile, I), t2, sigma2, dake2: head(0x36, tag, utf8(server), Uint8Array.of(0x10, 0), Hs, S, sigma2), ecdh, sk, macKey, proofContext, t3, sigma3, request,
      dake3: head(0x37, tag, sigma3, data(request)), status: head(0x0b, tag, uint(stored, 4), statusMac(macKey, publisher.instanceTag, stored)),
    })
    group.valid('macs', `exchange ${n}`, { macKey, tag: publisher.instanceTag, stored }, { request: requestMac(macKey), status: statusMac(macKey, publisher.instanceTag, stored), success: successMac(macKey, publisher.instanceTag), failure: failureMac(macKey, publisher.instanceTag) })
    const given = { clientProfile: publisher.profile, publisher: publisher.address, server, publicKey: publisher.publicKey, serverKey: Hs, i: I, s: S }
    group.valid('verify', `DAKE-2, exchange ${n}`, { dake: 2, ...given, sigma: sigma2 }, { t: t2 })
    group.valid('verify', `DAKE-3, exchange ${n}`, { dake: 3, ...given, sigma: sigma3 }, { t: t3 })
    if (n > 1) continue
    for (const [dake, sigma, other] of [[2, sigma2, sigma3], [3, sigma3, sigma2]] as const) {
      const bad = (about: string, why: string, change: object): void => { group.invalid('verify', `DAKE-${dake}: ${about}`, why, { dake, ...given, sigma, ...change }) }
      bad('a bit of sigma is changed', 'sigma', { sigma: flipped(sigma, 7) })
      bad('sigma of the other message', 'sigma is of another message', { sigma: other })
      bad('another publisher', 'phi', { publisher: 'eve@example.org' })
      bad('another server', 'the composite identity', { server: 'evil.example.org' })
      bad('the addresses exchanged', 'phi', { publisher: server, server: publisher.address })
      bad('another key of the server', 'H_s is in the ring', { serverKey: publicOf(draw('other', 57)) })
      bad('another I', 'I is signed', { i: publicOf(draw('other', 57)) })
      bad('another S', 'S is signed', { s: publicOf(draw('other', 57)) })
      bad('another Client Profile', 'the profile is signed', { clientProfile: flipped(publisher.profile, publisher.profile.length - 1) })
    }
  }
  const [macKey, proofContext, tag] = [draw('mac key', 64), draw('m', 64), 0x27e31597]
  const alice = person(draw, 'alice@example.org', tag)
  for (const [count, CP, PP] of [[0, true, true], [1, false, false], [1, true, true], [2, false, true], [5, false, false], [0, false, true]] as const) {
    const label = `${count}${CP ? ' CP' : ''}${PP ? ' PP' : ''}`
    const prekeys = Array.from({ length: count }, (_, n) => ({ identifier: 100 + n, ecdh: draw(`${label} y ${n}`, 57), dh: draw(`${label} b ${n}`, 80) }))
    const sharedPrekey = draw(`${label} D`, 57)
    const [Y, B, D] = [prekeys.map(({ ecdh }) => publicOf(ecdh)), prekeys.map(({ dh }) => dhPublic(dh)), publicOf(sharedPrekey)]
    const [ecdhR, profileR, dhR] = [mod(littleEndian(draw(`${label} r`, 114)), q), mod(littleEndian(draw(`${label} profile r`, 114)), q), mod(bigEndian(draw(`${label} dh r`, 400)), dhQ)]
    const messages = concat(...prekeys.map(({ identifier }, n) => prekeyMessage(identifier, tag, Y[n]!, B[n]!)))
    const ofY = ecdhProve(0x13, prekeys.map(({ ecdh }) => secretScalar(ecdh)), Y, proofContext, ecdhR)
    const ofB = dhProve(prekeys.map(({ dh }) => bigEndian(dh)), B, proofContext, dhR)
    const ofD = ecdhProve(0x15, [secretScalar(sharedPrekey)], [D], proofContext, profileR)
    const proofs = concat(...count === 0 ? [] : [ecdhProof(ofY), dhProof(ofB)], ...PP ? [ecdhProof(ofD)] : [])
    const [clientProfile, profile] = [CP ? alice.profile : undefined, PP ? prekeyProfile(tag, BigInt(EXPIRATION), D, alice.symmetricKey).bytes : undefined]
    const mac = publicationMac(macKey, { N: count, messages, CP: clientProfile, PP: profile, proofs })
    const flagged = (bytes: Uint8Array | undefined): Uint8Array[] => bytes === undefined ? [uint(0, 1)] : [uint(1, 1), bytes]
    const about = `${count} prekey messages${CP ? ', a Client Profile' : ''}${PP ? ', a Prekey Profile' : ''}`
    group.valid('publication', about, { macKey, proofContext, tag, prekeys, clientProfile, prekeyProfile: profile, ...PP && { sharedPrekey }, ecdhR: s57(ecdhR), dhR, profileR: s57(profileR) }, {
      messages, proofs, mac, message: head(0x08, uint(count, 1), messages, ...flagged(clientProfile), ...flagged(profile), proofs, mac),
    })
    if (PP) group.valid('verifyEcdhProof', `${about}: D`, { usage: 0x15, points: [D], proofContext, c: ofD.c, v: s57(ofD.v) }, {})
    if (count === 0) continue
    const points = { usage: 0x13, points: Y, proofContext, c: ofY.c, v: s57(ofY.v) }
    const keys = { keys: B, proofContext, c: ofB.c, v: ofB.v }
    group.valid('verifyEcdhProof', `${about}: Y`, points, {})
    group.valid('verifyDhProof', `${about}: B`, keys, {})
    if (count < 2) continue
    for (const [name, whole, all] of [['verifyEcdhProof', points, points.points], ['verifyDhProof', keys, keys.keys]] as const) {
      const list = name === 'verifyEcdhProof' ? 'points' : 'keys'
      const bad = (what: string, why: string, change: object): void => { group.invalid(name, `${count} keys: ${what}`, why, { ...whole, ...change }) }
      const v = whole.v instanceof Uint8Array ? whole.v : toBigEndian(whole.v)
      bad('a bit of C is changed', 'the challenge', { c: flipped(whole.c, 5) })
      bad('a bit of V is changed', 'the response', { v: flipped(v, 5) })
      bad('another context', 'm is that of the session', { proofContext: flipped(proofContext, 0) })
      bad('the keys in another order', 'each key has a factor of its own', { [list]: [...all].reverse() })
      bad('a key is missing', 'all keys are proved', { [list]: all.slice(1) })
      bad('a key too many', 'all keys are proved', { [list]: [...all, all[0]!] })
    }
    group.invalid('verifyEcdhProof', `${count} keys: the usage of a Prekey Profile`, 'the usage', { ...points, usage: 0x15 })
    group.invalid('verifyDhProof', `${count} keys: V + q`, 'V is not below q', { ...keys, v: ofB.v + dhQ })
  }
  return group
}
