import { concat, mod, toBigEndian, toLittleEndian, littleEndian } from '../../v4-second/bytes.js'
import { dhP, dhPublic, isValidDh } from '../../v4-second/dh.js'
import { add, decode, encode, G, multiply, q, secretScalar, type Point } from '../../v4-second/ed448.js'
import { flipped, Group, hex, flag } from '../define.js'

const p = 2n ** 448n - 2n ** 224n - 1n

export function v4Points(): Group {
  const group = new Group('v4-points', 'Points, scalars and group elements', 'What may be used as a public key, and what must be refused: every encoding that is not canonical, every point outside the subgroup of prime order.', {
    point: {
      about: 'A POINT from the network is decoded and validated', section: 'OTRv4, Encoding and Decoding; Verifying that a point is on the curve',
      given: { point: hex('as it came') },
      expected: { x: hex('affine, big-endian without leading zeros'), y: hex('affine, big-endian without leading zeros'), double: hex('P + P', 57), minus: hex('0 - P', 57) },
    },
    pointSum: {
      about: 'P + Q', section: 'RFC 8032, 5.2.4', given: { p: hex('P', 57), q: hex('Q', 57) }, expected: { sum: hex('P + Q', 57), difference: hex('P - Q', 57) },
    },
    multiply: {
      about: 'scalar * G and scalar * P', section: 'OTRv4, Elliptic Curve Parameters',
      given: { scalar: hex('little-endian', 57), p: hex('P', 57) }, expected: { timesG: hex('scalar * G', 57), timesP: hex('scalar * P', 57) },
    },
    scalar: {
      about: 'Scalars mod q: a wide number reduced, and what proofs compute', section: 'OTRv4, Elliptic Curve Parameters',
      given: { wide: hex('little-endian', 114), a: hex('little-endian', 57), b: hex('little-endian', 57) },
      expected: { reduced: hex('wide mod q', 57), sum: hex('a + b mod q', 57), difference: hex('a - b mod q', 57), product: hex('a * b mod q', 57) },
    },
    dhElement: {
      about: 'A DH public key from the network is validated', section: 'OTRv4, Verifying that an integer is in the DH group',
      given: { number: hex('big-endian, as it came') }, expected: { member: flag('true: 2 <= number <= p - 2, and number^q = 1 mod p') },
    },
  })
  const { draw } = group
  const good = (about: string, P: Point): void => {
    const encoded = encode(P)
    const { x, y } = decode(encoded)
    group.valid('point', about, { point: encoded }, { x, y, double: encode(add(P, P)), minus: flipped(encoded, 56, 0x80) })
  }
  for (const n of [1n, 2n, 3n, 4n, 5n, q - 1n, q - 2n, (q + 1n) / 2n]) good(n === q - 1n ? 'G * (q - 1)' : n === q - 2n ? 'G * (q - 2)' : n > 9n ? 'half of G' : `G * ${n}`, multiply(n, G))
  for (let n = 1; n <= 12; n++) good(`a public key, ${n}`, multiply(secretScalar(draw(`point ${n}`, 57)), G))

  const bad = (about: string, why: string, point: Uint8Array): void => {
    let refused = false
    try { decode(point) } catch { refused = true }
    if (!refused) throw new Error(`the second implementation accepts: ${about}`)
    group.invalid('point', about, why, { point })
  }
  const sign = (bytes: Uint8Array): Uint8Array => flipped(bytes, 56, 0x80)
  const order2 = toLittleEndian(p - 1n, 57)
  bad('the identity', 'the identity is no public key', toLittleEndian(1n, 57))
  bad('the identity with the sign of x set', 'x is 0, so its sign must be 0', sign(toLittleEndian(1n, 57)))
  bad('the point of order 2: (0, -1)', 'small order', order2)
  bad('the point of order 2 with the sign of x set', 'x is 0, so its sign must be 0', sign(order2))
  bad('a point of order 4: (1, 0)', 'small order', toLittleEndian(0n, 57))
  bad('the other point of order 4: (-1, 0)', 'small order', sign(toLittleEndian(0n, 57)))
  bad('y = p: 0, not canonical', 'y is not below p', toLittleEndian(p, 57))
  bad('y = p + 1: the identity, not canonical', 'y is not below p', toLittleEndian(p + 1n, 57))
  for (let n = 2n; n <= 6n; n++) bad(`y = p + ${n}`, 'y is not below p', toLittleEndian(p + n, 57))
  bad('y = 2^448 - 1', 'y is not below p', toLittleEndian(2n ** 448n - 1n, 57))
  bad('all bits set', 'y is not below p', new Uint8Array(57).fill(0xff))
  const T2: Point = { x: 0n, y: p - 1n, z: 1n }
  const T4: Point = { x: 1n, y: 0n, z: 1n }
  for (let n = 1; n <= 4; n++) {
    const P = multiply(secretScalar(draw(`mixed ${n}`, 57)), G)
    bad(`a public key plus the point of order 2, ${n}`, 'not in the subgroup of prime order', encode(add(P, T2)))
    bad(`a public key plus a point of order 4, ${n}`, 'not in the subgroup of prime order', encode(add(P, T4)))
    for (const bit of [1, 2, 0x40]) bad(`bit ${bit} of the last byte is set, ${n}`, 'y is not below p', flipped(encode(P), 56, bit))
  }
  let found = 0
  for (let n = 2n; found < 8; n++) {
    const bytes = toLittleEndian(n, 57)
    try { decode(bytes) } catch (error) {
      if ((error as Error).message !== 'no such point') continue
      bad(`y = ${n}`, 'there is no such point on the curve', bytes)
      found++
    }
  }
  const G57 = encode(G)
  bad('56 bytes', 'the length', G57.slice(0, 56))
  bad('58 bytes', 'the length', concat(G57, Uint8Array.of(0)))
  bad('empty', 'the length', new Uint8Array(0))

  for (let n = 1; n <= 6; n++) {
    const [P, Q] = [multiply(secretScalar(draw(`sum ${n}`, 57)), G), multiply(secretScalar(draw(`and ${n}`, 57)), G)]
    group.valid('pointSum', `two public keys, ${n}`, { p: encode(P), q: encode(Q) }, { sum: encode(add(P, Q)), difference: encode(add(P, multiply(q - 1n, Q))) })
  }
  group.valid('pointSum', 'P + P and P - P: the identity', { p: G57, q: G57 }, { sum: encode(add(G, G)), difference: toLittleEndian(1n, 57) })
  const P = multiply(secretScalar(draw('base', 57)), G)
  for (const [about, s] of [['0', 0n], ['1', 1n], ['2', 2n], ['q - 1', q - 1n], ['q', q], ['q + 1', q + 1n], ['2^446', 2n ** 446n], ['2^447 + 4', 2n ** 447n + 4n]] as const) {
    group.valid('multiply', about, { scalar: toLittleEndian(s, 57), p: encode(P) }, { timesG: encode(multiply(mod(s, q), G)), timesP: encode(multiply(mod(s, q), P)) })
  }
  for (let n = 1; n <= 8; n++) {
    const s = secretScalar(draw(`times ${n}`, 57))
    group.valid('multiply', `a secret scalar, ${n}`, { scalar: toLittleEndian(s, 57), p: encode(P) }, { timesG: encode(multiply(s, G)), timesP: encode(multiply(s, P)) })
  }
  const edge = (wide: bigint, a: bigint, b: bigint, about: string): void => {
    const s = (value: bigint): Uint8Array => toLittleEndian(mod(value, q), 57)
    group.valid('scalar', about, { wide: toLittleEndian(wide, 114), a: toLittleEndian(a, 57), b: toLittleEndian(b, 57) }, { reduced: s(wide), sum: s(a + b), difference: s(a - b), product: s(a * b) })
  }
  edge(0n, 0n, 0n, 'zeros')
  edge(q, q - 1n, 1n, 'q; q - 1 and 1')
  edge(q - 1n, 1n, q - 1n, 'q - 1; 1 and q - 1')
  edge(2n ** 912n - 1n, q - 1n, q - 1n, 'all bits; q - 1 twice')
  edge(q * q, 2n, q - 2n, 'q * q; 2 and q - 2')
  for (let n = 1; n <= 8; n++) edge(littleEndian(draw(`wide ${n}`, 114)), mod(littleEndian(draw(`a ${n}`, 114)), q), mod(littleEndian(draw(`b ${n}`, 114)), q), `random numbers, ${n}`)

  const member = (about: string, number: bigint): void => {
    if (!isValidDh(number)) throw new Error(about)
    group.valid('dhElement', about, { number: toBigEndian(number) }, { member: true })
  }
  member('2', 2n)
  member('4', 4n)
  member('9', 9n)
  for (let n = 1; n <= 6; n++) member(`a public key, ${n}`, dhPublic(draw(`dh ${n}`, 80)))
  const refuse = (about: string, why: string, number: bigint | Uint8Array): void => { group.invalid('dhElement', about, why, { number: typeof number === 'bigint' ? toBigEndian(number) : number }) }
  refuse('0', 'below 2', 0n)
  refuse('1', 'below 2', 1n)
  refuse('p - 1', 'order 2', dhP - 1n)
  refuse('p', 'not below p - 1', dhP)
  refuse('p + 1', 'not below p - 1', dhP + 1n)
  refuse('p + 4', 'not below p - 1, though 4 is a member', dhP + 4n)
  refuse('2p + 4', 'not below p - 1, though 4 is a member', 2n * dhP + 4n)
  refuse('2^3072 - 1', 'not below p - 1', 2n ** 3072n - 1n)
  refuse('p - 2', 'not in the subgroup of order q', dhP - 2n)
  refuse('p - 4', 'not in the subgroup of order q', dhP - 4n)
  for (let n = 1; n <= 6; n++) refuse(`the negative of a public key, ${n}`, 'not in the subgroup of order q', dhP - dhPublic(draw(`dh ${n}`, 80)))
  return group
}
