/**
 * The WebAssembly arithmetic for engines without SIMD. All engines made since 2023 have it, and Node since 16; the library itself brings
 * only the modules that use it. Import this where older ones must have arithmetic that takes time independent of secrets.
 */
import { bestArithmetic, getArithmetic, setArithmetic } from './crypto/provider.js'
import { scalarModules } from './crypto/wasm/scalar-modules.js'

/**
 * Puts the modules without SIMD in use where the library had to fall back to arithmetic that leaks. Call it once, before the first client.
 *
 * @returns whether the arithmetic in use now is constant-time: false where WebAssembly is forbidden altogether
 */
export function useScalarWebAssembly(): boolean {
  if (!getArithmetic().constantTime) setArithmetic(bestArithmetic(scalarModules))
  return getArithmetic().constantTime
}
