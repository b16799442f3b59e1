import { concat, littleEndian, mod, toLittleEndian } from './bytes.js'
import { add, decode, encode, G, multiply, q } from './ed448.js'
import { id, kdf, shake256 } from './kdf.js'

/** Signatures, with every random number given. */

const dom4 = Buffer.concat([Buffer.from('SigEd448'), Buffer.from([0, 0])])

/** EdDSA over Ed448 with what is computed on the way: RFC 8032, 5.2.6, with an empty context. */
export interface Signed {
  readonly scalar: bigint
  readonly publicKey: Uint8Array
  readonly r: bigint
  readonly R: Uint8Array
  readonly k: bigint
  readonly S: bigint
  readonly signature: Uint8Array
}

/** The scalar is pruned and not reduced, as RFC 8032 has it. */
export function eddsaSign(symmetricKey: Uint8Array, message: Uint8Array): Signed {
  const h = shake256(symmetricKey, 114)
  const pruned = h.slice(0, 57)
  pruned[0] = pruned[0]! & 0xfc
  pruned[55] = pruned[55]! | 0x80
  pruned[56] = 0
  const scalar = littleEndian(pruned)
  const publicKey = encode(multiply(scalar, G))
  const r = mod(littleEndian(shake256(concat(dom4, h.slice(57), message), 114)), q)
  const R = encode(multiply(r, G))
  const k = mod(littleEndian(shake256(concat(dom4, R, publicKey, message), 114)), q)
  const S = mod(r + k * scalar, q)
  return { scalar, publicKey, r, R, k, S, signature: concat(R, toLittleEndian(S, 57)) }
}

export type Ring = readonly [Uint8Array, Uint8Array, Uint8Array]

/** What a signer draws: t for their own key, c and r for each of the two others, in the order of the ring. */
export interface RingRandom {
  readonly t: bigint
  readonly c: readonly [bigint, bigint]
  readonly r: readonly [bigint, bigint]
}

/** c = HashToScalar(usage_auth || G || q || A1 || A2 || A3 || T1 || T2 || T3 || m). */
export type RingChallenge = (values: Uint8Array) => bigint
const chatChallenge: RingChallenge = (values) => mod(littleEndian(kdf(id.auth, 57, values)), q)

/** RSig: the secret of the key at `place` (0, 1, 2) signs. */
export function ringSign(ring: Ring, place: number, secret: bigint, m: Uint8Array, random: RingRandom, challenge: RingChallenge = chatChallenge): {
  readonly commitments: readonly Uint8Array[]
  readonly challenge: bigint
  readonly sigma: Uint8Array
} {
  const others = [0, 1, 2].filter((n) => n !== place)
  const c = [0n, 0n, 0n]
  const r = [0n, 0n, 0n]
  others.forEach((n, at) => { c[n] = random.c[at]!; r[n] = random.r[at]! })
  const commitments = ring.map((key, n) => encode(n === place ? multiply(random.t, G) : add(multiply(r[n]!, G), multiply(c[n]!, decode(key)))))
  const whole = challenge(concat(encode(G), toLittleEndian(q, 57), ...ring, ...commitments, m))
  c[place] = mod(whole - c[others[0]!]! - c[others[1]!]!, q)
  r[place] = mod(random.t - c[place] * secret, q)
  return { commitments, challenge: whole, sigma: concat(...ring.flatMap((_, n) => [toLittleEndian(c[n]!, 57), toLittleEndian(r[n]!, 57)])) }
}
