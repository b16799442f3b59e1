/**
 * WebAssembly arithmetic for engines without SIMD. Every engine since 2023 has SIMD, Node since version 16, and the library itself contains only
 * modules that use it. Import this entrance when older engines need constant-time arithmetic too.
 */
import { bestArithmetic, getArithmetic, setArithmetic } from './crypto/provider.js'
import { scalarModules } from './crypto/wasm/scalar-modules.js'

/**
 * Uses the modules without SIMD where the library had to fall back to variable-time arithmetic. Call it once, before the first client.
 *
 * @returns whether the arithmetic in use is now constant-time: false where WebAssembly is missing or forbidden
 */
export function useScalarWebAssembly(): boolean {
  if (!getArithmetic().constantTime) setArithmetic(bestArithmetic(scalarModules))
  return getArithmetic().constantTime
}
