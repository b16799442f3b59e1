import type { Arithmetic } from './arithmetic.js'
import { nobleArithmetic } from './noble/index.js'
import { wasmArithmetic } from './wasm/index.js'

let current: Arithmetic | undefined

/**
 * The arithmetic in use: the constant-time one in WebAssembly, or noble's where WebAssembly is missing or forbidden. Ask at each
 * operation, do not keep the answer: a host or a test may have set another since.
 */
export function getArithmetic(): Arithmetic {
  return (current ??= wasmArithmetic() ?? nobleArithmetic)
}

/**
 * Puts another arithmetic in use, for all sessions of this process; all arithmetics give the same values, so this may happen at
 * any time.
 *
 * @returns the one that was in use before
 */
export function setArithmetic(arithmetic: Arithmetic): Arithmetic {
  const previous = getArithmetic()
  current = arithmetic
  return previous
}
