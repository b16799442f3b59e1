import { OtrError } from '../errors.js'
import type { Arithmetic, Ed448, KeyedCipher, KeyedMac, ModpGroup, V3Ciphers } from './arithmetic.js'
import { copySecret } from './secret.js'

/**
 * A fast implementation with a fallback that always works. WebAssembly may trap at any call. If the fast implementation fails, the fallback
 * repeats that call and does every later one. If both refuse an input, it is the caller's mistake, and nothing changes.
 */
class Guard {
  readonly #onFault: (fault: OtrError) => void
  #sound = true

  constructor(onFault: (fault: OtrError) => void) {
    this.#onFault = onFault
  }

  /** Wraps a function of the fast implementation, with that of the fallback. */
  over<Args extends readonly unknown[], Result>(fast: (...args: Args) => Result, slow: (...args: Args) => Result): (...args: Args) => Result {
    return (...args) => {
      if (!this.#sound) return slow(...args)
      try {
        return fast(...args)
      } catch (error) {
        // This is a refusal, not a failure: bytes that are no point, a number that is too long.
        if (error instanceof OtrError) throw error
        const result = slow(...args)
        this.#sound = false
        this.#onFault(new OtrError('OTR_WASM', `WebAssembly stopped in the middle of its work: ${String(error)}`))
        return result
      }
    }
  }
}

/**
 * An arithmetic with a fallback. `name` and `constantTime` are those of `fast`. If `onFault` puts another arithmetic in use, its values replace
 * them.
 */
export function guardedArithmetic(fast: Arithmetic, slow: Arithmetic, onFault: (fault: OtrError) => void): Arithmetic {
  const guard = new Guard(onFault)
  return {
    name: fast.name,
    constantTime: fast.constantTime,
    modp1536: guardedGroup(guard, fast.modp1536, slow.modp1536),
    modp3072: guardedGroup(guard, fast.modp3072, slow.modp3072),
    ed448: guardedEd448(guard, fast.ed448, slow.ed448),
    powerModulo: guard.over((b, e, m) => fast.powerModulo(b, e, m), (b, e, m) => slow.powerModulo(b, e, m)),
    respondModulo: guard.over((r, a, c, m) => fast.respondModulo(r, a, c, m), (r, a, c, m) => slow.respondModulo(r, a, c, m)),
    shake256: guard.over((parts, length, allocate) => fast.shake256(parts, length, allocate), (parts, length, allocate) => slow.shake256(parts, length, allocate)),
    chacha20: guard.over((key, data, allocate) => fast.chacha20(key, data, allocate), (key, data, allocate) => slow.chacha20(key, data, allocate)),
    chainStep: guard.over((key) => fast.chainStep(key), (key) => slow.chainStep(key)),
  }
}

function guardedGroup(guard: Guard, fast: ModpGroup, slow: ModpGroup): ModpGroup {
  return {
    byteLength: fast.byteLength,
    prime: fast.prime,
    order: fast.order,
    power: guard.over((b, e) => fast.power(b, e), (b, e) => slow.power(b, e)),
    powerOfGenerator: guard.over((e) => fast.powerOfGenerator(e), (e) => slow.powerOfGenerator(e)),
    doublePower: guard.over((a, x, b, y) => fast.doublePower(a, x, b, y), (a, x, b, y) => slow.doublePower(a, x, b, y)),
    multiply: guard.over((a, b) => fast.multiply(a, b), (a, b) => slow.multiply(a, b)),
    invert: guard.over((a) => fast.invert(a), (a) => slow.invert(a)),
    inSubgroup: guard.over((a) => fast.inSubgroup(a), (a) => slow.inSubgroup(a)),
    respond: guard.over((r, a, c) => fast.respond(r, a, c), (r, a, c) => slow.respond(r, a, c)),
  }
}

function guardedEd448(guard: Guard, fast: Ed448, slow: Ed448): Ed448 {
  return {
    generator: fast.generator,
    order: fast.order,
    isValidPoint: guard.over((p) => fast.isValidPoint(p), (p) => slow.isValidPoint(p)),
    multiplyBase: guard.over((s) => fast.multiplyBase(s), (s) => slow.multiplyBase(s)),
    multiply: guard.over((s, p) => fast.multiply(s, p), (s, p) => slow.multiply(s, p)),
    multiplyAdd: guard.over((a, p, b) => fast.multiplyAdd(a, p, b), (a, p, b) => slow.multiplyAdd(a, p, b)),
    multiplyAddPublic: guard.over((a, p, b) => fast.multiplyAddPublic(a, p, b), (a, p, b) => slow.multiplyAddPublic(a, p, b)),
    multiplyPair: guard.over((a, b, p, c, d) => fast.multiplyPair(a, b, p, c, d), (a, b, p, c, d) => slow.multiplyPair(a, b, p, c, d)),
    multiplyTwoPublic: guard.over((a, p, b, q, c) => fast.multiplyTwoPublic(a, p, b, q, c), (a, p, b, q, c) => slow.multiplyTwoPublic(a, p, b, q, c)),
    add: guard.over((p, q) => fast.add(p, q), (p, q) => slow.add(p, q)),
    subtract: guard.over((p, q) => fast.subtract(p, q), (p, q) => slow.subtract(p, q)),
    isIdentity: guard.over((p) => fast.isIdentity(p), (p) => slow.isIdentity(p)),
    reduceScalar: guard.over((s) => fast.reduceScalar(s), (s) => slow.reduceScalar(s)),
    addScalars: guard.over((a, b) => fast.addScalars(a, b), (a, b) => slow.addScalars(a, b)),
    subtractScalars: guard.over((a, b) => fast.subtractScalars(a, b), (a, b) => slow.subtractScalars(a, b)),
    multiplyScalars: guard.over((a, b) => fast.multiplyScalars(a, b), (a, b) => slow.multiplyScalars(a, b)),
  }
}

/** As `guardedArithmetic`, for the hash and the cipher of version 3. Each keyed function keeps its key, in case the fallback must start again. */
export function guardedV3Ciphers(fast: V3Ciphers, slow: V3Ciphers, onFault: (fault: OtrError) => void): V3Ciphers {
  const guard = new Guard(onFault)
  const keyedMac = (mac: KeyedMac, key: Uint8Array): KeyedMac => {
    const kept = copySecret(key)
    let other: KeyedMac | undefined
    return {
      of: guard.over((parts) => mac.of(parts), (parts) => (other ??= slow.hmacSha1(kept)).of(parts)),
      wipe: () => {
        kept.fill(0)
        mac.wipe()
        other?.wipe()
      },
    }
  }
  const keyedCipher = (cipher: KeyedCipher, key: Uint8Array): KeyedCipher => {
    const kept = copySecret(key)
    let other: KeyedCipher | undefined
    return {
      counterMode: guard.over(
        (counter, data, allocate) => cipher.counterMode(counter, data, allocate),
        (counter, data, allocate) => (other ??= slow.aes128(kept)).counterMode(counter, data, allocate),
      ),
      wipe: () => {
        kept.fill(0)
        cipher.wipe()
        other?.wipe()
      },
    }
  }
  return {
    constantTime: fast.constantTime,
    sha1: guard.over((parts) => fast.sha1(parts), (parts) => slow.sha1(parts)),
    hmacSha1: guard.over((key) => keyedMac(fast.hmacSha1(key), key), (key) => slow.hmacSha1(key)),
    aes128: guard.over((key) => keyedCipher(fast.aes128(key), key), (key) => slow.aes128(key)),
  }
}
