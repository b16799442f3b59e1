import { createDiffieHellmanGroup } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import type { ModpGroup } from '../../src/crypto/index.js'
import { bitLength, compareIntegers, minimal, padTo, toBytes, toInteger } from '../../src/crypto/integer.js'
import { jacobi, nobleModp, noblePowerModulo, PRIME_1536, PRIME_3072 } from '../../src/crypto/noble/modp.js'

/** base^exponent mod modulus, the way of the textbook. */
function textbookPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

/** floor(2^bits * pi), by Machin's formula. */
function piTimes2To(bits: number): bigint {
  const guard = 64n
  const one = 1n << (BigInt(bits) + guard)
  const arctan = (n: bigint): bigint => {
    let [term, sum] = [one / n, 0n]
    for (let k = 1n; term !== 0n; k += 2n) {
      sum += (k & 2n) === 0n ? term / k : -(term / k)
      term /= n * n
    }
    return sum
  }
  return (16n * arctan(5n) - 4n * arctan(239n)) >> guard
}

const p1536 = BigInt(`0x${PRIME_1536}`)
const p3072 = BigInt(`0x${PRIME_3072}`)

describe('crypto: prime groups', () => {
  it('has the primes of RFC 3526, groups 5 and 15, by their formulas', () => {
    expect(p1536 === 2n ** 1536n - 2n ** 1472n - 1n + 2n ** 64n * (piTimes2To(1406) + 741_804n)).equal(true)
    expect(p3072 === 2n ** 3072n - 2n ** 3008n - 1n + 2n ** 64n * (piTimes2To(2942) + 1_690_314n)).equal(true)
    expect(createDiffieHellmanGroup('modp5').getPrime('hex')).equal(PRIME_1536)
    expect(createDiffieHellmanGroup('modp15').getPrime('hex')).equal(PRIME_3072)
  })

  for (const [name, hex, shortBits, theirs] of [['1536', PRIME_1536, 320, 'modp5'], ['3072', PRIME_3072, 640, 'modp15']] as const) {
    describe(`${name} bits`, () => {
      const group: ModpGroup = nobleModp(hex, shortBits)
      const p = toInteger(group.prime)
      const q = toInteger(group.order)
      const length = group.byteLength
      const exponents = fc.uint8Array({ maxLength: length, size: 'max' })
      const elements = fc.uint8Array({ minLength: length, maxLength: length, size: 'max' }).map((bytes) => toBytes(toInteger(bytes) % p, length))
      const runs = { numRuns: name === '1536' ? 15 : 4 }
      const edges = [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2), new Uint8Array(length), group.order, toBytes(q - 1n, length),
        toBytes(p - 1n, length), new Uint8Array(length).fill(0xff), new Uint8Array(shortBits / 8).fill(0xff), new Uint8Array(shortBits / 8 + 1).fill(0xff)]

      it('is a safe-prime group whose generator 2 has order q', () => {
        expect(length).equal(Number(name) / 8)
        expect(2n * q + 1n === p).equal(true)
        expect(toInteger(group.powerOfGenerator(group.order)) === 1n).equal(true)
      })

      it('raises the generator to exponents of every length, edges included', () => {
        for (const x of edges) expect(toInteger(group.powerOfGenerator(x)) === textbookPower(2n, toInteger(x), p)).equal(true)
        fc.assert(fc.property(exponents, (x) => toInteger(group.powerOfGenerator(x)) === textbookPower(2n, toInteger(x), p)), runs)
        fc.assert(fc.property(fc.uint8Array({ maxLength: shortBits / 8, size: 'max' }), (x) =>
          toInteger(group.powerOfGenerator(x)) === textbookPower(2n, toInteger(x), p)), runs)
      })

      it('raises any element to any exponent', () => {
        for (const x of edges) {
          for (const base of [0n, 1n, 3n, p - 1n]) {
            expect(toInteger(group.power(toBytes(base, length), x)) === textbookPower(base, toInteger(x), p)).equal(true)
          }
        }
        fc.assert(fc.property(elements, exponents, (base, x) =>
          toInteger(group.power(base, x)) === textbookPower(toInteger(base), toInteger(x), p)), runs)
      })

      it('agrees with another implementation on public keys and shared secrets', () => {
        const [alice, bob] = [createDiffieHellmanGroup(theirs), createDiffieHellmanGroup(theirs)]
        alice.generateKeys()
        bob.generateKeys()
        const secret = new Uint8Array(alice.getPrivateKey())
        expect(toInteger(group.powerOfGenerator(secret)) === toInteger(alice.getPublicKey())).equal(true)
        expect(toInteger(group.power(padTo(bob.getPublicKey(), length), secret)) === toInteger(alice.computeSecret(bob.getPublicKey()))).equal(true)
      })

      it('multiplies two powers, inverts, and answers proofs', () => {
        fc.assert(fc.property(elements, exponents, elements, exponents, (a, x, b, y) => {
          const product = (textbookPower(toInteger(a), toInteger(x), p) * textbookPower(toInteger(b), toInteger(y), p)) % p
          expect(toInteger(group.doublePower(a, x, b, y)) === product).equal(true)
          expect(toInteger(group.multiply(a, b)) === (toInteger(a) * toInteger(b)) % p).equal(true)
          if (toInteger(a) !== 0n) expect(toInteger(group.multiply(a, group.invert(a)))).equal(1n)
          const response = (((toInteger(x) - toInteger(a) * toInteger(y)) % q) + q) % q
          expect(toInteger(group.respond(x, a, y)) === response).equal(true)
        }), runs)
        expect(toInteger(group.doublePower(group.powerOfGenerator(Uint8Array.of(9)), new Uint8Array(0), toBytes(3n, length), Uint8Array.of(2)))).equal(9n)
        expect(() => group.invert(new Uint8Array(length))).throw().property('code', 'OTR_INTERNAL')
      })

      it('tells members of the subgroup as Euler\'s criterion does', () => {
        for (const x of [0n, 1n, 2n, p - 2n, p - 1n]) {
          expect(group.inSubgroup(toBytes(x, length)), x.toString(16)).equal(textbookPower(x, q, p) === 1n)
        }
        fc.assert(fc.property(elements, (x) => group.inSubgroup(x) === (textbookPower(toInteger(x), q, p) === 1n)), runs)
      })

      it('refuses what is no element, and exponents that are too long', () => {
        for (const bad of [group.prime, new Uint8Array(length).fill(0xff), new Uint8Array(length - 1), new Uint8Array(length + 1)]) {
          expect(() => group.power(bad, Uint8Array.of(1))).throw().property('code', 'OTR_INTERNAL')
          expect(() => group.inSubgroup(bad)).throw().property('code', 'OTR_INTERNAL')
        }
        expect(() => group.powerOfGenerator(new Uint8Array(length + 1))).throw().property('code', 'OTR_INTERNAL')
      })
    })
  }

  it('computes the Jacobi symbol of small numbers, composite moduli included', () => {
    const byFactors = (a: bigint, n: bigint): number => {
      let [symbol, rest] = [1, n]
      for (let f = 3n; rest > 1n; f += 2n) {
        while (rest % f === 0n) {
          const power = textbookPower(a, (f - 1n) / 2n, f)
          symbol *= power === f - 1n ? -1 : Number(power)
          rest /= f
        }
      }
      return symbol
    }
    for (let n = 3n; n < 90n; n += 2n) for (let a = 0n; a < n; a++) expect(jacobi(a, n), `(${a} | ${n})`).equal(byFactors(a, n))
    expect(jacobi(1n << 700n, p1536)).equal(1)
  })

  it('raises numbers modulo any odd number', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 30 }), (m, b, x) => {
      const modulus = toInteger(m) | 1n
      const base = toInteger(b) % modulus
      const bytes = toBytes(modulus, m.length)
      const power = noblePowerModulo(toBytes(base, m.length), x, bytes)
      expect(power.length).equal(m.length)
      expect(toInteger(power) === textbookPower(base, toInteger(x), modulus) % modulus).equal(true)
    }))
    expect(() => noblePowerModulo(Uint8Array.of(1), Uint8Array.of(1), Uint8Array.of(4))).throw().property('code', 'OTR_INTERNAL')
    expect(() => noblePowerModulo(Uint8Array.of(5), Uint8Array.of(1), Uint8Array.of(5))).throw().property('code', 'OTR_INTERNAL')
    expect(() => noblePowerModulo(Uint8Array.of(2), Uint8Array.of(1), new Uint8Array(385).fill(1))).throw().property('code', 'OTR_INTERNAL')
  })

  it('pads, trims and orders integers', () => {
    expect(minimal(Uint8Array.of(0, 0, 1, 0))).deep.equal(Uint8Array.of(1, 0))
    expect(padTo(Uint8Array.of(0, 0, 0, 1), 2)).deep.equal(Uint8Array.of(0, 1))
    expect(() => padTo(Uint8Array.of(1, 0, 0), 2)).throw().property('code', 'OTR_INTERNAL')
    expect(() => toBytes(256n, 1)).throw().property('code', 'OTR_INTERNAL')
    fc.assert(fc.property(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }), (a, b) => {
      const [x, y] = [toInteger(a), toInteger(b)]
      expect(Math.sign(compareIntegers(a, b))).equal(x < y ? -1 : x > y ? 1 : 0)
      expect(bitLength(a)).equal(x === 0n ? 0 : x.toString(2).length)
    }))
  })
})
