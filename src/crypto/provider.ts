import type { Arithmetic } from './arithmetic.js'
import { nobleArithmetic } from './noble/index.js'

let current: Arithmetic = nobleArithmetic

/** The arithmetic in use. Ask at each operation, do not keep the answer: a host or a test may have set another since. */
export function getArithmetic(): Arithmetic {
  return current
}

/**
 * Puts another arithmetic in use, for all sessions of this process; all arithmetics give the same values, so this may happen at
 * any time.
 *
 * @returns the one that was in use before
 */
export function setArithmetic(arithmetic: Arithmetic): Arithmetic {
  const previous = current
  current = arithmetic
  return previous
}
