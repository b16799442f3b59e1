import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Arithmetic } from '../../src/crypto/arithmetic.js'
import { generateEcdh } from '../../src/crypto/ecdh.js'
import { generateEd448KeyPair } from '../../src/crypto/eddsa.js'
import { generateForgingPoint } from '../../src/crypto/forging-key.js'
import { toInteger } from '../../src/crypto/integer.js'
import { usage } from '../../src/crypto/kdf.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { RING_SIGNATURE_LENGTH, ringSign, ringVerify, type Ring } from '../../src/crypto/ringsignature.js'
import { expandSecret, hashToScalar } from '../../src/crypto/scalars.js'
import { OtrError } from '../../src/errors.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

const exhaustive = process.env['OTR4_EXHAUSTIVE'] === '1'
const random = seededRandom('ring')
const keys = [generateEd448KeyPair(random), generateEd448KeyPair(random), generateEd448KeyPair(random)] as const
const ring: Ring = [keys[0].publicKey, keys[1].publicKey, keys[2].publicKey]
const message = random(64)
const sign = (position: number, m = message, source = random): Uint8Array =>
  ringSign({ ring, secret: keys[position]!.secretScalar, message: m, form: 'bare', random: source })
const flip = (bytes: Uint8Array, bit: number): Uint8Array => bytes.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
const component = (sigma: Uint8Array, n: number): Uint8Array => sigma.subarray(57 * n, 57 * n + 57)

/** The bits to flip: all of them when asked for, else every `step`-th and the first and last ones. */
function* bits(length: number, step: number): Generator<number> {
  for (let bit = 0; bit < length * 8; bit++) if (exhaustive || bit % step === 0 || bit < 4 || bit >= length * 8 - 4) yield bit
}

describe('attack: ring signature', function () {
  this.timeout(exhaustive ? 600_000 : 60_000)

  describe('R1: altered', () => {
    const sigma = sign(1)

    it('R1: it verifies as it is', () => {
      expect(ringVerify(ring, sigma, message)).equal('bare')
    })

    it('R1: with any bit of sigma flipped it does not', () => {
      for (const bit of bits(sigma.length, 31)) expect(ringVerify(ring, flip(sigma, bit), message), `bit ${bit}`).equal(undefined)
    })

    it('R1: with any bit of a ring key flipped it does not', () => {
      ring.forEach((key, n) => {
        for (const bit of bits(key.length, 11)) {
          const altered = ring.map((other, i) => i === n ? flip(key, bit) : other) as unknown as Ring
          expect(ringVerify(altered, sigma, message), `key ${n}, bit ${bit}`).equal(undefined)
        }
      })
    })

    it('R1: with any bit of the message flipped it does not', () => {
      for (const bit of bits(message.length, 11)) expect(ringVerify(ring, sigma, flip(message, bit)), `bit ${bit}`).equal(undefined)
    })

    it('R1: with another order of the keys, another length, or in the other form it does not', () => {
      expect(ringVerify([ring[1], ring[0], ring[2]], sigma, message)).equal(undefined)
      expect(ringVerify(ring, sigma.subarray(0, -1), message)).equal(undefined)
      expect(ringVerify(ring, new Uint8Array([...sigma, 0]), message)).equal(undefined)
      expect(ringVerify(ring, new Uint8Array(0), message)).equal(undefined)
      expect(ringVerify(ring, new Uint8Array(342), message)).equal(undefined)
      expect(ringVerify(ring, sigma, message, ['data'])).equal(undefined)
    })
  })

  describe('R2: each of the three keys', () => {
    for (const position of [0, 1, 2]) {
      for (const form of ['bare', 'data'] as const) {
        it(`R2: key ${position} signs, form ${form}`, () => {
          const sigma = ringSign({ ring, secret: keys[position]!.secretScalar, message, form, random })
          expect(sigma).length(RING_SIGNATURE_LENGTH)
          expect(ringVerify(ring, sigma, message)).equal(form)
        })
      }
    }

    it('R2: the same operations on values of the same lengths, whichever key signs', () => {
      const traces = [0, 1, 2].map((position) => {
        const calls: string[] = []
        const real = getArithmetic()
        const note = (name: string, args: unknown[]): void => {
          calls.push(`${name}(${args.flat().map((arg) => arg instanceof Uint8Array ? arg.length : 'number').join()})`)
        }
        const ed448 = Object.fromEntries(Object.entries(real.ed448).map(([name, value]: [string, unknown]) =>
          [name, typeof value !== 'function' ? value : (...args: unknown[]) => {
            note(name, args)
            return (value as (...all: unknown[]) => unknown)(...args)
          }])) as unknown as Arithmetic['ed448']
        withArithmetic({ ...real, ed448, shake256: (parts, length) => { note('shake256', [...parts]); return real.shake256(parts, length) } },
          () => sign(position, message, seededRandom('trace')))
        return calls
      })
      expect(traces[1]).deep.equal(traces[0])
      expect(traces[2]).deep.equal(traces[0])
      expect(traces[0]!.filter((call) => call.startsWith('multiplyAdd('))).length(3)
      // The key's own, and one commitment for each.
      expect(traces[0]!.filter((call) => call.startsWith('multiplyBase('))).length(4)
    })

    it('R2: a secret that belongs to none of them is refused', () => {
      const stranger = generateEd448KeyPair(random)
      expect(() => ringSign({ ring, secret: stranger.secretScalar, message, form: 'bare', random })).throw(OtrError)
        .property('code', 'OTR_INTERNAL')
    })

    it('R2: a ring that contains a key twice still works', () => {
      const twice: Ring = [keys[0].publicKey, keys[0].publicKey, keys[2].publicKey]
      for (const key of [keys[0], keys[2]]) {
        expect(ringVerify(twice, ringSign({ ring: twice, secret: key.secretScalar, message, form: 'bare', random }), message)).equal('bare')
      }
    })
  })

  describe('R3: commitments', () => {
    const { ed448 } = getArithmetic()
    const commitment = (sigma: Uint8Array, n: number): string =>
      Buffer.from(ed448.multiplyAddPublic(component(sigma, 2 * n), ring[n]!, component(sigma, 2 * n + 1))).toString('hex')
    const commitments = (sigmas: Uint8Array[]): Set<string> => new Set(sigmas.flatMap((sigma) => [0, 1, 2].map((n) => commitment(sigma, n))))

    it('R3: two signatures never share one, for equal and for different messages', () => {
      expect(commitments([sign(0), sign(0), sign(1), sign(0, random(64)), sign(0, message.subarray(1))])).property('size', 15)
    })

    it('R3: not even with a source that repeats itself: the message and the key are hashed in', () => {
      const constant = (length: number): Uint8Array => new Uint8Array(length).fill(7)
      expect(commitments([sign(0, message, constant), sign(0, flip(message, 0), constant), sign(1, message, constant)])).property('size', 9)
      expect(sign(0, message, constant)).deep.equal(sign(0, message, constant))
    })
  })

  it('R4: there is one verifier in the code base', () => {
    const sources = readdirSync(new URL('../../src/', import.meta.url), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => [name, readFileSync(new URL(`../../src/${name}`, import.meta.url), 'utf8')] as const)
    const naming = (pattern: RegExp): string[] => sources.filter(([, text]) => pattern.test(text)).map(([name]) => name)
    // Only one file hashes a challenge, and does so in one function, of which there is one verifying use.
    expect(naming(/usage\.auth\b/)).deep.equal(['crypto/ringsignature.ts'])
    const text = sources.find(([name]) => name === 'crypto/ringsignature.ts')![1]
    expect(text.match(/function \w*verify\w*/gi)).deep.equal(['function ringVerify'])
    expect(text.match(/usage\.auth\b/g)).length(1)
  })

  it('R5: the public keys and one ephemeral secret suffice to make an accepted signature', () => {
    const [alice, bob] = [generateEd448KeyPair(random), generateEd448KeyPair(random)]
    // Auth-R: {F_b, H_a, Y}. The forger knows y and neither of the others; F_b has no known secret at all.
    const forger = generateEcdh(random)
    const authR: Ring = [generateForgingPoint(random), alice.publicKey, forger.publicKey]
    expect(ringVerify(authR, ringSign({ ring: authR, secret: forger.privateKey, message, form: 'bare', random }), message)).equal('bare')
    // Auth-I: {H_b, F_a, X}.
    const authI: Ring = [bob.publicKey, generateForgingPoint(random), forger.publicKey]
    expect(ringVerify(authI, ringSign({ ring: authI, secret: forger.privateKey, message, form: 'data', random }), message)).equal('data')
  })
})

/*
 * Who signed must not show in the signature. The scalars depend on the curve through the challenge's hash only, so these tests run in
 * the toy group with real scalars; with OTR4_EXHAUSTIVE=1, on the curve.
 */
describe('attack: ring signature, distribution', function () {
  this.timeout(exhaustive ? 1_200_000 : 60_000)
  const arithmetic = exhaustive ? getArithmetic() : toyArithmetic
  /** By each key: 5,001 in all, or three times as many. */
  const SIGNATURES = exhaustive ? 5000 : 1667
  type Signer = (position: number, message: Uint8Array) => Uint8Array

  const ringKeys = withArithmetic(arithmetic, () => [0, 1, 2].map((i) => generateEcdh(seededRandom(`ring ${i}`))))
  const fullRing = ringKeys.map((key) => key.publicKey) as unknown as Ring
  const source = seededRandom('distribution')
  const secret = (position: number): Uint8Array => ringKeys[position]!.privateKey

  const ours: Signer = (position, m) => ringSign({ ring: fullRing, secret: secret(position), message: m, form: 'bare', random: source })

  /** The draft's way: random values are hashed and pruned, then reduced when they are encoded. */
  const pruned: Signer = (position, m) => {
    const { ed448 } = getArithmetic()
    const draw = (): Uint8Array => ed448.reduceScalar(expandSecret(source(57)).scalar)
    const [t, c, r] = [draw(), [draw(), draw(), draw()], [draw(), draw(), draw()]]
    const commitments = fullRing.map((key, i) => i === position ? ed448.multiplyBase(t) : ed448.multiplyAdd(c[i]!, key, r[i]!))
    const sum = hashToScalar(usage.auth, [ed448.generator, ed448.order, ...fullRing, ...commitments, m])
    const others = c.filter((_, i) => i !== position).reduce((a, b) => ed448.addScalars(a, b))
    c[position] = ed448.subtractScalars(sum, others)
    r[position] = ed448.subtractScalars(t, ed448.multiplyScalars(c[position], secret(position)))
    return new Uint8Array([...c[0]!, ...r[0]!, ...c[1]!, ...r[1]!, ...c[2]!, ...r[2]!])
  }

  const collect = (signer: Signer, position: number, count: number): Uint8Array[] =>
    withArithmetic(arithmetic, () => Array.from({ length: count }, (_, n) => {
      const m = Uint8Array.of(position, n & 255, n >> 8)
      const sigma = signer(position, m)
      if (n % 50 === 0) expect(ringVerify(fullRing, sigma, m)).equal('bare')
      return sigma
    }))

  const big = (bytes: Uint8Array): bigint => toInteger(Uint8Array.from(bytes).reverse())
  const q = big(getArithmetic().ed448.order)
  /** 1/4 mod q. */
  const quarter = (q + 1n) / 4n

  /** Where a scalar falls, in ways that would betray a value that is not uniform over [0, q). */
  const views: [name: string, bins: number, bin: (scalar: Uint8Array) => number][] = [
    ['its two lowest bits', 4, (s) => (s[0] ?? 0) & 3],
    ['its lowest byte', 256, (s) => s[0] ?? 0],
    ['a byte in the middle', 256, (s) => s[28] ?? 0],
    ['its six highest bits', 64, (s) => s[55] ?? 0],
    ['its place between 0 and q', 256, (s) => Number((big(s) << 8n) / q)],
    ['four times it, mod q: the bits of what was pruned', 256, (s) => Number(((big(s) * 4n) % q << 8n) / q)],
    ['a quarter of it, mod q', 256, (s) => Number((((big(s) * quarter) % q) << 8n) / q)],
    ['its lowest bit and its half', 4, (s) => ((s[0] ?? 0) & 1) * 2 + Number(big(s) * 2n >= q)],
  ]

  /** How many standard deviations chi-square differs from its expectation for uniform values. */
  function deviation(scalars: readonly Uint8Array[], bins: number, bin: (scalar: Uint8Array) => number): number {
    const counts = new Array<number>(bins).fill(0)
    for (const scalar of scalars) {
      const at = bin(scalar)
      counts[at] = (counts[at] ?? 0) + 1
    }
    const expected = scalars.length / bins
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    return (chiSquare - (bins - 1)) / Math.sqrt(2 * (bins - 1))
  }

  /** The worst deviation of any component in any view. */
  function worst(sigmas: readonly Uint8Array[]): { at: string, deviation: number } {
    let result = { at: '', deviation: 0 }
    for (let n = 0; n < 6; n++) {
      const scalars = sigmas.map((sigma) => component(sigma, n))
      for (const [name, bins, bin] of views) {
        const found = deviation(scalars, bins, bin)
        if (Math.abs(found) > Math.abs(result.deviation)) result = { at: `component ${n}, ${name}`, deviation: found }
      }
    }
    return result
  }

  /** Guesses the signer: pruned values, reduced mod q, are 2 or 3 mod 4. Ties go to the lowest key. */
  function guess(sigma: Uint8Array): number {
    const looksPruned = (n: number): number => Number(((component(sigma, n)[0] ?? 0) & 2) !== 0)
    const oddness = [0, 1, 2].map((i) => looksPruned(2 * i) + looksPruned(2 * i + 1))
    return oddness.indexOf(Math.min(...oddness))
  }
  const found = (signed: readonly Uint8Array[][]): number =>
    signed.flatMap((sigmas, position) => sigmas.map((sigma) => Number(guess(sigma) === position))).reduce((a, b) => a + b) / (signed.length * signed[0]!.length)

  let signed: Uint8Array[][] = []
  let control: Uint8Array[][] = []
  before(() => {
    signed = [0, 1, 2].map((position) => collect(ours, position, SIGNATURES))
    control = [0, 1, 2].map((position) => collect(pruned, position, 1000))
  })

  for (const position of [0, 1, 2]) {
    it(`every component of ${SIGNATURES} signatures by key ${position} is uniform over [0, q)`, () => {
      const { at, deviation: value } = worst(signed[position]!)
      expect(Math.abs(value), at).below(5)
    })

    it(`the draft's pruned values by key ${position} are flagged by the same test`, () => {
      expect(worst(control[position]!).deviation).above(100)
    })
  }

  it('the signer is guessed no better than by chance; with pruned values, mostly right', () => {
    expect(found(signed)).within(1 / 3 - 0.025, 1 / 3 + 0.025)
    expect(found(control)).above(0.7)
  })

  it('the components of one signature do not depend on each other: the signer\'s are as far from the others\' as theirs from each other', () => {
    // Each pair of components, by the sum of their places between 0 and q: uniform mod 1 when they are independent.
    for (const sigmas of signed) {
      for (let a = 0; a < 6; a++) {
        for (let b = a + 1; b < 6; b++) {
          const sums = deviation(sigmas, 64, (sigma) =>
            Number((((big(component(sigma, a)) + big(component(sigma, b))) % q) << 6n) / q))
          expect(Math.abs(sums), `components ${a} and ${b}`).below(5)
        }
      }
    }
  })
})
