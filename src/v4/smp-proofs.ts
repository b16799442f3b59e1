import { equalBytes, getArithmetic, hashToScalar, randomScalar, wipe, type RandomSource } from '../crypto/index.js'
import { orWipe } from '../crypto/or-wipe.js'
import type { Secret } from '../crypto/secret.js'

/*
 * The zero-knowledge proofs of SMP in version 4. Points and scalars have 57 bytes. The first byte that is hashed names
 * the place of a proof, so that none can be played back in another.
 */

/** r - secret * c mod q. */
function respond(r: Secret, secret: Secret, c: Uint8Array): Uint8Array {
  const { ed448 } = getArithmetic()
  const product = ed448.multiplyScalars(secret, c)
  const response = ed448.subtractScalars(r, product)
  // c is public: whoever finds the product has the secret.
  wipe(product)
  return response
}

/** Whether a scalar from the wire, mod q, is the challenge. */
function isChallenge(c: Uint8Array, computed: Uint8Array): boolean {
  return equalBytes(getArithmetic().ed448.reduceScalar(c), computed)
}

/** Proof of knowledge of a discrete logarithm. */
export interface Knowledge {
  readonly c: Uint8Array
  readonly d: Uint8Array
}

/** c = HashToScalar(place || G * r), d = r - secret * c. */
export function proveKnowledge(place: number, secret: Secret, random: RandomSource): Knowledge {
  const r = randomScalar(random)
  const c = hashToScalar(place, [getArithmetic().ed448.multiplyBase(r)])
  const d = respond(r, secret, c)
  wipe(r)
  return { c, d }
}

/** c == HashToScalar(place || G * d + point * c). */
export function verifyKnowledge(place: number, point: Uint8Array, { c, d }: Knowledge): boolean {
  return isChallenge(c, hashToScalar(place, [getArithmetic().ed448.multiplyAddPublic(c, point, d)]))
}

/** P and Q, with the proof that they were made from one blinding and one secret. */
export interface Coordinates {
  readonly p: Uint8Array
  readonly q: Uint8Array
  readonly c: Uint8Array
  readonly d5: Uint8Array
  readonly d6: Uint8Array
}

/** P = G3 * r4 and Q = G * r4 + G2 * secret. */
export function makeCoordinates(place: number, g2: Secret, g3: Secret, secret: Secret, random: RandomSource): Coordinates {
  const { ed448 } = getArithmetic()
  const [r4, r5, r6] = orWipe((keep) => [keep(randomScalar(random)), keep(randomScalar(random)), randomScalar(random)] as const)
  const [p, commitmentP] = ed448.multiplyPair(r4, r5, g3)
  const [q, commitmentQ] = ed448.multiplyPair(secret, r6, g2, r4, r5)
  const c = hashToScalar(place, [commitmentP, commitmentQ])
  const coordinates = { p, q, c, d5: respond(r5, r4, c), d6: respond(r6, secret, c) }
  wipe(r4, r5, r6)
  return coordinates
}

/** c == HashToScalar(place || G3 * d5 + P * c || G * d5 + G2 * d6 + Q * c). */
export function verifyCoordinates(place: number, g2: Secret, g3: Secret, { p, q, c, d5, d6 }: Coordinates): boolean {
  const { ed448 } = getArithmetic()
  const first = ed448.multiplyTwoPublic(d5, g3, c, p)
  const second = ed448.multiplyTwoPublic(c, q, d6, g2, d5)
  return isChallenge(c, hashToScalar(place, [first, second]))
}

/** R, with the proof that it was made with the exponent of G3a or G3b. */
export interface Power {
  readonly r: Uint8Array
  readonly c: Uint8Array
  readonly d7: Uint8Array
}

/** R = difference * secret, where the difference is Qa - Qb. */
export function makePower(place: number, difference: Secret, secret: Secret, random: RandomSource): Power {
  const { ed448 } = getArithmetic()
  const r7 = randomScalar(random)
  const [commitment, r] = ed448.multiplyPair(r7, secret, difference)
  const c = hashToScalar(place, [ed448.multiplyBase(r7), commitment])
  const d7 = respond(r7, secret, c)
  wipe(r7)
  return { r, c, d7 }
}

/** c == HashToScalar(place || G * d7 + G3 * c || difference * d7 + R * c), where G3 is the other side's half. */
export function verifyPower(place: number, g3: Uint8Array, difference: Secret, { r, c, d7 }: Power): boolean {
  const { ed448 } = getArithmetic()
  return isChallenge(c, hashToScalar(place, [ed448.multiplyAddPublic(c, g3, d7), ed448.multiplyTwoPublic(d7, difference, c, r)]))
}
