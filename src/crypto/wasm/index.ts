import type { Arithmetic } from '../arithmetic.js'
import { wasmEd448 } from './ed448.js'
import { wasmModp } from './modp.js'
import { coreModule } from './modules/core.js'
import { modpModule } from './modules/modp.js'
import { symmetricModule } from './modules/symmetric.js'
import { wasmSymmetric } from './symmetric.js'

/** The packed modules of an arithmetic. */
export interface WasmModules {
  readonly core: string
  readonly modp: string
  readonly symmetric: string
}

/** The modules with SIMD, which all engines since 2023 have. For the others see scalar-modules.ts. */
export const simdModules: WasmModules = { core: coreModule, modp: modpModule, symmetric: symmetricModule }

/**
 * `Arithmetic` by the WebAssembly modules in assembly/: constant-time, and many times faster than `nobleArithmetic`. The modules
 * are inlined and instantiated synchronously; nothing is fetched. Each one passes a self-test before it is used.
 *
 * @param modules - those with SIMD, or `scalarModules`
 * @param options - `native: false` leaves OpenSSL's Diffie-Hellman alone, to test and time the module's. `memories`: see `instantiate`
 * @throws OtrError `OTR_WASM` where WebAssembly is missing or forbidden, the engine does not know the instructions, or a module is not what
 *   it should be: use `nobleArithmetic` there
 */
export function wasmArithmetic(
  modules = simdModules, { native = true, memories = [] }: { readonly native?: boolean, readonly memories?: Uint8Array[] } = {},
): Arithmetic {
  return {
    name: 'wasm',
    constantTime: true,
    ed448: wasmEd448(modules.core, memories),
    ...wasmModp(modules.modp, native, memories),
    ...wasmSymmetric(modules.symmetric, memories),
  }
}
