import type { WasmModules } from './index.js'
import { coreScalarModule } from './modules/core-scalar.js'
import { modpScalarModule } from './modules/modp-scalar.js'
import { symmetricModule } from './modules/symmetric.js'

/** The modules for engines without SIMD: the same functions at a third to a half of the speed. Only bundles that import this file contain them. */
export const scalarModules: WasmModules = { core: coreScalarModule, modp: modpScalarModule, symmetric: symmetricModule }
