import { equalBytes, wipe } from '../crypto/compare.js'
import { getArithmetic } from '../crypto/provider.js'
import type { SmpArithmetic, SmpValues } from '../smp/index.js'
import {
  makeCoordinates, makePower, proveKnowledge, secretExponent, verifyCoordinates, verifyKnowledge, verifyPower,
} from './smp-proofs.js'
import { decodeMpis, encodeMpis } from './smp-values.js'
import { orWipe } from '../crypto/or-wipe.js'
import { asSecret, copySecret, type Secret } from '../crypto/secret.js'
import { copyPublic } from '../wire/public-bytes.js'

/** The values that version 3 keeps between the messages of SMP, under the names of the specification. Group elements have 192 bytes. */
export interface V3SmpValues extends SmpValues {
  readonly offered: { readonly secret: Secret, readonly a2: Secret, readonly a3: Secret }
  readonly asked: { readonly g2a: Uint8Array, readonly g3a: Uint8Array }
  readonly answered: {
    readonly g3a: Uint8Array
    readonly g2: Secret
    readonly g3: Secret
    readonly b3: Secret
    readonly pb: Uint8Array
    readonly qb: Uint8Array
  }
  readonly proved: {
    readonly g3b: Uint8Array
    readonly a3: Secret
    /** Pa / Pb */
    readonly pQuotient: Secret
    /** Qa / Qb */
    readonly qQuotient: Secret
  }
}

/** a / b. */
function divide(a: Uint8Array, b: Uint8Array): Secret {
  const group = getArithmetic().modp1536
  return asSecret(group.multiply(a, group.invert(b)))
}

/**
 * The arithmetic of SMP over the 1536-bit group.
 *
 * @see [OTRv3, "The SMP state machine"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export const smpArithmetic: SmpArithmetic<V3SmpValues> = {
  offer(secret, random) {
    return orWipe((keep) => {
      const group = getArithmetic().modp1536
      const a2 = keep(secretExponent(random))
      const a3 = keep(secretExponent(random))
      const proof2 = proveKnowledge(1, a2, random)
      const proof3 = proveKnowledge(2, a3, random)
      return {
        message: encodeMpis(group.powerOfGenerator(a2), proof2.c, proof2.d, group.powerOfGenerator(a3), proof3.c, proof3.d),
        values: { secret: copySecret(secret), a2, a3 },
      }
    })
  },

  ask(message) {
    const numbers = decodeMpis(message, ['element', 'hash', 'exponent', 'element', 'hash', 'exponent'])
    if (numbers === undefined) return undefined
    const [g2a, c2, d2, g3a, c3, d3] = numbers
    if (!verifyKnowledge(1, g2a, { c: c2, d: d2 }) || !verifyKnowledge(2, g3a, { c: c3, d: d3 })) return undefined
    return { g2a, g3a }
  },

  answer({ g2a, g3a }, secret, random) {
    return orWipe((keep) => {
      const group = getArithmetic().modp1536
      const b2 = keep(secretExponent(random))
      const b3 = keep(secretExponent(random))
      const proof2 = proveKnowledge(3, b2, random)
      const proof3 = proveKnowledge(4, b3, random)
      const g2 = keep(asSecret(group.power(g2a, b2)))
      const g3 = keep(asSecret(group.power(g3a, b3)))
      const { p: pb, q: qb, c, d5, d6 } = makeCoordinates(5, g2, g3, secret, random)
      const message = encodeMpis(
        group.powerOfGenerator(b2), proof2.c, proof2.d, group.powerOfGenerator(b3), proof3.c, proof3.d, pb, qb, c, d5, d6,
      )
      wipe(b2)
      return { message, values: { g3a: copyPublic(g3a), g2, g3, b3, pb, qb } }
    })
  },

  prove({ secret, a2, a3 }, message, random) {
    const numbers = decodeMpis(message, [
      'element', 'hash', 'exponent', 'element', 'hash', 'exponent', 'element', 'element', 'hash', 'exponent', 'exponent',
    ])
    if (numbers === undefined) return undefined
    const [g2b, c2, d2, g3b, c3, d3, pb, qb, c, d5, d6] = numbers
    if (!verifyKnowledge(3, g2b, { c: c2, d: d2 }) || !verifyKnowledge(4, g3b, { c: c3, d: d3 })) return undefined
    const group = getArithmetic().modp1536
    const g2 = asSecret(group.power(g2b, a2))
    const g3 = asSecret(group.power(g3b, a3))
    try {
      if (!verifyCoordinates(5, g2, g3, { p: pb, q: qb, c, d5, d6 })) return undefined
      const { p: pa, q: qa, ...coordinates } = makeCoordinates(6, g2, g3, secret, random)
      // We have just drawn ours at random: theirs can be equal only if they knew our random numbers.
      if (equalBytes(pa, pb) || equalBytes(qa, qb)) return undefined
      return orWipe((keep) => {
        const qQuotient = keep(divide(qa, qb))
        const power = makePower(7, qQuotient, a3, random)
        return {
          message: encodeMpis(pa, qa, coordinates.c, coordinates.d5, coordinates.d6, power.r, power.c, power.d7),
          values: { g3b, a3: copySecret(a3), pQuotient: divide(pa, pb), qQuotient },
        }
      })
    } finally {
      wipe(g2, g3)
    }
  },

  conclude({ g3a, g2, g3, b3, pb, qb }, message, random) {
    const numbers = decodeMpis(message, ['element', 'element', 'hash', 'exponent', 'exponent', 'element', 'hash', 'exponent'])
    if (numbers === undefined) return undefined
    const [pa, qa, c, d5, d6, ra, cR, d7] = numbers
    if (equalBytes(pa, pb) || equalBytes(qa, qb)) return undefined
    if (!verifyCoordinates(6, g2, g3, { p: pa, q: qa, c, d5, d6 })) return undefined
    const qQuotient = divide(qa, qb)
    try {
      if (!verifyPower(7, g3a, qQuotient, ra, { c: cR, d7 })) return undefined
      const power = makePower(8, qQuotient, b3, random)
      const rab = getArithmetic().modp1536.power(ra, b3)
      const pQuotient = divide(pa, pb)
      const equal = equalBytes(rab, pQuotient)
      wipe(rab, pQuotient)
      return { message: encodeMpis(power.r, power.c, power.d7), equal }
    } finally {
      wipe(qQuotient)
    }
  },

  compare({ g3b, a3, pQuotient, qQuotient }, message) {
    const numbers = decodeMpis(message, ['element', 'hash', 'exponent'])
    if (numbers === undefined) return undefined
    const [rb, cR, d7] = numbers
    if (!verifyPower(8, g3b, qQuotient, rb, { c: cR, d7 })) return undefined
    const rab = getArithmetic().modp1536.power(rb, a3)
    const equal = equalBytes(rab, pQuotient)
    wipe(rab)
    return { equal }
  },
}
