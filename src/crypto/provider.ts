import { OtrError } from '../errors.js'
import { wipeWatch } from '../wiped.js'
import type { Arithmetic } from './arithmetic.js'
import { guardedArithmetic } from './guard.js'
import { attempt } from './platform.js'
import { nobleArithmetic } from './noble/index.js'
import { simdModules, wasmArithmetic, type WasmModules } from './wasm/index.js'

let current: Arithmetic | undefined
let fault: OtrError | undefined

/**
 * Returns the arithmetic in use: the constant-time one in WebAssembly, or noble's if WebAssembly is missing or forbidden. Call this for each
 * operation and do not keep the result, because it may change.
 */
export function getArithmetic(): Arithmetic {
  const arithmetic = current ??= bestArithmetic()
  return wipeWatch?.over(arithmetic) ?? arithmetic
}

/**
 * Returns why noble's arithmetic is in use: an error `OTR_WASM` that says what was missing, what a self-test found, or what failed later.
 * `undefined` while WebAssembly works.
 */
export function arithmeticFault(): OtrError | undefined {
  return fault
}

/**
 * Makes the arithmetic of these modules, or noble's; the fault is kept for `arithmeticFault`. If a module fails later, noble's arithmetic repeats
 * that call and is used from then on.
 */
export function bestArithmetic(modules: WasmModules = simdModules): Arithmetic {
  fault = undefined
  const memories: Uint8Array[] = []
  try {
    const guarded = guardedArithmetic(wasmArithmetic(modules, { memories }), nobleArithmetic, (found) => {
      if (current === guarded) current = nobleArithmetic
      fault = found
      abandon(memories)
    })
    return guarded
  } catch (error) {
    fault = asFault(error)
    abandon(memories)
    return nobleArithmetic
  }
}

/** Keeps a fault for `arithmeticFault`. For code besides the arithmetic that has its own fallback. */
export function noteFault(found: unknown): void {
  fault ??= asFault(found)
}

function asFault(found: unknown): OtrError {
  return found instanceof OtrError ? found : new OtrError('OTR_WASM', `WebAssembly cannot be used here: ${String(found)}`)
}

/** Overwrites the memory of modules that are no longer used. */
export function abandon(memories: readonly Uint8Array[]): void {
  for (const memory of memories) attempt(() => memory.fill(0))
}

/**
 * Sets another arithmetic for all sessions of this process. All arithmetics give the same values, so this may happen at any time.
 *
 * @returns the arithmetic that was in use before
 */
export function setArithmetic(arithmetic: Arithmetic): Arithmetic {
  const previous = getArithmetic()
  current = wipeWatch?.under(arithmetic) ?? arithmetic
  return previous
}
