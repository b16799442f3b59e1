import { equalBytes, wipe } from '../crypto/compare.js'
import { sha256 } from '../crypto/hash.js'
import { getArithmetic } from '../crypto/provider.js'
import { randomCopy, type RandomSource } from '../crypto/random.js'
import { Writer } from '../wire/index.js'
import { orWipe } from '../crypto/or-wipe.js'
import type { Secret } from '../crypto/secret.js'

/*
 * The zero-knowledge proofs of SMP. Group elements are 192 bytes, hashes 32.
 *
 * Lengths: the specification asks for 1536 bits in one place and for 128 bits in another. Our secret exponents have 320 bits, as its
 * Diffie-Hellman keys do: others see only powers of them. The random numbers that blind them in the proofs have 1536 bits, as in libotr. So
 * every response is uniform mod q, and reveals neither the secret nor which program made it.
 */

/** Length in bytes of a secret exponent: a2, a3, b2, b3, and r4, which blinds the secret in P and Q. */
const SECRET_LENGTH = 40

/** Length in bytes of the random numbers r of the proofs. */
const BLINDING_LENGTH = 192

/** Draws a secret exponent. */
export function secretExponent(random: RandomSource): Secret {
  return randomCopy(random, SECRET_LENGTH)
}

function blindingExponent(random: RandomSource): Secret {
  return randomCopy(random, BLINDING_LENGTH)
}

/**
 * SHA-256 of a byte that names the place, and of one or two MPIs.
 *
 * @see [OTRv3, "SMP Hash function"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
function smpHash(place: number, first: Uint8Array, second?: Uint8Array): Uint8Array {
  const writer = new Writer().byte(place).mpi(first)
  if (second !== undefined) writer.mpi(second)
  return sha256(writer.finish())
}

/** Proof that its maker knows the exponent of g1^a: c and D. Places 1 to 4. */
export interface KnowledgeProof {
  readonly c: Uint8Array
  readonly d: Uint8Array
}

/** Proves knowledge of `exponent`: c = SHA256(place, g1^r), D = r - exponent c. */
export function proveKnowledge(place: number, exponent: Secret, random: RandomSource): KnowledgeProof {
  const group = getArithmetic().modp1536
  const r = blindingExponent(random)
  const c = smpHash(place, group.powerOfGenerator(r))
  const d = group.respond(r, exponent, c)
  wipe(r)
  return { c, d }
}

/** Verifies c = SHA256(place, g1^D power^c). */
export function verifyKnowledge(place: number, power: Uint8Array, { c, d }: KnowledgeProof): boolean {
  const group = getArithmetic().modp1536
  // There is a table for g1, so two separate powers are cheaper than one power of two bases.
  return equalBytes(c, smpHash(place, group.multiply(group.powerOfGenerator(d), group.power(power, c))))
}

/** Proof that P = g3^r4 and Q = g1^r4 g2^secret have the same r4: cP, D5 and D6. Places 5 and 6. */
export interface CoordinatesProof {
  readonly c: Uint8Array
  readonly d5: Uint8Array
  readonly d6: Uint8Array
}

/** P, Q and the proof about them. */
export interface Coordinates extends CoordinatesProof {
  readonly p: Uint8Array
  readonly q: Uint8Array
}

/** Draws r4, and makes P and Q from it and the secret. */
export function makeCoordinates(
  place: number, g2: Secret, g3: Secret, secret: Secret, random: RandomSource,
): Coordinates {
  const group = getArithmetic().modp1536
  const [r4, r5, r6] = orWipe((keep) => [keep(secretExponent(random)), keep(blindingExponent(random)), blindingExponent(random)] as const)
  const p = group.power(g3, r4)
  // Whoever finds g2^secret and g2 in memory can try words until one fits.
  const hidden = group.power(g2, secret)
  const q = group.multiply(group.powerOfGenerator(r4), hidden)
  const c = smpHash(place, group.power(g3, r5), group.multiply(group.powerOfGenerator(r5), group.power(g2, r6)))
  const d5 = group.respond(r5, r4, c)
  const d6 = group.respond(r6, secret, c)
  wipe(r4, r5, r6, hidden)
  return { p, q, c, d5, d6 }
}

/** Verifies cP = SHA256(place, g3^D5 P^cP, g1^D5 g2^D6 Q^cP). */
export function verifyCoordinates(place: number, g2: Secret, g3: Secret, { p, q, c, d5, d6 }: Coordinates): boolean {
  const group = getArithmetic().modp1536
  const first = group.doublePower(g3, d5, p, c)
  const second = group.multiply(group.powerOfGenerator(d5), group.doublePower(g2, d6, q, c))
  return equalBytes(c, smpHash(place, first, second))
}

/** Proof that R = (Qa / Qb)^a has the exponent of g1^a: cR and D7. Places 7 and 8. */
export interface PowerProof {
  readonly c: Uint8Array
  readonly d7: Uint8Array
}

/** Makes R = quotient^exponent and the proof that it has the exponent of g1^exponent. */
export function makePower(place: number, quotient: Secret, exponent: Secret, random: RandomSource): PowerProof & { readonly r: Uint8Array } {
  const group = getArithmetic().modp1536
  const r7 = blindingExponent(random)
  const c = smpHash(place, group.powerOfGenerator(r7), group.power(quotient, r7))
  const d7 = group.respond(r7, exponent, c)
  wipe(r7)
  return { r: group.power(quotient, exponent), c, d7 }
}

/** Verifies cR = SHA256(place, g1^D7 g3x^cR, quotient^D7 R^cR), where g3x is the prover's half of g3. */
export function verifyPower(
  place: number, g3x: Uint8Array, quotient: Secret, r: Uint8Array, { c, d7 }: PowerProof,
): boolean {
  const group = getArithmetic().modp1536
  const first = group.multiply(group.powerOfGenerator(d7), group.power(g3x, c))
  return equalBytes(c, smpHash(place, first, group.doublePower(quotient, d7, r, c)))
}
