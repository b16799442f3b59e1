import { bigEndian, concat, data, mod, toLittleEndian, uint } from '../../v4-second/bytes.js'
import { id, kdf } from '../../v4-second/kdf.js'
import { field, prekeyProfile, profileFields, signFields, typedKey, type ProfileContents } from '../../v4-second/write.js'
import { dsaSign } from '../../v3-second/dsa.js'
import { flipped, Group, hex, integer, list, optional, text } from '../define.js'
import { dsaAlice, dsaBob, EXPIRATION, NOW, person, publicOf } from '../people.js'

export function v4Profiles(): Group {
  const group = new Group('v4-profiles', 'Client Profiles and Prekey Profiles', 'How they are made, and each thing that a receiver checks. Invalid profiles are signed again wherever the signature is not the matter.', {
    clientProfile: {
      about: 'A Client Profile, made and signed; with a DSA key, with the transitional signature', section: 'OTRv4, Client Profile Data Type; Create a Client Profile',
      given: {
        instanceTag: integer('of the client'), symmetricKey: hex('sym_key of H', 57), forgingKey: hex('F', 57), versions: text('one digit a version'), expiration: integer('seconds since 1970'),
        dsaKey: optional(hex('PUBKEY of version 3')), dsaX: optional(hex('its private number')), dsaK: optional(hex('the nonce of the transitional signature')),
      },
      expected: {
        fields: list(hex(''), 'each field with its type, ascending'), transitionalSigned: optional(hex('what the DSA key signs: the fields before the signature, as one number mod q')), transitionalSignature: optional(hex('r || s', 40)),
        signed: hex('what H signs: all fields'), signature: hex('EdDSA', 114), profile: hex('the number of fields, the fields, the signature'), fingerprint: hex('of H and F', 56),
      },
    },
    verifyClientProfile: {
      about: 'A Client Profile from the network', section: 'OTRv4, Validating a Client Profile',
      given: { profile: hex('as it came'), senderTag: integer('the sender instance tag of the message that it came in'), now: integer('seconds since 1970') }, expected: { fingerprint: hex('of H and F', 56) },
    },
    prekeyProfile: {
      about: 'A Prekey Profile, made and signed', section: 'OTRv4, Prekey Profile Data Type; Create a Prekey Profile',
      given: { instanceTag: integer('of the client'), symmetricKey: hex('sym_key of H', 57), sharedPrekey: hex('D', 57), expiration: integer('seconds since 1970') },
      expected: { signed: hex('tag, expiration, typed D'), signature: hex('EdDSA', 114), profile: hex('whole', 185) },
    },
    verifyPrekeyProfile: {
      about: 'A Prekey Profile from the network', section: 'OTRv4, Validating a Prekey Profile',
      given: { profile: hex('as it came'), publicKey: hex('H of the Client Profile', 57), instanceTag: integer('that it has to be for'), now: integer('seconds since 1970') }, expected: {},
    },
  })
  const { draw } = group
  const alice = person(draw, 'alice@example.org', 0x27e31597)
  const contents: ProfileContents = { instanceTag: alice.instanceTag, publicKey: alice.publicKey, forgingKey: alice.forgingKey, versions: '4', expiration: BigInt(EXPIRATION) }
  const make = (about: string, symmetricKey: Uint8Array, given: ProfileContents, dsa?: typeof dsaAlice): void => {
    const k = dsa === undefined ? 0n : mod(bigEndian(draw(`${about} k`, 40)), dsa.key.q - 1n) + 1n
    const unsigned = profileFields({ ...given, ...dsa !== undefined && { dsaKey: dsa.pubkey } })
    const transitionalSigned = concat(...unsigned)
    const transitionalSignature = dsa && dsaSign(dsa.key, dsa.x, transitionalSigned, k)
    const fields = [...unsigned, ...transitionalSignature === undefined ? [] : [field(7, transitionalSignature)]]
    const { signed, signature, bytes } = signFields(fields, symmetricKey)
    const fingerprint = kdf(id.fingerprint, 56, given.publicKey, given.forgingKey)
    const { instanceTag, forgingKey, versions, expiration } = given
    group.valid('clientProfile', about, { instanceTag, symmetricKey, forgingKey, versions, expiration: Number(expiration), ...dsa !== undefined && { dsaKey: dsa.pubkey, dsaX: dsa.x, dsaK: k } },
      { fields, ...dsa !== undefined && { transitionalSigned, transitionalSignature }, signed, signature, profile: bytes, fingerprint })
    group.valid('verifyClientProfile', about, { profile: bytes, senderTag: instanceTag, now: NOW }, { fingerprint })
  }
  make('version 4 alone', alice.symmetricKey, contents)
  for (let n = 1; n <= 4; n++) {
    const someone = person(draw, `somebody ${n}`, 0x100 + n * 0x1234567)
    make(`somebody else, ${n}`, someone.symmetricKey, { ...contents, instanceTag: someone.instanceTag, publicKey: someone.publicKey, forgingKey: someone.forgingKey, expiration: BigInt(NOW + n * 86_400) })
  }
  make('the smallest instance tag', alice.symmetricKey, { ...contents, instanceTag: 0x100 })
  make('the greatest instance tag', alice.symmetricKey, { ...contents, instanceTag: 0xffffffff })
  make('it ends in a second', alice.symmetricKey, { ...contents, expiration: BigInt(NOW + 1) })
  make('versions 3 and 4, the key of RFC 6979', alice.symmetricKey, { ...contents, versions: '34' }, dsaAlice)
  make('versions 3 and 4, a key in the group of Java\'s libraries', alice.symmetricKey, { ...contents, versions: '34' }, dsaBob)

  const fields = profileFields(contents)
  const sign = (all: readonly Uint8Array[], key = alice.symmetricKey): Uint8Array => signFields(all, key).bytes
  const good = sign(fields)
  const bad = (about: string, why: string, profile: Uint8Array, change: { readonly senderTag?: number, readonly now?: number } = {}): void => {
    group.invalid('verifyClientProfile', about, why, { profile, senderTag: alice.instanceTag, now: NOW, ...change })
  }
  const having = (change: Partial<ProfileContents>): Uint8Array => sign(profileFields({ ...contents, ...change }))
  bad('another sender tag', 'the tag is not that of the message', good, { senderTag: 0x27e31598 })
  bad('the tag is 0xff', 'a tag below 0x100', having({ instanceTag: 0xff }), { senderTag: 0xff })
  bad('the tag is 0', 'a tag below 0x100', having({ instanceTag: 0 }), { senderTag: 0 })
  bad('it ends now', 'expired', good, { now: EXPIRATION })
  bad('it ended a second ago', 'expired', good, { now: EXPIRATION + 1 })
  bad('it ended at 0', 'expired', having({ expiration: 0n }))
  for (const [about, versions] of [['version 3 alone', '3'], ['none', ''], ['version 2 and 4', '24'], ['version 1 and 4', '14'], ['no digits', 'four'], ['4 twice', '44']] as const) bad(`versions: ${about}`, 'the versions are not acceptable', having({ versions }))
  const identity = toLittleEndian(1n, 57)
  for (const [about, why, key] of [['the identity', 'the identity is no public key', identity], ['of order 4', 'a point of small order', new Uint8Array(57)], ['no canonical encoding', 'y is not below p', new Uint8Array(57).fill(0xff)]] as const) {
    bad(`F is ${about}`, why, having({ forgingKey: key }))
    bad(`H is ${about}`, why, having({ publicKey: key }))
  }
  bad('H is that of another', 'the signature is not by H', having({ publicKey: publicOf(draw('other', 57)) }))
  const names = ['the instance tag', 'H', 'F', 'the versions', 'the expiration']
  names.forEach((name, at) => {
    bad(`${name} is missing`, 'a required field is missing', sign(fields.filter((_, n) => n !== at)))
    bad(`${name} is there twice`, 'a field may be there once', sign([...fields.slice(0, at + 1), fields[at]!, ...fields.slice(at + 1)]))
  })
  for (const [about, order] of [['the first two fields exchanged', [1, 0, 2, 3, 4]], ['the fields backwards', [4, 3, 2, 1, 0]]] as const) bad(about, 'the fields ascend by their types', sign(order.map((n) => fields[n]!)))
  bad('a field of type 8', 'an unknown field', sign([...fields, field(8, uint(0, 4))]))
  bad('a field of type 0', 'an unknown field', sign([field(0, uint(0, 4)), ...fields]))
  for (const [about, type] of [['a forging key', 0x12], ['a shared prekey', 0x11]] as const) bad(`H has the type of ${about}`, 'the type of the key', sign([fields[0]!, field(2, typedKey(type, alice.publicKey)), ...fields.slice(2)]))
  bad('F has the type of H', 'the type of the key', sign([...fields.slice(0, 2), field(3, typedKey(0x10, alice.forgingKey)), ...fields.slice(3)]))
  bad('the type of H is big-endian', 'the type of a key is little-endian', sign([fields[0]!, field(2, concat(Uint8Array.of(0, 0x10), alice.publicKey)), ...fields.slice(2)]))
  bad('four fields are announced', 'the number of fields', concat(uint(4, 4), good.slice(4)))
  bad('six fields are announced', 'the number of fields', concat(uint(6, 4), good.slice(4)))
  bad('2^32 - 1 fields are announced', 'the number of fields', concat(uint(0xffffffff, 4), good.slice(4)))
  bad('a byte too many', 'something stands behind the signature', concat(good, Uint8Array.of(0)))
  for (const length of [0, 3, 4, 9, 70, 130, 140, 152, good.length - 114, good.length - 1]) bad(`cut to ${length} bytes`, 'it is too short', good.slice(0, length))
  bad('a bit of the tag is changed', 'the signature is over other bytes', flipped(good, 9), { senderTag: flipped(uint(alice.instanceTag, 4), 3)[3]! + (alice.instanceTag & 0xffffff00) })
  bad('a bit of the expiration is changed', 'the signature is over other bytes', flipped(good, good.length - 115))
  bad('a bit of F is changed into another point', 'the signature is over other bytes', concat(good.slice(0, 4), ...fields.slice(0, 2), field(3, typedKey(0x12, publicOf(draw('other F', 57)))), ...fields.slice(3), good.slice(good.length - 114)))
  bad('a bit of R is changed', 'the signature', flipped(good, good.length - 114))
  bad('a bit of S is changed', 'the signature', flipped(good, good.length - 57))
  bad('the signature is of the number of fields too', 'the signature is over the fields alone', concat(uint(5, 4), ...fields, signFields([uint(5, 4), ...fields], alice.symmetricKey).signature))
  bad('the versions are longer than the profile', 'a length that is not there', sign([...fields.slice(0, 3), field(4, concat(uint(0xffffffff, 4), Uint8Array.of(0x34))), fields[4]!]))
  const withDsa = profileFields({ ...contents, versions: '34', dsaKey: dsaAlice.pubkey })
  const transitional = dsaSign(dsaAlice.key, dsaAlice.x, concat(...withDsa), 12345n)
  bad('a transitional signature without its key', 'the DSA key and its signature come together', sign([...profileFields({ ...contents, versions: '34' }), field(7, transitional)]))
  bad('a DSA key without the transitional signature', 'the DSA key and its signature come together', sign(withDsa))
  bad('a bit of the transitional signature is changed', 'the transitional signature', sign([...withDsa, field(7, flipped(transitional, 25))]))
  bad('the transitional signature is of another key', 'the transitional signature', sign([...withDsa, field(7, dsaSign(dsaBob.key, dsaBob.x, concat(...withDsa), 12345n))]))
  bad('the transitional signature is of zeros', 'r and s are at least 1', sign([...withDsa, field(7, new Uint8Array(40))]))
  bad('a DSA key of another type', 'the type of the key', sign([...profileFields({ ...contents, versions: '34' }), field(6, concat(uint(1, 2), dsaAlice.pubkey.slice(2))), field(7, transitional)]))

  const D = publicOf(draw('D', 57))
  for (let n = 1; n <= 4; n++) {
    const sharedPrekey = publicOf(draw(`D ${n}`, 57))
    const { signed, signature, bytes } = prekeyProfile(alice.instanceTag, BigInt(NOW + n * 86_400), sharedPrekey, alice.symmetricKey)
    group.valid('prekeyProfile', `shared prekey ${n}`, { instanceTag: alice.instanceTag, symmetricKey: alice.symmetricKey, sharedPrekey, expiration: NOW + n * 86_400 }, { signed, signature, profile: bytes })
    group.valid('verifyPrekeyProfile', `shared prekey ${n}`, { profile: bytes, publicKey: alice.publicKey, instanceTag: alice.instanceTag, now: NOW }, {})
  }
  const prekey = (tag: number, expiration: number, key: Uint8Array, signer = alice.symmetricKey): Uint8Array => prekeyProfile(tag, BigInt(expiration), key, signer).bytes
  const goodPrekey = prekey(alice.instanceTag, EXPIRATION, D)
  const refuse = (about: string, why: string, profile: Uint8Array, change: object = {}): void => { group.invalid('verifyPrekeyProfile', about, why, { profile, publicKey: alice.publicKey, instanceTag: alice.instanceTag, now: NOW, ...change }) }
  refuse('signed by another', 'the signature is not by H', prekey(alice.instanceTag, EXPIRATION, D, draw('other', 57)))
  refuse('another instance tag', 'the tag is another', prekey(0x12345678, EXPIRATION, D))
  refuse('it ends now', 'expired', goodPrekey, { now: EXPIRATION })
  refuse('it ended at 0', 'expired', prekey(alice.instanceTag, 0, D))
  for (const [about, why, key] of [['the identity', 'the identity is no public key', identity], ['of order 4', 'a point of small order', new Uint8Array(57)], ['no canonical encoding', 'y is not below p', new Uint8Array(57).fill(0xff)]] as const) refuse(`D is ${about}`, why, prekey(alice.instanceTag, EXPIRATION, key))
  refuse('a bit of the expiration is changed', 'the signature is over other bytes', flipped(goodPrekey, 11))
  refuse('a bit of the signature is changed', 'the signature', flipped(goodPrekey, 184))
  refuse('D has the type of H', 'the type of the key', concat(goodPrekey.slice(0, 12), Uint8Array.of(0x10), goodPrekey.slice(13)))
  refuse('cut', 'it is too short', goodPrekey.slice(0, 184))
  refuse('a byte too many', 'something stands behind the signature', concat(goodPrekey, Uint8Array.of(0)))
  refuse('the bytes of a Client Profile', 'it is something else', data(good))
  return group
}
