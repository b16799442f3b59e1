import { OtrError } from '../errors.js'
import { setWipeWatch, type WipeWatch } from '../wiped.js'

/**
 * For development: reports every later use of a secret that was wiped, which would otherwise compute with zeros. The use fails with the code
 * `OTR_INTERNAL`. Call this before the first key is made. It makes everything slower: do not call it in a released program.
 *
 * @param onUse - called with the error before it is thrown, because an error inside `receive` may end as a notice
 */
export function watchWipes(onUse: (error: OtrError) => void = () => undefined): void {
  setWipeWatch(new Watch(onUse))
}

type Call = (...given: readonly unknown[]) => unknown

const isCall = (value: unknown): value is Call => typeof value === 'function'
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array

class Watch implements WipeWatch {
  readonly #onUse: (error: OtrError) => void
  /** The arrays that were wiped. If an array was all of its buffer, also the buffer: then every view of it is wiped, too. */
  readonly #wiped = new WeakSet<object>()
  /** Providers and their functions, each with the wrapper around it, and the reverse. */
  readonly #fronts = new WeakMap<object, object>()
  readonly #behind = new WeakMap<object, object>()

  constructor(onUse: (error: OtrError) => void) {
    this.#onUse = onUse
  }

  wiped(secret: Uint8Array): void {
    if (secret.length === 0) return
    this.#wiped.add(secret)
    if (secret.length === secret.buffer.byteLength) this.#wiped.add(secret.buffer)
  }

  filled(bytes: Uint8Array): void {
    this.#wiped.delete(bytes)
    this.#wiped.delete(bytes.buffer)
  }

  used(bytes: readonly Uint8Array[]): void {
    for (const one of bytes) {
      if (!this.#wiped.has(one) && !this.#wiped.has(one.buffer)) continue
      const error = new OtrError('OTR_INTERNAL', 'a secret was used after it was overwritten')
      this.#onUse(error)
      throw error
    }
  }

  over<T extends object>(provider: T): T {
    if (this.#behind.has(provider)) return provider
    return this.#front(provider, () => new Proxy(provider, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name)
        if (isCall(value)) return this.#front(value, () => this.#asking(value, target))
        return isObject(value) ? this.over(value) : value
      },
    }))
  }

  under<T extends object>(provider: T): T {
    return this.#behind.get(provider) as T | undefined ?? provider
  }

  #front<T extends object>(what: T, make: () => T): T {
    const known = this.#fronts.get(what) as T | undefined
    if (known !== undefined) return known
    const front = make()
    this.#fronts.set(what, front)
    this.#behind.set(front, what)
    return front
  }

  /** The function, once it was asked about all arguments. What it returns may have functions of its own: a keyed MAC. */
  #asking(call: Call, owner: object): Call {
    return (...given) => {
      for (const one of given) this.used(Array.isArray(one) ? one.filter(isBytes) : isBytes(one) ? [one] : [])
      const result = call.apply(owner, given as unknown[])
      return isObject(result) && Object.values(result).some(isCall) ? this.over(result) : result
    }
  }
}
