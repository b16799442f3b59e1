import { OtrError } from '../errors.js'
import type { Arithmetic } from './arithmetic.js'
import { nobleArithmetic } from './noble/index.js'
import { simdModules, wasmArithmetic, type WasmModules } from './wasm/index.js'

let current: Arithmetic | undefined
let fault: OtrError | undefined

/**
 * The arithmetic in use: the constant-time one in WebAssembly, or noble's where WebAssembly is missing or forbidden. Ask at each
 * operation, do not keep the answer: a host or a test may have set another since.
 */
export function getArithmetic(): Arithmetic {
  return (current ??= bestArithmetic())
}

/**
 * Why `getArithmetic` fell back to noble's when it was first asked: an `OTR_WASM` that says what was missing or what a self-test found.
 * `undefined` when it did not.
 */
export function arithmeticFault(): OtrError | undefined {
  return fault
}

/** The arithmetic of these modules, or noble's; the fault is kept for `arithmeticFault`. */
export function bestArithmetic(modules: WasmModules = simdModules): Arithmetic {
  fault = undefined
  try {
    return wasmArithmetic(modules)
  } catch (error) {
    if (!(error instanceof OtrError) || error.code !== 'OTR_WASM') throw error
    fault = error
    return nobleArithmetic
  }
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
