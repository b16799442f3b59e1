import type { WasmModules } from './index.js'
import { coreScalarModule } from './modules/core-scalar.js'
import { modpScalarModule } from './modules/modp-scalar.js'
import { symmetricModule } from './modules/symmetric.js'

/** The modules for engines without SIMD: the same, a third to a half as fast. They are in no bundle that does not import this file. */
export const scalarModules: WasmModules = { core: coreScalarModule, modp: modpScalarModule, symmetric: symmetricModule }
