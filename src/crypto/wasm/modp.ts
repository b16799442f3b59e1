import { OtrError } from '../../errors.js'
import type { Arithmetic, ModpGroup } from '../arithmetic.js'
import { equalBytes, wipe } from '../compare.js'
import { toBytes, toInteger } from '../integer.js'
import { checkAsLong, inverse, PRIME_1536, PRIME_3072 } from '../noble/modp.js'
import { fasterPower, platformPower } from './platform-power.js'
import { instantiate, selfTest, type Address, type ModuleMemory } from './instance.js'
import { modpModule } from './modules/modp.js'
import { copySecret, secretBytes } from '../secret.js'
import { copyPublic } from '../../wire/public-bytes.js'

/** assembly/modp.ts */
interface Modp extends ModuleMemory {
  readonly IO: Address
  readonly CONTEXT_COUNT: Address
  readonly prepare: (slot: number, length: number) => void
  readonly power: (slot: number, length: number) => void
  readonly powerOfGenerator: (slot: number, length: number) => void
  readonly combBytes: (slot: number) => number
  readonly doublePower: (slot: number, first: number, second: number) => void
  readonly generatorDoublePower: (slot: number, first: number, second: number) => void
  readonly multiplyModulo: (slot: number) => void
  readonly symbol: (slot: number) => number
  readonly respond: (slot: number, r: number, a: number, c: number) => void
}

/** The size of each of the five areas: four for arguments, one for the result. */
const AREA = 512
/** The longest modulus. */
const LONGEST = 384
/** The contexts: the groups are 0 and 1, their orders 2 and 3; the rest are for other moduli. */
const FIRST_FREE = 4

/** The exponent length from which a call to the platform is faster. */
const LONG_EXPONENT = 32

/**
 * The groups and `powerModulo` by the module `modp`.
 *
 * @param packed - the module with SIMD, or the one without
 * @param native - whether the platform's own Diffie-Hellman may be used for powers of bases other than 2, once it has proved faster
 * @param memories - see `instantiate`
 * @throws OtrError `OTR_WASM`, see `instantiate`
 */
export function wasmModp(packed = modpModule, native = true, memories: Uint8Array[] = []): Pick<Arithmetic, 'modp1536' | 'modp3072' | 'powerModulo' | 'respondModulo'> {
  const { exports: modp, bytes: memory } = instantiate<Modp>(packed, [
    'IO', 'CONTEXT_COUNT', 'prepare', 'power', 'powerOfGenerator', 'combBytes', 'doublePower', 'generatorDoublePower', 'multiplyModulo',
    'symbol', 'respond',
  ], memories)
  const io = modp.IO.value
  const out = io + 4 * AREA

  /** Copies the arguments in, calls, returns `length` bytes of result, and wipes all areas. */
  const run = (length: number, args: readonly Uint8Array[], call: () => void): Uint8Array => {
    args.forEach((arg, i) => { memory.set(arg, io + i * AREA) })
    call()
    const result = copySecret(memory, out, out + length)
    memory.fill(0, io, out + length)
    return result
  }
  const prepare = (slot: number, modulus: Uint8Array): void => {
    run(0, [modulus], () => { modp.prepare(slot, modulus.length) })
  }

  const moduli: (Uint8Array | undefined)[] = Array.from({ length: modp.CONTEXT_COUNT.value - FIRST_FREE })
  let oldest = 0
  /** The slot of an odd modulus; prepares one unless the modulus was used recently. */
  const slotOf = (modulus: Uint8Array): number => {
    const known = moduli.findIndex((other) => other !== undefined && equalBytes(other, modulus))
    if (known >= 0) return FIRST_FREE + known
    const slot = oldest
    oldest = (oldest + 1) % moduli.length
    moduli[slot] = copyPublic(modulus)
    prepare(FIRST_FREE + slot, modulus)
    return FIRST_FREE + slot
  }

  const group = (slot: number, primeHex: string, hostName: 'modp5' | 'modp15'): ModpGroup => {
    const p = BigInt(`0x${primeHex}`)
    const byteLength = primeHex.length / 2
    const prime = toBytes(p, byteLength)
    const order = toBytes((p - 1n) / 2n, byteLength)
    const two = toBytes(2n, byteLength)
    const longestOfComb = modp.combBytes(slot)
    prepare(slot, prime)
    prepare(slot + 2, order)

    const element = (bytes: Uint8Array): Uint8Array => {
      if (bytes.length !== byteLength || !isLess(bytes, prime)) throw new OtrError('OTR_INTERNAL', 'not an element of the group')
      return bytes
    }
    const exponent = (bytes: Uint8Array): Uint8Array => {
      if (bytes.length > byteLength) throw new OtrError('OTR_INTERNAL', `an exponent of more than ${byteLength} bytes`)
      return bytes
    }
    const ownPower = (base: Uint8Array, by: Uint8Array): Uint8Array =>
      run(byteLength, [base, by], () => { modp.power(slot, by.length) })
    const longPower = fasterPower(ownPower, native ? platformPower(hostName, byteLength) : undefined, () => performance.now())
    const power = (base: Uint8Array, by: Uint8Array): Uint8Array =>
      (by.length >= LONG_EXPONENT ? longPower.power : ownPower)(element(base), exponent(by))

    const powerOfGenerator = (by: Uint8Array): Uint8Array =>
      by.length > longestOfComb
        ? power(two, by)
        : run(byteLength, [NOTHING, by], () => { modp.powerOfGenerator(slot, by.length) })
    const multiply = (a: Uint8Array, b: Uint8Array): Uint8Array => run(byteLength, [element(a), element(b)], () => { modp.multiplyModulo(slot) })

    return {
      byteLength,
      prime,
      order,
      power,
      powerOfGenerator,
      doublePower: (a, x, b, y) => {
        const generator = x.length <= longestOfComb && equalBytes(a, two)
        // The platform has no such function, but it computes two powers faster than the module computes this.
        if (longPower.usesPlatform()) return multiply(generator ? powerOfGenerator(x) : power(a, x), power(b, y))
        return run(byteLength, [element(a), exponent(x), element(b), exponent(y)], () => {
          if (generator) modp.generatorDoublePower(slot, x.length, y.length)
          else modp.doublePower(slot, x.length, y.length)
        })
      },
      multiply,
      // Public values: Euclid's algorithm is many times faster than a power.
      invert: (a) => toBytes(inverse(toInteger(element(a)), p), byteLength),
      inSubgroup: (a) => {
        let symbol = 0
        run(0, [element(a)], () => { symbol = modp.symbol(slot) })
        return symbol === 1
      },
      respond: (r, a, c) =>
        run(byteLength, [exponent(r), exponent(a), exponent(c)], () => { modp.respond(slot + 2, r.length, a.length, c.length) }),
    }
  }

  const checkModulus = (modulus: Uint8Array): void => {
    if (((modulus[modulus.length - 1] ?? 0) & 1) === 0 || modulus.length > LONGEST) {
      throw new OtrError('OTR_INTERNAL', `the modulus must be odd and at most ${LONGEST} bytes`)
    }
  }
  const powerModulo = (base: Uint8Array, by: Uint8Array, modulus: Uint8Array): Uint8Array => {
    checkModulus(modulus)
    let start = 0
    while (start < base.length - modulus.length && base[start] === 0) start++
    const padded = secretBytes(modulus.length)
    if (base.length - start > modulus.length) throw new OtrError('OTR_INTERNAL', 'the base must be smaller than the modulus')
    padded.set(base.subarray(start), modulus.length - (base.length - start))
    if (!isLess(padded, modulus)) throw new OtrError('OTR_INTERNAL', 'the base must be smaller than the modulus')
    if (by.length > AREA) throw new OtrError('OTR_INTERNAL', `an exponent of more than ${AREA} bytes`)
    const slot = slotOf(modulus)
    const result = run(modulus.length, [padded, by], () => { modp.power(slot, by.length) })
    padded.fill(0)
    return result
  }

  const respondModulo = (r: Uint8Array, a: Uint8Array, c: Uint8Array, modulus: Uint8Array): Uint8Array => {
    checkModulus(modulus)
    checkAsLong([r, a, c], modulus)
    const slot = slotOf(modulus)
    const product = run(modulus.length, [a, c], () => { modp.multiplyModulo(slot) })
    const response = difference(r, product, modulus)
    wipe(product)
    return response
  }

  // 2^100 modulo 2^64 - 59, a prime.
  const modulus = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 197)
  selfTest('powers', () => equalBytes(powerModulo(Uint8Array.of(2), Uint8Array.of(100), modulus), Uint8Array.of(0, 0, 3, 0xb0, 0, 0, 0, 0)))
  return { modp1536: group(0, PRIME_1536, 'modp5'), modp3072: group(1, PRIME_3072, 'modp15'), powerModulo, respondModulo }
}

const NOTHING = new Uint8Array(0)

/** a - b modulo m, for a and b below m, big-endian, all of one length, on which alone the time depends. (The module's `respond` needs a modulus without zero bits in front.) */
function difference(a: Uint8Array, b: Uint8Array, m: Uint8Array): Uint8Array {
  const result = copySecret(a)
  let borrow = 0
  for (let i = m.length - 1; i >= 0; i--) {
    const digit = (result[i] ?? 0) - (b[i] ?? 0) + borrow
    result[i] = digit
    borrow = digit >> 8
  }
  let carry = 0
  for (let i = m.length - 1; i >= 0; i--) {
    const digit = (result[i] ?? 0) + ((m[i] ?? 0) & borrow) + carry
    result[i] = digit
    carry = digit >> 8
  }
  return result
}

/** Whether `a < b`, big-endian, of equal lengths, in time that depends on these only. */
function isLess(a: Uint8Array, b: Uint8Array): boolean {
  let borrow = 0
  for (let i = a.length - 1; i >= 0; i--) borrow = (((a[i] ?? 0) - (b[i] ?? 0) + borrow) >> 8)
  return borrow !== 0
}
