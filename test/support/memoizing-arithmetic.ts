import type { Arithmetic, ModpGroup } from '../../src/crypto/arithmetic.js'

/**
 * An arithmetic that remembers its powers: a model checker raises the same numbers to the same powers thousands of times. Never for
 * anything but tests: it keeps secrets.
 */
export function memoArithmetic(arithmetic: Arithmetic): Arithmetic {
  const memo = new Map<string, Uint8Array>()
  const remember = (name: string, parts: readonly Uint8Array[], compute: () => Uint8Array): Uint8Array => {
    const key = `${name} ${parts.map((part) => Buffer.from(part).toString('latin1')).join('|')}`
    let value = memo.get(key)
    if (value === undefined) memo.set(key, value = compute())
    // Callers wipe what they are given.
    return value.slice()
  }
  const group = arithmetic.modp1536
  const modp1536: ModpGroup = {
    ...group,
    power: (base, exponent) => remember('power', [base, exponent], () => group.power(base, exponent)),
    powerOfGenerator: (exponent) => remember('g', [exponent], () => group.powerOfGenerator(exponent)),
  }
  return {
    name: arithmetic.name,
    constantTime: false,
    modp1536,
    modp3072: arithmetic.modp3072,
    get ed448() {
      return arithmetic.ed448
    },
    powerModulo: (base, exponent, modulus) =>
      remember('mod', [base, exponent, modulus], () => arithmetic.powerModulo(base, exponent, modulus)),
    respondModulo: (r, a, c, modulus) => arithmetic.respondModulo(r, a, c, modulus),
    shake256: (parts, length) => arithmetic.shake256(parts, length),
    chainStep: (chainKey) => arithmetic.chainStep(chainKey),
    chacha20: (key, data) => arithmetic.chacha20(key, data),
  }
}
