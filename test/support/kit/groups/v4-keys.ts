import { readFileSync } from 'node:fs'
import { concat, toBigEndian, toLittleEndian } from '../../v4-second/bytes.js'
import { dhP, dhPublic, dhShared, isValidDh } from '../../v4-second/dh.js'
import { decode, eddsaVerify, encode, G, multiply, q, secretScalar } from '../../v4-second/ed448.js'
import { shake256 } from '../../v4-second/kdf.js'
import { eddsaSign } from '../../v4-second/sign.js'
import { flipped, Group, hex } from '../define.js'

interface Published {
  readonly name?: string
  readonly comment?: string
  readonly id?: number
  readonly context?: string
  readonly publicKey: string
  readonly message: string
  readonly signature: string
  readonly symmetricKey?: string
  readonly valid?: boolean
}

const published = (name: string): readonly Published[] =>
  (JSON.parse(readFileSync(new URL(`../../../vectors/data/${name}.json`, import.meta.url), 'utf8')) as { tests: readonly Published[] }).tests
const bytes = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

export function v4Keys(): Group {
  const group = new Group('v4-keys', 'Keys, shared secrets and EdDSA signatures', 'Every key is made of the random bytes that are given.', {
    ecdhKeyPair: {
      about: 'generateECDH(), and the key pairs of H, D and F: SHAKE-256, pruned', section: 'OTRv4, Generating ECDH and DH keys; RFC 8032, 5.2.5',
      given: { random: hex('r or sym_key', 57) },
      expected: { digest: hex('SHAKE-256(random, 114)', 114), secret: hex('the scalar, little-endian: pruned and not reduced', 57), public: hex('POINT', 57) },
    },
    dhKeyPair: {
      about: 'generateDH(): g3^r mod dh_p', section: 'OTRv4, Generating ECDH and DH keys',
      given: { random: hex('r, big-endian', 80) }, expected: { public: hex('big-endian without leading zeros') },
    },
    ecdh: {
      about: 'K_ecdh of a secret scalar and a public key', section: 'OTRv4, Generating Shared Secrets',
      given: { secret: hex('the scalar, little-endian', 57), public: hex('the POINT of the other side', 57) }, expected: { shared: hex('K_ecdh, a POINT', 57) },
    },
    dh: {
      about: 'k_dh of an exponent and a public key', section: 'OTRv4, Generating Shared Secrets',
      given: { secret: hex('big-endian', 80), public: hex('big-endian without leading zeros') }, expected: { shared: hex('k_dh, big-endian without leading zeros: so it is hashed') },
    },
    sign: {
      about: 'EdDSA over Ed448 without context, with what stands between', section: 'RFC 8032, 5.2.6',
      given: { symmetricKey: hex('sym_key', 57), message: hex('what is signed') },
      expected: { public: hex('POINT', 57), r: hex('SHAKE-256(dom4 || prefix || message, 114) mod q, little-endian', 57), R: hex('G * r', 57), k: hex('the challenge mod q, little-endian', 57), signature: hex('R || S', 114) },
    },
    verify: {
      about: 'EdDSA over Ed448, verified', section: 'RFC 8032, 5.2.7',
      given: { public: hex('as it came'), message: hex('what was signed'), signature: hex('as it came') }, expected: {},
    },
  })
  const { draw } = group
  for (let n = 1; n <= 12; n++) {
    const random = draw(`ecdh ${n}`, 57)
    const secret = secretScalar(random)
    group.valid('ecdhKeyPair', `random bytes ${n}`, { random }, { digest: shake256(random, 114), secret: toLittleEndian(secret, 57), public: encode(multiply(secret, G)) })
  }
  for (const [about, random] of [['all zeros', new Uint8Array(57)], ['all ones', new Uint8Array(57).fill(0xff)]] as const) {
    const secret = secretScalar(random)
    group.valid('ecdhKeyPair', about, { random }, { digest: shake256(random, 114), secret: toLittleEndian(secret, 57), public: encode(multiply(secret, G)) })
  }
  for (let n = 1; n <= 8; n++) group.valid('dhKeyPair', `random bytes ${n}`, { random: draw(`dh ${n}`, 80) }, { public: dhPublic(draw(`dh ${n}`, 80)) })
  for (const [about, last] of [['the exponent 1', 1], ['the exponent 5: the public key is one byte', 5]] as const) {
    const random = new Uint8Array(80)
    random[79] = last
    group.valid('dhKeyPair', about, { random }, { public: dhPublic(random) })
  }
  for (let n = 1; n <= 8; n++) {
    const [ours, theirs] = [secretScalar(draw(`ours ${n}`, 57)), secretScalar(draw(`theirs ${n}`, 57))]
    const shared = encode(multiply(ours, multiply(theirs, G)))
    group.valid('ecdh', `pair ${n}, one side`, { secret: toLittleEndian(ours, 57), public: encode(multiply(theirs, G)) }, { shared })
    group.valid('ecdh', `pair ${n}, the other side`, { secret: toLittleEndian(theirs, 57), public: encode(multiply(ours, G)) }, { shared })
  }
  const secret = toLittleEndian(secretScalar(draw('ours 1', 57)), 57)
  const identityPoint = toLittleEndian(1n, 57)
  group.invalid('ecdh', 'their key is the identity', 'the identity is no public key', { secret, public: identityPoint })
  group.invalid('ecdh', 'their key has order 2', 'a point of small order is no public key', { secret, public: toLittleEndian(2n ** 448n - 2n ** 224n - 2n, 57) })
  group.invalid('ecdh', 'their key has order 4', 'a point of small order is no public key', { secret, public: new Uint8Array(57) })
  for (let n = 1; n <= 6; n++) {
    const [ours, theirs] = [draw(`dh ours ${n}`, 80), draw(`dh theirs ${n}`, 80)]
    const shared = dhShared(ours, dhPublic(theirs))
    group.valid('dh', `pair ${n}, one side`, { secret: ours, public: dhPublic(theirs) }, { shared })
    group.valid('dh', `pair ${n}, the other side`, { secret: theirs, public: dhPublic(ours) }, { shared })
  }
  for (const [about, bad] of [['0', 0n], ['1', 1n], ['p - 1', dhP - 1n], ['p', dhP], ['p + 2', dhP + 2n], ['no member of the subgroup', nonMember()]] as const) {
    group.invalid('dh', `their key is ${about}`, 'the number is not in the group of prime order', { secret: draw('dh ours 1', 80), public: toBigEndian(bad) })
  }
  for (const { name, context, symmetricKey, message } of published('ed448-rfc8032')) {
    if (context !== '' || symmetricKey === undefined) continue
    signed(group, `RFC 8032, ${name ?? ''}`, bytes(symmetricKey), bytes(message), ['RFC 8032, 7.4'])
  }
  for (let n = 1; n <= 8; n++) signed(group, `a message of ${17 * n} bytes`, draw(`sign ${n}`, 57), draw(`signed ${n}`, 17 * n))
  const key = draw('sign 1', 57)
  const message = draw('signed 1', 17)
  const { publicKey, signature, S, R } = eddsaSign(key, message)
  for (let n = 2; n <= 8; n++) {
    const one = eddsaSign(draw(`sign ${n}`, 57), draw(`signed ${n}`, 17 * n))
    group.valid('verify', `a message of ${17 * n} bytes`, { public: one.publicKey, message: draw(`signed ${n}`, 17 * n), signature: one.signature }, {})
  }
  const base = { public: publicKey, message, signature }
  const wrong: readonly (readonly [string, string, object])[] = [
    ['another message', 'the signature is of other bytes', { message: flipped(message, 0) }],
    ['the message is longer', 'the signature is of other bytes', { message: concat(message, Uint8Array.of(0)) }],
    ['another R', 'the signature was changed', { signature: flipped(signature, 3) }],
    ['another S', 'the signature was changed', { signature: flipped(signature, 60) }],
    ['S + q', 'S is not below q', { signature: concat(R, toLittleEndian(S + q, 57)) }],
    ['the last byte of S is not 0', 'S is not below q', { signature: flipped(signature, 113, 0x80) }],
    ['another public key', 'the signature is of another key', { public: eddsaSign(draw('sign 2', 57), message).publicKey }],
    ['the public key is the identity', 'the identity is no public key', { public: identityPoint }],
    ['113 bytes', 'the length of the signature', { signature: signature.slice(0, 113) }],
    ['115 bytes', 'the length of the signature', { signature: concat(signature, Uint8Array.of(0)) }],
    ['R is no point', 'R does not decode', { signature: concat(new Uint8Array(57).fill(0xff), signature.slice(57)) }],
    ['of zeros', 'the signature was not made by the key', { signature: new Uint8Array(114) }],
  ]
  for (const [about, why, change] of wrong) group.invalid('verify', about, why, { ...base, ...change })
  for (const { id, comment, publicKey: H, message: m, signature: sigma, valid } of published('ed448-wycheproof')) {
    if (m.length > 200) continue
    const about = `Wycheproof ${id ?? 0}${comment === undefined || comment === '' ? '' : `: ${comment}`}`
    const given = { public: bytes(H), message: bytes(m), signature: bytes(sigma) }
    const good = verifies(given)
    if (good !== valid) throw new Error(`${about}: the second implementation finds it ${good ? 'valid' : 'invalid'}`)
    if (valid) group.valid('verify', about, given, {}, ['Wycheproof, ed448_test.json'])
    else group.invalid('verify', about, comment ?? 'the signature is not of the key', given, ['Wycheproof, ed448_test.json'])
  }
  return group
}

function signed(group: Group, about: string, symmetricKey: Uint8Array, message: Uint8Array, confirmedBy?: readonly string[]): void {
  const { publicKey, r, R, k, signature } = eddsaSign(symmetricKey, message)
  decode(publicKey)
  group.valid('sign', about, { symmetricKey, message }, { public: publicKey, r: toLittleEndian(r, 57), R, k: toLittleEndian(k, 57), signature }, confirmedBy)
}

function verifies({ public: H, message, signature }: { readonly public: Uint8Array, readonly message: Uint8Array, readonly signature: Uint8Array }): boolean {
  try {
    return signature.length === 114 && eddsaVerify(H, message, signature)
  } catch {
    return false
  }
}

function nonMember(): bigint {
  for (let x = 3n; ; x++) if (!isValidDh(x)) return x
}
