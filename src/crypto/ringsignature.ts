import { OtrError } from '../errors.js'
import type { Ed448 } from './arithmetic.js'
import { equalBytes, wipe } from './compare.js'
import { hwc, shake256, usage } from './kdf.js'
import { getArithmetic } from './provider.js'
import { randomBytes, type RandomSource } from './random.js'
import { SCALAR_LENGTH, WIDE_LENGTH } from './scalars.js'
import { copySecret } from './secret.js'
import { publicBytes } from '../wire/public-bytes.js'
import { uint32be } from '../wire/bytes.js'

/** The three public keys `{A1, A2, A3}`: POINTs of 57 bytes. Their order counts, and must not depend on who signs. */
export type Ring = readonly [Uint8Array, Uint8Array, Uint8Array]

/**
 * How the challenge encodes the message m. `bare`: its bytes alone, as the specification says. `data`: its length as four bytes big-endian, then
 * its bytes, as two other implementations do.
 */
export type RingMessageForm = 'bare' | 'data'

/** The hash that makes the challenge: `length` bytes over the concatenation of parts. */
export type RingHash = (parts: readonly Uint8Array[], length: number) => Uint8Array

/** The hash of OTRv4: HWC with usage_auth. The prekey protocol has its own. */
const chatHash: RingHash = (parts, length) => hwc(usage.auth, parts, length)

/** Bytes of a RING-SIG: c1, r1, c2, r2, c3, r3, each a SCALAR. */
export const RING_SIGNATURE_LENGTH = 6 * SCALAR_LENGTH

/** The value for each of the three keys. */
type Three<T> = readonly [T, T, T]

const three = <T>(make: (i: 0 | 1 | 2) => T): Three<T> => [make(0), make(1), make(2)]

/** Returns `a` if the bit is 1, `b` if it is 0, without a branch. Both have the same length. */
function select(bit: number, a: Uint8Array, b: Uint8Array): Uint8Array {
  const mask = -bit & 0xff
  const selected = copySecret(b)
  for (let i = 0; i < selected.length; i++) selected[i] = (selected[i] ?? 0) ^ (mask & ((selected[i] ?? 0) ^ (a[i] ?? 0)))
  return selected
}

/** HashToScalar(usage_auth || G || q || A1 || A2 || A3 || T1 || T2 || T3 || m). */
function challenge(
  ring: Ring, commitments: Three<Uint8Array>, message: Uint8Array, form: RingMessageForm, hash: RingHash, ed448: Ed448,
): Uint8Array {
  const length = form === 'data' ? uint32be(message.length) : publicBytes(0)
  return ed448.reduceScalar(hash([ed448.generator, ed448.order, ...ring, ...commitments, length, message], SCALAR_LENGTH))
}

/** What `ringSign` needs. */
export interface RingSignInput {
  readonly ring: Ring
  /** The secret scalar of any one of the three keys, 57 bytes little-endian. */
  readonly secret: Uint8Array
  /** m, the message to authenticate. */
  readonly message: Uint8Array
  readonly form: RingMessageForm
  readonly random: RandomSource
  /** Default: OTRv4's. */
  readonly hash?: RingHash
}

/**
 * RSig: proves knowledge of the secret of one of three keys, without revealing of which one. 342 bytes. It has the generalised form of the
 * specification, with two deviations that no verifier notices:
 *
 * - All random scalars are uniform over [0, q). Hashed and pruned scalars would differ visibly from the signer's own c and r.
 * - Every commitment and every response is computed both ways, and the one to use is selected without a branch.
 *
 * The scalars come from a hash of random bytes, the secret and everything that is signed. So two messages never share a commitment, which would
 * reveal the secret, even if the source repeats itself. It consumes 114 bytes of `random`.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`; `OTR_POINT` if a ring key is no valid public key; `OTR_INTERNAL` if the secret belongs to none of them
 * @see [OTRv4, "Ring Signature Authentication"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#ring-signature-authentication)
 */
export function ringSign({ ring, secret, message, form, random, hash = chatHash }: RingSignInput): Uint8Array {
  const { ed448 } = getArithmetic()
  if (!ring.every((key) => ed448.isValidPoint(key))) throw new OtrError('OTR_POINT', 'a ring key is no valid public key')

  const seed = randomBytes(random, WIDE_LENGTH)
  const stream = shake256([seed, secret, ...ring, message], 9 * WIDE_LENGTH)
  const draw = (n: number): Uint8Array => ed448.reduceScalar(stream.subarray(n * WIDE_LENGTH, (n + 1) * WIDE_LENGTH))
  const t = three(draw)
  const c = three((i) => draw(3 + i))
  const r = three((i) => draw(6 + i))
  wipe(seed, stream)

  const own = ed448.multiplyBase(secret)
  let found = 0
  // If a key is in the ring twice, only its first position counts.
  const signs = three((i) => {
    const bit = Number(equalBytes(own, ring[i])) & ~found
    found |= bit
    return bit
  })
  if (found === 0) throw new OtrError('OTR_INTERNAL', 'the secret belongs to no key of the ring')

  const commitments = three((i) => select(signs[i], ed448.multiplyBase(t[i]), ed448.multiplyAdd(c[i], ring[i], r[i])))
  const sum = challenge(ring, commitments, message, form, hash, ed448)
  const all = ed448.addScalars(ed448.addScalars(c[0], c[1]), c[2])
  const signature = publicBytes(RING_SIGNATURE_LENGTH)
  three((i) => {
    // For the signing key this is c - cj - ck, for the others an unused number.
    const others = ed448.subtractScalars(sum, all)
    const own = ed448.addScalars(others, c[i])
    const ci = select(signs[i], own, c[i])
    const product = ed448.multiplyScalars(ci, secret)
    const answer = ed448.subtractScalars(t[i], product)
    const ri = select(signs[i], answer, r[i])
    signature.set(ci, 2 * i * SCALAR_LENGTH)
    signature.set(ri, (2 * i + 1) * SCALAR_LENGTH)
    // The product and ci, which is in the signature, reveal the secret.
    wipe(others, own, product, answer)
  })
  // The unused halves of c, r and t reveal the signer, as the secret does.
  wipe(...t, ...c, ...r, all)
  return signature
}

/**
 * RVrf: whether `sigma` is a signature of knowledge over `message` by one of the three keys, and in which form of the message.
 * The one verifier of this library. Refused: another length than 342 bytes, ring keys that are no valid public keys. Scalars are
 * reduced mod q, as the specification decodes them. Never throws for bytes from the network.
 *
 * @param forms - the forms to accept; trying both costs one hash more than trying one
 * @param hash - default: OTRv4's
 * @returns the form in which it verified; `undefined` when it is not a valid signature
 */
export function ringVerify(
  ring: Ring, sigma: Uint8Array, message: Uint8Array, forms: readonly RingMessageForm[] = ['bare', 'data'],
  hash: RingHash = chatHash,
): RingMessageForm | undefined {
  const { ed448 } = getArithmetic()
  if (sigma.length !== RING_SIGNATURE_LENGTH || !ring.every((key) => ed448.isValidPoint(key))) return undefined
  const scalar = (n: number): Uint8Array => ed448.reduceScalar(sigma.subarray(n * SCALAR_LENGTH, (n + 1) * SCALAR_LENGTH))
  const c = three((i) => scalar(2 * i))
  const commitments = three((i) => ed448.multiplyAddPublic(c[i], ring[i], scalar(2 * i + 1)))
  const sum = ed448.addScalars(ed448.addScalars(c[0], c[1]), c[2])
  return forms.find((form) => equalBytes(challenge(ring, commitments, message, form, hash, ed448), sum))
}
