/**
 * What the platform offers beyond the language: Node's OpenSSL, WebAssembly, a clock, a way to wait. Each of these may be missing, throw at
 * any call, or return something wrong. So every use has a self-test and a fallback, and a failure costs only time. Only randomness has no
 * fallback: see `random.ts`.
 */

/** Returns what `take` returns for the module node:crypto of Node, Bun and Deno. `undefined` if there is no such module, or if anything throws. */
export function fromNodeCrypto<Used extends object, T>(take: (crypto: Partial<Used>) => T): T | undefined {
  return attempt(() => {
    const platform = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
    const found = platform.process?.getBuiltinModule?.('node:crypto')
    return typeof found === 'object' && found !== null ? take(found) : undefined
  })
}

/** Returns the result of a platform's function; `undefined` if it threw. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
