import type { Arithmetic, Ed448, ModpGroup } from '../../src/crypto/arithmetic.js'
import { toBytes, toInteger } from '../../src/crypto/integer.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { setArithmetic } from '../../src/crypto/provider.js'

/*
 * An arithmetic in which every group is the integers mod q with addition. All equations of the protocols hold in it, but there is no
 * security: a discrete logarithm is a division. It is thousands of times faster than the real one, so whole protocols can be
 * run many thousand times. Hashes and scalars are the real ones.
 */

const real = nobleArithmetic.ed448
const one = Uint8Array.of(1, ...new Uint8Array(56))

const toyEd448: Ed448 = {
  ...real,
  generator: one,
  isValidPoint: (point) => point.length === 57 && point.some((byte) => byte !== 0),
  multiplyBase: (scalar) => real.reduceScalar(scalar),
  multiply: (scalar, point) => real.multiplyScalars(scalar, point),
  multiplyAdd: (a, point, b) => real.addScalars(real.multiplyScalars(a, point), b),
  multiplyPair: (a, b, point, c = new Uint8Array(1), d = new Uint8Array(1)) => [
    real.addScalars(real.multiplyScalars(a, point), c), real.addScalars(real.multiplyScalars(b, point), d),
  ],
  multiplyAddPublic: (a, point, b) => real.addScalars(real.multiplyScalars(a, point), b),
  multiplyTwoPublic: (a, p, b, q, c) => {
    const sum = real.addScalars(real.multiplyScalars(a, p), real.multiplyScalars(b, q))
    return c === undefined ? sum : real.addScalars(sum, c)
  },
  add: (p, q) => real.addScalars(p, q),
  subtract: (p, q) => real.subtractScalars(p, q),
  isIdentity: (point) => point.every((byte) => byte === 0),
}

function toyModp(group: ModpGroup): ModpGroup {
  const q = toInteger(group.order)
  const element = (value: bigint): Uint8Array => toBytes(((value % q) + q) % q, group.byteLength)
  return {
    ...group,
    power: (base, exponent) => element(toInteger(base) * toInteger(exponent)),
    powerOfGenerator: (exponent) => element(2n * toInteger(exponent)),
    doublePower: (a, x, b, y) => element(toInteger(a) * toInteger(x) + toInteger(b) * toInteger(y)),
    multiply: (a, b) => element(toInteger(a) + toInteger(b)),
    invert: (a) => element(-toInteger(a)),
    inSubgroup: () => true,
  }
}

export const toyArithmetic: Arithmetic = {
  ...nobleArithmetic,
  modp1536: toyModp(nobleArithmetic.modp1536),
  modp3072: toyModp(nobleArithmetic.modp3072),
  ed448: toyEd448,
}

/** Runs `action` with another arithmetic in use, and restores the previous one. */
export function withArithmetic<T>(arithmetic: Arithmetic, action: () => T): T {
  const before = setArithmetic(arithmetic)
  try {
    return action()
  } finally {
    setArithmetic(before)
  }
}
