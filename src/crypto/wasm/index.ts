import type { Arithmetic } from '../arithmetic.js'
import { wasmCore } from './ed448.js'
import { wasmModp } from './modp.js'

/**
 * `Arithmetic` by the WebAssembly modules in assembly/: constant-time, and many times faster than `nobleArithmetic`. Instantiated
 * synchronously from what is inlined here; nothing is fetched.
 *
 * @param options `simd: false` leaves SIMD alone where the engine has it, to test the scalar twin; `native: false` leaves OpenSSL's
 *   Diffie-Hellman alone, to test and time the module's
 * @returns `undefined` where WebAssembly is missing or forbidden: use `nobleArithmetic` there
 */
export function wasmArithmetic({ simd = true, native = true } = {}): Arithmetic | undefined {
  const core = wasmCore(simd)
  const modp = wasmModp(simd, native)
  if (core === undefined || modp === undefined) return undefined
  return { name: 'wasm', constantTime: true, ...core, ...modp }
}
