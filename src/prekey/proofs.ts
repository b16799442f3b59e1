import {
  equalBytes, getArithmetic, powerOfGeneratorOver, productOfPowers, randomDhExponent, randomScalar, sumOfMultiples, wipe, type Pause, type RandomSource,
} from '../crypto/index.js'
import { compareIntegers, minimal, padTo } from '../crypto/integer.js'
import { draftDialect, prekeyUsage } from './dialect.js'
import { prekeyKdf } from './key-schedule.js'
import { MAC_LENGTH, type DhProof, type EcdhProof } from './publication.js'
import { copyPublic } from '../wire/public-bytes.js'
import { asSecret, type Secret } from '../crypto/secret.js'

/** How many keys are processed between two pauses: some 15 ms of work. */
const STRIDE = 8

/** The factors t_1 to t_N. */
function factors(c: Uint8Array, count: number): Uint8Array[] {
  const { lambda } = draftDialect
  const all = prekeyKdf(prekeyUsage.proofLambda, [c], lambda * count)
  return Array.from({ length: count }, (_, n) => copyPublic(all, n * lambda, (n + 1) * lambda))
}

const ecdhFactors = (c: Uint8Array, count: number): Uint8Array[] => factors(c, count).map(draftDialect.ecdhFactor)
const dhFactors = (c: Uint8Array, count: number): Uint8Array[] => factors(c, count).map(draftDialect.dhFactor)

/** The points that a proof is about: the Y of prekey messages, or the D of a Prekey Profile. */
export type EcdhProofUsage = typeof prekeyUsage.proofMessageEcdh | typeof prekeyUsage.proofSharedEcdh

/**
 * Proves knowledge of the secrets of all these points.
 *
 * @param secrets - the scalars, 57 bytes little-endian, in the order of `points`
 * @param m - the proof context of the session
 * @see [OTRv4 prekey server, "Proofs"](https://github.com/otrv4/otrv4-prekey-server/blob/master/otrv4-prekey-server.md#proofs)
 */
export function proveEcdh(
  usage: EcdhProofUsage, secrets: readonly Uint8Array[], points: readonly Uint8Array[], m: Uint8Array, random: RandomSource,
): EcdhProof {
  const { ed448 } = getArithmetic()
  // Uniform in [0, q), instead of the draft's 56 bytes: spec/decisions.md, 20.
  const r = randomScalar(random)
  const c = prekeyKdf(usage, [ed448.multiplyBase(r), ...points, m], MAC_LENGTH)
  let v: Uint8Array = r
  ecdhFactors(c, points.length).forEach((t, n) => {
    const share = ed448.multiplyScalars(t, secrets[n] ?? NOTHING)
    const sum = ed448.addScalars(v, share)
    wipe(v, share)
    v = sum
  })
  return { c, v }
}

/** Whether `proof` proves knowledge of the secrets of all `points`. All points must have passed `isValidEcdh`. */
export async function verifyEcdhProof(
  usage: EcdhProofUsage, proof: EcdhProof, points: readonly Uint8Array[], m: Uint8Array, pause: Pause,
): Promise<boolean> {
  const { ed448 } = getArithmetic()
  const t = ecdhFactors(proof.c, points.length)
  let commitment = ed448.multiplyBase(proof.v)
  for (let n = 0; n < points.length; n += STRIDE) {
    commitment = ed448.subtract(commitment, sumOfMultiples(t.slice(n, n + STRIDE), points.slice(n, n + STRIDE)))
    if (n + STRIDE < points.length) await pause()
  }
  return equalBytes(prekeyKdf(usage, [commitment, ...points, m], MAC_LENGTH), proof.c)
}

/**
 * Proves knowledge of the secrets of all these DH keys.
 *
 * @param secrets - the exponents, big-endian, in the order of `keys`
 * @param keys - big-endian, minimal
 */
export function proveDh(secrets: readonly Uint8Array[], keys: readonly Uint8Array[], m: Uint8Array, random: RandomSource): DhProof {
  const group = getArithmetic().modp3072
  // Uniform in [1, dh_q), instead of the draft's 80 bytes, which would let the secret show: spec/decisions.md, 22.
  const r = randomDhExponent(random)
  const c = dhChallenge(group.powerOfGenerator(r), keys, m)
  let v: Secret = r
  dhFactors(c, keys.length).forEach((t, n) => {
    // respond() subtracts: r + t b = r - (q - t) b.
    const sum = asSecret(group.respond(v, secrets[n] ?? NOTHING, group.respond(NOTHING, t, ONE)))
    wipe(v)
    v = sum
  })
  return { c, v: minimal(v) }
}

/** Whether `proof` proves knowledge of the secrets of all `keys`. All keys must have passed `isValidDh3072`. */
export async function verifyDhProof(proof: DhProof, keys: readonly Uint8Array[], m: Uint8Array, pause: Pause): Promise<boolean> {
  const group = getArithmetic().modp3072
  if (compareIntegers(proof.v, group.order) >= 0) return false
  const t = dhFactors(proof.c, keys.length)
  let product: Uint8Array = padTo(ONE, group.byteLength)
  for (let n = 0; n < keys.length; n += STRIDE) {
    product = group.multiply(product, productOfPowers(t.slice(n, n + STRIDE), keys.slice(n, n + STRIDE)))
    await pause()
  }
  return equalBytes(dhChallenge(powerOfGeneratorOver(proof.v, product), keys, m), proof.c)
}

function dhChallenge(commitment: Uint8Array, keys: readonly Uint8Array[], m: Uint8Array): Uint8Array {
  const values = [minimal(commitment), ...keys].map(draftDialect.dhValue)
  return prekeyKdf(prekeyUsage.proofMessageDh, [...values, m], MAC_LENGTH)
}

const NOTHING = new Uint8Array(0)
const ONE = Uint8Array.of(1)
