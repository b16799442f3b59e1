/**
 * What the platform offers beyond the language: Node's OpenSSL, WebAssembly, a clock, a way to wait. Any of it may be missing,
 * throw at any call, or return something wrong. So every use has a self-test and a fallback, and a failure costs only time.
 * Randomness alone has no fallback: see `random.ts`.
 */

/** What `take` takes of the module node:crypto, where the platform has one: Node, Bun and Deno. `undefined` when anything throws on the way. */
export function fromNodeCrypto<Used extends object, T>(take: (crypto: Partial<Used>) => T): T | undefined {
  return attempt(() => {
    const platform = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
    const found = platform.process?.getBuiltinModule?.('node:crypto')
    return typeof found === 'object' && found !== null ? take(found) : undefined
  })
}

/** The result of a platform's function; `undefined` when it threw. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
