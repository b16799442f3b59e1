import type { Arithmetic } from '../arithmetic.js'
import { wasmCore } from './ed448.js'
import { wasmModp } from './modp.js'

/**
 * `Arithmetic` by the WebAssembly modules in assembly/: constant-time, and many times faster than `nobleArithmetic`. Instantiated
 * synchronously from what is inlined here; nothing is fetched.
 *
 * @param simd false leaves SIMD alone where the engine has it: for tests of the scalar twin
 * @returns `undefined` where WebAssembly is missing or forbidden: use `nobleArithmetic` there
 */
export function wasmArithmetic(simd = true): Arithmetic | undefined {
  const core = wasmCore()
  const modp = wasmModp(simd)
  if (core === undefined || modp === undefined) return undefined
  return { name: 'wasm', constantTime: true, ...core, ...modp }
}
