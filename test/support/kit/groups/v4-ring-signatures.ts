import { concat, littleEndian, mod, toLittleEndian } from '../../v4-second/bytes.js'
import { ringVerify } from '../../v4-second/dake.js'
import { encode, G, multiply, q, secretScalar } from '../../v4-second/ed448.js'
import { ringSign, type Ring } from '../../v4-second/sign.js'
import { flipped, Group, hex, integer, list } from '../define.js'

const ringField = list(hex('', 57), 'A1, A2, A3: three POINTs')

export function v4RingSignatures(): Group {
  const group = new Group('v4-ring-signatures', 'Ring signatures', 'RSig and RVrf over three keys, the signer at each of the three places.', {
    sign: {
      about: 'RSig(A_place, secret, {A1, A2, A3}, m) with the numbers that are drawn', section: 'OTRv4, Ring Signature Authentication',
      given: {
        ring: ringField, place: integer('1, 2 or 3: whose key the secret belongs to'), secret: hex('little-endian', 57), m: hex('what is signed'),
        t: hex('drawn for the own key, little-endian', 57), c: list(hex('', 57), 'drawn for the two others, in the order of the ring'), r: list(hex('', 57), 'drawn for the two others, in the order of the ring'),
      },
      expected: {
        commitments: list(hex('', 57), 'T1, T2, T3'), challenge: hex('HashToScalar(usage_auth || G || q || A1 || A2 || A3 || T1 || T2 || T3 || m), little-endian', 57),
        sigma: hex('c1 || r1 || c2 || r2 || c3 || r3', 342),
      },
    },
    verify: {
      about: 'RVrf({A1, A2, A3}, sigma, m)', section: 'OTRv4, Ring Signature Authentication',
      given: { ring: list(hex(''), 'A1, A2, A3, as they came'), sigma: hex('as it came'), m: hex('what was signed') }, expected: {},
    },
  })
  const { draw } = group
  const scalar = (label: string): bigint => mod(littleEndian(draw(label, 114)), q)
  const make = (n: number, place: number): { readonly ring: Ring, readonly m: Uint8Array, readonly sigma: Uint8Array } => {
    const secrets = [1, 2, 3].map((k) => secretScalar(draw(`key ${n} ${k}`, 57)))
    const ring = secrets.map((secret) => encode(multiply(secret, G))) as unknown as Ring
    const m = draw(`m ${n}`, 20 + 13 * n)
    const random = { t: scalar(`t ${n}`), c: [scalar(`c1 ${n}`), scalar(`c2 ${n}`)] as const, r: [scalar(`r1 ${n}`), scalar(`r2 ${n}`)] as const }
    const { commitments, challenge, sigma } = ringSign(ring, place, secrets[place]!, m, random)
    if (!ringVerify(ring, sigma, m)) throw new Error('RSig')
    const s = (value: bigint): Uint8Array => toLittleEndian(value, 57)
    group.valid('sign', `place ${place + 1}, ring ${n}`, { ring, place: place + 1, secret: s(mod(secrets[place]!, q)), m, t: s(random.t), c: random.c.map(s), r: random.r.map(s) },
      { commitments, challenge: s(challenge), sigma })
    group.valid('verify', `made at place ${place + 1}, ring ${n}`, { ring, sigma, m }, {})
    return { ring, m, sigma }
  }
  for (let n = 4; n <= 12; n++) make(n, n % 3)
  for (const place of [0, 1, 2]) {
    const { ring, m, sigma } = make(place + 1, place)
    const bad = (about: string, why: string, change: object): void => { group.invalid('verify', `place ${place + 1}: ${about}`, why, { ring, sigma, m, ...change }) }
    for (let n = 0; n < 6; n++) bad(`a bit of ${n % 2 === 0 ? 'c' : 'r'}${(n >> 1) + 1} is changed`, 'sigma was changed', { sigma: flipped(sigma, 57 * n + 5) })
    bad('a bit of m is changed', 'sigma is over other bytes', { m: flipped(m, 2) })
    bad('m is longer', 'sigma is over other bytes', { m: concat(m, Uint8Array.of(0)) })
    bad('m is empty', 'sigma is over other bytes', { m: new Uint8Array(0) })
    const [a, b, c] = ring
    const orders = [[a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]
    orders.forEach((order, at) => { bad(`the ring in another order, ${at + 1}`, 'the order of the ring is signed', { ring: order }) })
    const stranger = encode(multiply(secretScalar(draw('stranger', 57)), G))
    for (let n = 0; n < 3; n++) {
      bad(`key ${n + 1} is another`, 'the ring is signed', { ring: ring.map((key, at) => at === n ? stranger : key) })
      bad(`key ${n + 1} is the identity`, 'the identity is no public key', { ring: ring.map((key, at) => at === n ? toLittleEndian(1n, 57) : key) })
      bad(`key ${n + 1} has small order`, 'a point of small order is no public key', { ring: ring.map((key, at) => at === n ? new Uint8Array(57) : key) })
    }
    const six = Array.from({ length: 6 }, (_, n) => sigma.slice(57 * n, 57 * n + 57))
    bad('c and r of each key are exchanged', 'the order of the scalars', { sigma: concat(...[1, 0, 3, 2, 5, 4].map((n) => six[n]!)) })
    bad('all c before all r', 'the order of the scalars', { sigma: concat(...[0, 2, 4, 1, 3, 5].map((n) => six[n]!)) })
    bad('of zeros', 'nobody signed', { sigma: new Uint8Array(342) })
    bad('341 bytes', 'the length', { sigma: sigma.slice(0, 341) })
    bad('343 bytes', 'the length', { sigma: concat(sigma, Uint8Array.of(0)) })
  }
  return group
}
