import nodeCrypto from 'node:crypto'

/** Which calls fail: one call, one and all after it, or one that returns a wrong result. */
export type Failure = 'never' | 'once' | 'ever after' | 'wrong'

interface Memory {
  readonly buffer: ArrayBuffer
}

interface Api {
  validate(bytes: Uint8Array): boolean
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: object }
}

type Work = (this: unknown, ...args: unknown[]) => unknown

/** node:crypto and WebAssembly, as far as the library uses them; every call is counted, and one of them fails. */
export class CountedPlatform {
  calls = 0
  /** The name of the function whose call failed. */
  failed: string | undefined
  how: Failure = 'never'
  failsAt = 0

  /** Restarts the count. */
  fail(how: Failure, at: number): void {
    this.calls = 0
    this.failed = undefined
    this.how = how
    this.failsAt = at
  }

  /** Runs with this node:crypto in the place of Node's. */
  with(work: () => void): void {
    const cipher = (inner: object): object => Object.fromEntries(['setAAD', 'update', 'final', 'getAuthTag', 'setAuthTag'].map((name) => {
      const method = Reflect.get(inner, name) as Work | undefined
      return [name, this.#counted(name, (...args) => method?.apply(inner, args))]
    }))
    const groups = new WeakMap<object, object>()
    const { createCipheriv, createDecipheriv, DiffieHellman } =
      nodeCrypto as unknown as { readonly createCipheriv: Work, readonly createDecipheriv: Work, readonly DiffieHellman: { readonly prototype: { readonly setPrivateKey: Work } } }
    CountedPlatform.withCrypto({
      createCipheriv: this.#counted('createCipheriv', (...args) => cipher(createCipheriv(...args) as object)),
      createDecipheriv: this.#counted('createDecipheriv', (...args) => cipher(createDecipheriv(...args) as object)),
      getDiffieHellman: this.#counted('getDiffieHellman', (name) => {
        const inner = nodeCrypto.getDiffieHellman(String(name))
        const group = { computeSecret: this.#counted('computeSecret', (other) => inner.computeSecret(other as Uint8Array)) }
        groups.set(group, inner)
        return group
      }),
      DiffieHellman: { prototype: { setPrivateKey: this.#counted('setPrivateKey', function (key) {
        return DiffieHellman.prototype.setPrivateKey.call(groups.get(this as object), key)
      }) } },
    }, work)
  }

  /** Runs with something else in the place of node:crypto. */
  static withCrypto<T>(crypto: unknown, work: () => T): T {
    const kept = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule')!
    Object.defineProperty(process, 'getBuiltinModule', { value: () => crypto, configurable: true })
    try {
      return work()
    } finally {
      Object.defineProperty(process, 'getBuiltinModule', kept)
    }
  }

  /** Runs with modules whose exports are counted; reports their memories. */
  withWebAssembly(work: (memories: readonly Memory[]) => void): void {
    const memories: Memory[] = []
    const platform = globalThis as { WebAssembly?: Api }
    const kept = platform.WebAssembly!
    const counted = (name: string, work: Work): Work => this.#counted(name, work)
    platform.WebAssembly = {
      validate: (bytes) => kept.validate(bytes),
      Module: kept.Module,
      Instance: class {
        readonly exports: object
        constructor(module: object, imports: object) {
          const { exports } = new kept.Instance(module, imports)
          memories.push((exports as { readonly memory: Memory }).memory)
          this.exports = Object.fromEntries(Object.entries(exports as Record<string, unknown>)
            .map(([name, value]) => [name, typeof value === 'function' && name !== 'memoryEnd' ? counted(name, value as Work) : value]))
        }
      },
    }
    try {
      work(memories)
    } finally {
      platform.WebAssembly = kept
    }
  }

  #counted(name: string, work: Work): Work {
    const fails = (): boolean => this.#next(name)
    return function (...args) {
      const failing = fails()
      const result = work.apply(this, args)
      if (failing && result instanceof Uint8Array && result.length > 0) result[result.length >> 1]! ^= 1
      return result
    }
  }

  /** Counts a call, and throws if it must fail. Returns whether its result must be wrong. */
  #next(name: string): boolean {
    this.calls++
    const fails = this.how === 'ever after' ? this.calls >= this.failsAt : this.how !== 'never' && this.calls === this.failsAt
    if (fails) this.failed ??= name
    if (fails && this.how !== 'wrong') throw new Error(`call ${this.calls} traps`)
    return fails
  }
}
