import { OtrError } from '../../errors.js'
import { unpack } from './packed.js'

/** The part of the WebAssembly interface that we use: the core is compiled without the browser's type library. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: object }
}

/** What each module exports besides its functions. */
export interface ModuleMemory {
  readonly memory: { readonly buffer: ArrayBuffer, grow: (pages: number) => number }
  /** The first address after the memory that the module uses. */
  readonly memoryEnd: () => number
}

/** An exported address. */
export interface Address {
  readonly value: number
}

const PAGE = 65_536

/**
 * An instance of a packed module, with its whole memory.
 *
 * @param names - what the caller uses of its exports, besides `memory` and `memoryEnd`
 * @param memories - the module's memory is added here, so that it can be overwritten when the module is no longer used
 * @throws OtrError `OTR_WASM` when the engine has no WebAssembly, is not allowed to use it (a page's content security policy), does not
 *   know the module's instructions, has no memory left, or when an export is missing
 */
export function instantiate<Exports extends ModuleMemory>(
  module: string, names: readonly (Exclude<keyof Exports, symbol | number>)[], memories: Uint8Array[],
): { exports: Exports, bytes: Uint8Array } {
  let exports: Exports
  try {
    const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly
    if (api === undefined) throw new OtrError('OTR_WASM', 'this platform has no WebAssembly')
    const binary = unpack(module)
    if (!api.validate(binary)) throw new OtrError('OTR_WASM', 'the engine does not accept the module: it may lack SIMD')
    exports = new api.Instance(new api.Module(binary), {}).exports as Exports
  } catch (error) {
    if (error instanceof OtrError) throw error
    throw new OtrError('OTR_WASM', `WebAssembly cannot be used here: ${String(error)}`)
  }
  for (const name of ['memory', 'memoryEnd', ...names]) {
    if (!(name in exports)) throw new OtrError('OTR_WASM', `the module has no ${name}`)
  }
  try {
    const missing = Math.ceil(exports.memoryEnd() / PAGE) - exports.memory.buffer.byteLength / PAGE
    if (missing > 0) exports.memory.grow(missing)
    const bytes = new Uint8Array(exports.memory.buffer)
    memories.push(bytes)
    return { exports, bytes }
  } catch (error) {
    throw new OtrError('OTR_WASM', `no memory for the module: ${String(error)}`)
  }
}

/**
 * The start-up self-test of a module.
 * @param right - whether the module gives a known answer
 * @throws OtrError `OTR_WASM` when it does not, or the module traps
 */
export function selfTest(what: string, right: () => boolean): void {
  let why = 'wrong'
  try {
    if (right()) return
  } catch (error) {
    why = `and stops: ${String(error)}`
  }
  throw new OtrError('OTR_WASM', `the module computes ${what} ${why}`)
}
