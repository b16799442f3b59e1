import { base64Decode } from '../../wire/base64.js'

/** As much of the WebAssembly interface as is needed: the core is compiled without the browser's type library. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: object }
}

/** What each module exports besides its functions. */
export interface ModuleMemory {
  readonly memory: { readonly buffer: ArrayBuffer, grow: (pages: number) => number }
  /** The first address behind what the module uses. */
  readonly memoryEnd: () => number
}

/** An exported address. */
export interface Address {
  readonly value: number
}

const PAGE = 65_536

/**
 * An instance of a module in base64, with its whole memory; `undefined` where the engine has no WebAssembly, is not allowed to use it (a
 * page's content security policy), or does not know the module's instructions.
 */
export function instantiate(module: string): { exports: ModuleMemory, bytes: Uint8Array } | undefined {
  const api = (globalThis as { WebAssembly?: WebAssemblyApi }).WebAssembly
  if (api === undefined) return undefined
  try {
    const binary = base64Decode(module)
    if (!api.validate(binary)) return undefined
    const { exports } = new api.Instance(new api.Module(binary), {}) as { exports: ModuleMemory }
    const missing = Math.ceil(exports.memoryEnd() / PAGE) - exports.memory.buffer.byteLength / PAGE
    if (missing > 0) exports.memory.grow(missing)
    return { exports, bytes: new Uint8Array(exports.memory.buffer) }
  } catch {
    return undefined
  }
}
