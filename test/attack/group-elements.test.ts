import { readFileSync } from 'node:fs'
import { ed448 as noble } from '@noble/curves/ed448.js'
import { expect } from 'chai'
import { generateDh3072, isValidDh3072 } from '../../src/crypto/dh3072.js'
import { generateEcdh, isValidEcdh } from '../../src/crypto/ecdh.js'
import { ed448KeyPair, eddsaSign, eddsaVerify, generateEd448KeyPair } from '../../src/crypto/eddsa.js'
import { generateForgingPoint } from '../../src/crypto/forging-key.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import type { RandomSource } from '../../src/crypto/random.js'
import { ringSign, ringVerify, type Ring } from '../../src/crypto/ringsignature.js'
import { randomScalar } from '../../src/crypto/scalars.js'
import { OtrError } from '../../src/errors.js'
import { interactiveAlice, interactiveBob, ratchetReceive, ratchetSend, type RatchetState } from '../../src/ratchet/index.js'
import { seededRandom } from '../support/seeded.js'
import { badNumbers, badPoints, ed448Order as q, fromLittle, little, offTheCurve, smallOrderPoints, withSign } from '../support/bad-values.js'
import { copySecret, concatSecrets } from '../../src/crypto/secret.js'

const { Point } = noble
const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))

const random = seededRandom('points')
const valid = generateEcdh(random).publicKey
const order4 = Point.fromAffine({ x: 1n, y: 0n })

/** Encodings that no peer may accept as a public key. */
const badEncodings: typeof badPoints = [
  ...badPoints, ['56 bytes', valid.subarray(0, 56)], ['58 bytes', new Uint8Array([...valid, 0])], ['nothing', new Uint8Array(0)],
]

/** Alice after chain 0, waiting for Bob's first chain, and Bob's first message. */
function beforeRotation(): { alice: RatchetState, header: ReturnType<typeof ratchetSend>['header'] } {
  const keys = { a: generateEcdh(random), b: generateEcdh(random), da: generateDh3072(random), db: generateDh3072(random) }
  const k = copySecret(random(64))
  const alice = interactiveAlice({ k, ourEcdh: keys.a, ourDh: keys.da, theirEcdh: keys.b.publicKey, theirDh: keys.db.publicKey })
  const bob = interactiveBob({ k, ourEcdh: keys.b, ourDh: keys.db, theirEcdh: keys.a.publicKey, theirDh: keys.da.publicKey })
  return { alice, header: ratchetSend(bob, 'due', { random, now: 0 }).header }
}

describe('attack: points, integers, keys, randomness', () => {
  describe('K1, K2: bad points', () => {
    it('K1: the good ones are accepted', () => {
      expect(isValidEcdh(valid)).equal(true)
      expect(isValidEcdh(withSign(valid))).equal(true)
    })

    const owner = generateEd448KeyPair(random)
    const message = hex('00112233')
    const signature = eddsaSign(owner.symmetricKey, message)
    const ring: Ring = [valid, owner.publicKey, generateForgingPoint(random)]
    const sigma = ringSign({ ring, secret: owner.secretScalar, message, form: 'bare', random })
    const { alice, header } = beforeRotation()

    for (const [name, point] of badEncodings) {
      it(`${name.includes('plus') ? 'K2' : 'K1'}: ${name}`, () => {
        expect(isValidEcdh(point), 'public key').equal(false)
        expect(eddsaVerify(point, message, signature), 'EdDSA').equal(false)
        for (const i of [0, 1, 2]) {
          const bad = ring.map((key, n) => n === i ? point : key) as unknown as Ring
          expect(ringVerify(bad, sigma, message), 'ring').equal(undefined)
          expect(() => ringSign({ ring: bad, secret: owner.secretScalar, message, form: 'bare', random })).throw(OtrError)
            .property('code', 'OTR_POINT')
        }
        expect(ratchetReceive(alice, { ...header, ecdh: point }, { now: 0 })).deep.equal({ kind: 'refused', reason: 'invalid-key' })
      })
    }
  })

  describe('K3: bad DH numbers', () => {
    const { alice, header } = beforeRotation()

    it('K3: the good ones are accepted', () => {
      expect(isValidDh3072(Uint8Array.of(4))).equal(true)
      expect(ratchetReceive(alice, header, { now: 0 }).kind).equal('keys')
    })

    for (const [name, value] of badNumbers) {
      it(`K3: ${name}`, () => {
        expect(isValidDh3072(value)).equal(false)
        const received = ratchetReceive(alice, { ...header, dh: value }, { now: 0 })
        expect(received).deep.equal({ kind: 'refused', reason: value.length === 0 ? 'dh-presence' : 'invalid-key' })
      })
    }
  })

  describe('K5: scalars of q and above', () => {
    const owner = generateEd448KeyPair(random)
    const message = hex('abcd')

    it('K5: an EdDSA S >= q is refused', () => {
      const signature = eddsaSign(owner.symmetricKey, message)
      for (const k of [1n, 2n, 4n]) {
        const altered = signature.slice()
        altered.set(little(fromLittle(signature.subarray(57)) + k * q), 57)
        expect(eddsaVerify(owner.publicKey, message, altered)).equal(false)
      }
    })

    it('K5: scalars of a ring signature are reduced mod q, all six by the one rule', () => {
      const ring: Ring = [valid, owner.publicKey, generateForgingPoint(random)]
      const sigma = ringSign({ ring, secret: owner.secretScalar, message, form: 'bare', random })
      for (let i = 0; i < 6; i++) {
        const altered = sigma.slice()
        altered.set(little(fromLittle(sigma.subarray(57 * i, 57 * i + 57)) + 3n * q), 57 * i)
        expect(ringVerify(ring, altered, message)).equal('bare')
        altered.set(little(fromLittle(sigma.subarray(57 * i, 57 * i + 57)) + 3n * q + 1n), 57 * i)
        expect(ringVerify(ring, altered, message)).equal(undefined)
      }
    })
  })

  describe('K6: EdDSA', () => {
    interface Case { id: number, comment: string, publicKey: string, message: string, signature: string, valid: boolean }
    const { tests } = JSON.parse(readFileSync(new URL('../vectors/data/ed448-wycheproof.json', import.meta.url), 'utf8')) as { tests: Case[] }

    it('K6: all 87 verdicts of Wycheproof', () => {
      expect(tests).length(87)
      for (const test of tests) {
        expect(eddsaVerify(hex(test.publicKey), hex(test.message), hex(test.signature)), `${test.id}: ${test.comment}`).equal(test.valid)
      }
    })

    it('K6: a public key of small order verifies nothing, although the equation would hold', () => {
      // With A of order 1, 2 or 4 and k a multiple of that order, R = S * G satisfies S * G = R + k * A.
      const { ed448 } = getArithmetic()
      for (const [, A] of smallOrderPoints) {
        for (let i = 0; i < 4; i++) {
          const s = randomScalar(random)
          const forged = concatSecrets(ed448.multiplyBase(s), s)
          expect(eddsaVerify(A, Uint8Array.of(i), forged)).equal(false)
        }
      }
    })

    it('K6: an R of small order, or with a part of small order, is refused', () => {
      const owner = ed448KeyPair(random(57))
      const signature = eddsaSign(owner.symmetricKey, hex('01'))
      const R = Point.fromBytes(signature.subarray(0, 57))
      for (const shifted of [R.add(order4), R.add(order4.double()), Point.ZERO, order4, order4.double()]) {
        expect(eddsaVerify(owner.publicKey, hex('01'), new Uint8Array([...shifted.toBytes(), ...signature.subarray(57)]))).equal(false)
      }
    })
  })

  describe('K8: what is drawn', () => {
    const counting = (): { source: RandomSource, drawn: () => number } => {
      const inner = seededRandom('counted')
      let total = 0
      return { source: (length) => { total += length; return inner(length) }, drawn: () => total }
    }
    const generators: [name: string, bytes: number, generate: (source: RandomSource) => unknown][] = [
      ['a scalar', 114, randomScalar],
      ['an ECDH key pair', 57, generateEcdh],
      ['a long-term key pair', 57, generateEd448KeyPair],
      ['a DH key pair', 80, generateDh3072],
      ['a forging point', 57, generateForgingPoint],
    ]
    for (const [name, bytes, generate] of generators) {
      it(`K8: ${name} takes at least ${bytes} bytes, from the source that was given, each time`, () => {
        const { source, drawn } = counting()
        const first = generate(source)
        const once = drawn()
        expect(once).least(bytes)
        expect(generate(source)).not.deep.equal(first)
        expect(drawn() - once).least(bytes)
        expect(generate(seededRandom('counted'))).deep.equal(first)
      })
    }

    it('K8: 10,000 scalars show no bias in their top and bottom bits', () => {
      const source = seededRandom('bias')
      const n = 10_000
      const top = new Array<number>(64).fill(0)
      const bottom = new Array<number>(64).fill(0)
      for (let i = 0; i < n; i++) {
        const scalar = randomScalar(source)
        expect(scalar[56]).equal(0)
        // The 446 bits of q: six of them in byte 55.
        const high = scalar[55] ?? 0
        const low = (scalar[0] ?? 0) & 63
        expect(high).below(64)
        top[high] = (top[high] ?? 0) + 1
        bottom[low] = (bottom[low] ?? 0) + 1
      }
      for (const counts of [top, bottom]) {
        const chiSquare = counts.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0)
        // 63 degrees of freedom: mean 63, one in a million above 126.
        expect(chiSquare).below(126)
        expect(chiSquare).above(20)
      }
    })
  })

  describe('K9: a source that fails', () => {
    const owner = ed448KeyPair(random(57))
    const ring: Ring = [owner.publicKey, valid, generateForgingPoint(random)]
    const { alice, header } = beforeRotation()
    const received = ratchetReceive(alice, header, { now: 0 })
    if (received.kind !== 'keys') throw new Error('unreachable')
    const operations: [name: string, run: (source: RandomSource) => unknown][] = [
      ['a scalar', randomScalar],
      ['an ECDH key pair', generateEcdh],
      ['a long-term key pair', generateEd448KeyPair],
      ['a DH key pair', generateDh3072],
      ['a forging point', generateForgingPoint],
      ['a ring signature', (source) => ringSign({ ring, secret: owner.secretScalar, message: hex('00'), form: 'bare', random: source })],
      ['a rotation of the ratchet', (source) => ratchetSend(received.state, 'due', { random: source, now: 0 })],
    ]
    const sources: [name: string, source: RandomSource][] = [
      ['throws', () => { throw new Error('no entropy') }],
      ['gives too few bytes', (length) => new Uint8Array(length - 1)],
      ['gives nothing', () => undefined as unknown as Uint8Array],
      ['gives a string', () => '0'.repeat(57) as unknown as Uint8Array],
    ]
    for (const [name, run] of operations) {
      it(`K9: ${name} fails closed`, () => {
        const before = structuredClone(received.state)
        for (const [how, source] of sources) {
          expect(() => run(source), how).throw(OtrError).property('code', 'OTR_RANDOM_FAILED')
        }
        expect(received.state).deep.equal(before)
      })
    }

    it('K9: a source that repeats one value that is no point does not make the forging key hang', () => {
      expect(() => generateForgingPoint((length) => offTheCurve().slice(0, length))).throw(OtrError).property('code', 'OTR_RANDOM_FAILED')
    })
  })
})
