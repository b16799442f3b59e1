import { equalBytes, getArithmetic, randomScalar, wipe } from '../crypto/index.js'
import type { SmpArithmetic, SmpValues } from '../smp/index.js'
import {
  makeCoordinates, makePower, proveKnowledge, verifyCoordinates, verifyKnowledge, verifyPower,
} from './smp-proofs.js'
import { decodeSmpValues, encodeSmpValues } from './smp-values.js'
import { orWipe } from '../crypto/or-wipe.js'
import { asSecret, copySecret, type Secret } from '../crypto/secret.js'
import { copyPublic } from '../wire/public-bytes.js'

/** What version 4 keeps between the messages of SMP: points and scalars of 57 bytes. The names are the specification's. */
export interface V4SmpValues extends SmpValues {
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
    /** Pa - Pb */
    readonly pDifference: Secret
    /** Qa - Qb */
    readonly qDifference: Secret
  }
}

/**
 * SMP over Ed448, messages 1 to 4. All random scalars are uniform over [0, q) (`spec/decisions.md`, 20).
 *
 * @see [OTRv4, "SMP Overview"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#smp-overview)
 */
export const smpArithmetic: SmpArithmetic<V4SmpValues> = {
  offer(secret, random) {
    return orWipe((keep) => {
      const { ed448 } = getArithmetic()
      const a2 = keep(randomScalar(random))
      const a3 = keep(randomScalar(random))
      const proof2 = proveKnowledge(1, a2, random)
      const proof3 = proveKnowledge(2, a3, random)
      return {
        message: encodeSmpValues(ed448.multiplyBase(a2), proof2.c, proof2.d, ed448.multiplyBase(a3), proof3.c, proof3.d),
        values: { secret: copySecret(secret), a2, a3 },
      }
    })
  },

  ask(message) {
    const values = decodeSmpValues(message, ['point', 'scalar', 'scalar', 'point', 'scalar', 'scalar'])
    if (values === undefined) return undefined
    const [g2a, c2, d2, g3a, c3, d3] = values
    if (!verifyKnowledge(1, g2a, { c: c2, d: d2 }) || !verifyKnowledge(2, g3a, { c: c3, d: d3 })) return undefined
    return { g2a, g3a }
  },

  answer({ g2a, g3a }, secret, random) {
    return orWipe((keep) => {
      const { ed448 } = getArithmetic()
      const b2 = keep(randomScalar(random))
      const b3 = keep(randomScalar(random))
      const proof2 = proveKnowledge(3, b2, random)
      const proof3 = proveKnowledge(4, b3, random)
      const g2 = keep(asSecret(ed448.multiply(b2, g2a)))
      const g3 = keep(asSecret(ed448.multiply(b3, g3a)))
      const { p: pb, q: qb, c, d5, d6 } = makeCoordinates(5, g2, g3, secret, random)
      const message = encodeSmpValues(
        ed448.multiplyBase(b2), proof2.c, proof2.d, ed448.multiplyBase(b3), proof3.c, proof3.d, pb, qb, c, d5, d6,
      )
      wipe(b2)
      return { message, values: { g3a: copyPublic(g3a), g2, g3, b3, pb, qb } }
    })
  },

  prove({ secret, a2, a3 }, message, random) {
    const values = decodeSmpValues(message, [
      'point', 'scalar', 'scalar', 'point', 'scalar', 'scalar', 'point', 'point', 'scalar', 'scalar', 'scalar',
    ])
    if (values === undefined) return undefined
    const [g2b, c2, d2, g3b, c3, d3, pb, qb, c, d5, d6] = values
    if (!verifyKnowledge(3, g2b, { c: c2, d: d2 }) || !verifyKnowledge(4, g3b, { c: c3, d: d3 })) return undefined
    const { ed448 } = getArithmetic()
    const g2 = asSecret(ed448.multiply(a2, g2b))
    const g3 = asSecret(ed448.multiply(a3, g3b))
    try {
      if (!verifyCoordinates(5, g2, g3, { p: pb, q: qb, c, d5, d6 })) return undefined
      const { p: pa, q: qa, ...coordinates } = makeCoordinates(6, g2, g3, secret, random)
      // What we drew ourselves is equal to theirs only if they knew our random numbers.
      if (equalBytes(pa, pb) || equalBytes(qa, qb)) return undefined
      return orWipe((keep) => {
        const qDifference = keep(asSecret(ed448.subtract(qa, qb)))
        const power = makePower(7, qDifference, a3, random)
        return {
          message: encodeSmpValues(pa, qa, coordinates.c, coordinates.d5, coordinates.d6, power.r, power.c, power.d7),
          values: { g3b, a3: copySecret(a3), pDifference: asSecret(ed448.subtract(pa, pb)), qDifference },
        }
      })
    } finally {
      wipe(g2, g3)
    }
  },

  conclude({ g3a, g2, g3, b3, pb, qb }, message, random) {
    const values = decodeSmpValues(message, ['point', 'point', 'scalar', 'scalar', 'scalar', 'point', 'scalar', 'scalar'])
    if (values === undefined) return undefined
    const [pa, qa, c, d5, d6, ra, cR, d7] = values
    if (equalBytes(pa, pb) || equalBytes(qa, qb)) return undefined
    if (!verifyCoordinates(6, g2, g3, { p: pa, q: qa, c, d5, d6 })) return undefined
    const { ed448 } = getArithmetic()
    const qDifference = asSecret(ed448.subtract(qa, qb))
    try {
      if (!verifyPower(7, g3a, qDifference, { r: ra, c: cR, d7 })) return undefined
      const power = makePower(8, qDifference, b3, random)
      const rab = ed448.multiply(b3, ra)
      const pDifference = asSecret(ed448.subtract(pa, pb))
      const equal = equalBytes(rab, pDifference)
      wipe(rab, pDifference)
      return { message: encodeSmpValues(power.r, power.c, power.d7), equal }
    } finally {
      wipe(qDifference)
    }
  },

  compare({ g3b, a3, pDifference, qDifference }, message) {
    const values = decodeSmpValues(message, ['point', 'scalar', 'scalar'])
    if (values === undefined) return undefined
    const [rb, cR, d7] = values
    if (!verifyPower(8, g3b, qDifference, { r: rb, c: cR, d7 })) return undefined
    const rab = getArithmetic().ed448.multiply(a3, rb)
    const equal = equalBytes(rab, pDifference)
    wipe(rab)
    return { equal }
  },
}
