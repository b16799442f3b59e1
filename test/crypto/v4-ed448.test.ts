import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { ed448 as noble } from '@noble/curves/ed448.js'
import { expect } from 'chai'
import type { Ed448 } from '../../src/crypto/arithmetic.js'
import { ecdhSharedSecret, generateEcdh, isValidEcdh } from '../../src/crypto/ecdh.js'
import { ed448KeyPair, eddsaSign, eddsaVerify, generateEd448KeyPair } from '../../src/crypto/eddsa.js'
import { generateForgingPoint } from '../../src/crypto/forging-key.js'
import { nobleEd448 } from '../../src/crypto/noble/ed448.js'
import { hashToScalar, randomScalar } from '../../src/crypto/scalars.js'
import { OtrError } from '../../src/errors.js'
import { seededRandom } from '../support/seeded.js'

const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const data = (name: string): unknown => JSON.parse(readFileSync(new URL(`../vectors/data/${name}`, import.meta.url), 'utf8'))

const group: Ed448 = nobleEd448
const { Point } = noble
const q = Point.Fn.ORDER
const little = (value: bigint, length = 57): Uint8Array => hex(value.toString(16).padStart(2 * length, '0')).reverse()
const big = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`)

describe('crypto: Ed448', () => {
  describe('known answers', () => {
    const rfc = data('ed448-rfc8032.json') as { tests: Record<'name' | 'symmetricKey' | 'publicKey' | 'message' | 'context' | 'signature', string>[] }
    for (const test of rfc.tests) {
      it(`RFC 8032, 7.4: ${test.name}`, () => {
        const key = ed448KeyPair(hex(test.symmetricKey))
        expect(toHex(key.publicKey)).equal(test.publicKey)
        const signature = eddsaSign(key.symmetricKey, hex(test.message), hex(test.context))
        expect(toHex(signature)).equal(test.signature)
        expect(eddsaVerify(key.publicKey, hex(test.message), signature, hex(test.context))).equal(true)
        expect(eddsaVerify(key.publicKey, hex(`${test.message}00`), signature, hex(test.context))).equal(false)
      })
    }

    it('are all nine of RFC 8032', () => {
      expect(rfc.tests).length(9)
    })
  })

  describe('isValidPoint, by halving', () => {
    const order4 = Point.fromAffine({ x: 1n, y: 0n })
    const torsion = [Point.ZERO, order4, order4.double(), order4.double().add(order4)]

    it('says what q * X says, on points with each part of small order', () => {
      const random = seededRandom('halving')
      let point = Point.BASE.multiply(big(random(50)))
      const step = Point.BASE.multiply(big(random(50)))
      let good = 0
      for (let i = 0; i < 502; i++) {
        torsion.forEach((part, n) => {
          const shifted = point.add(part)
          const verdict = group.isValidPoint(shifted.toBytes())
          if (i < 252) expect(verdict, `${i}/${n}`).equal(shifted.isTorsionFree())
          expect(verdict).equal(n === 0)
          if (verdict) good++
        })
        point = point.add(step)
      }
      expect(good).equal(502)
    })

    it('says what decoding and q * X say, on random bytes', () => {
      const random = seededRandom('random points')
      const seen = { valid: 0, torsion: 0, off: 0 }
      for (let i = 0; i < 600; i++) {
        const bytes = random(57).slice()
        bytes[56] = (bytes[56] ?? 0) & 0x80
        let expected = false
        try {
          expected = Point.fromBytes(bytes).isTorsionFree()
          seen[expected ? 'valid' : 'torsion']++
        } catch {
          seen.off++
        }
        expect(group.isValidPoint(bytes), toHex(bytes)).equal(expected)
      }
      expect(seen.valid).above(30)
      expect(seen.torsion).above(150)
      expect(seen.off).above(200)
    })

    it('refuses the points of small order, in both signs', () => {
      for (const point of torsion) {
        const bytes = point.toBytes()
        expect(group.isValidPoint(bytes)).equal(false)
        bytes[56] = (bytes[56] ?? 0) ^ 0x80
        expect(group.isValidPoint(bytes)).equal(false)
      }
    })

    it('refuses points with other lengths than 57 bytes', () => {
      const valid = group.generator
      expect(group.isValidPoint(valid)).equal(true)
      expect(group.isValidPoint(valid.subarray(0, 56))).equal(false)
      expect(group.isValidPoint(new Uint8Array([...valid, 0]))).equal(false)
      expect(group.isValidPoint(new Uint8Array(0))).equal(false)
    })
  })

  describe('the group', () => {
    const random = seededRandom('group')
    const P = group.multiplyBase(random(57))

    it('multiplies as repeated addition does', () => {
      let sum = group.subtract(P, P)
      expect(group.isIdentity(sum)).equal(true)
      for (let i = 0; i < 20; i++) {
        expect(group.multiply(Uint8Array.of(i), P)).deep.equal(sum)
        sum = group.add(sum, P)
      }
    })

    it('reduces scalars mod q before it multiplies', () => {
      const s = random(50)
      expect(group.multiplyBase(little(big(s) + q))).deep.equal(group.multiplyBase(s))
      expect(group.multiply(little(big(s) + 3n * q), P)).deep.equal(group.multiply(s, P))
      expect(group.isIdentity(group.multiplyBase(little(q)))).equal(true)
      expect(group.isIdentity(group.multiply(little(q), P))).equal(true)
      expect(group.isIdentity(group.multiplyBase(new Uint8Array(57)))).equal(true)
      expect(group.isIdentity(P)).equal(false)
    })

    it('computes a * P + b * G alike for secret and public scalars', () => {
      for (const [a, b] of [[random(57), random(57)], [new Uint8Array(57), random(57)], [random(57), new Uint8Array(57)]] as const) {
        const expected = group.add(group.multiply(a, P), group.multiplyBase(b))
        expect(group.multiplyAdd(a, P, b)).deep.equal(expected)
        expect(group.multiplyAddPublic(a, P, b)).deep.equal(expected)
      }
    })

    it('computes with scalars mod q as BigInt does', () => {
      for (let i = 0; i < 50; i++) {
        const [a, b] = [random(57), random(57)]
        expect(big(group.addScalars(a, b))).equal((big(a) + big(b)) % q)
        expect(big(group.subtractScalars(a, b))).equal((((big(a) - big(b)) % q) + q) % q)
        expect(big(group.multiplyScalars(a, b))).equal((big(a) * big(b)) % q)
        const wide = random(114)
        expect(big(group.reduceScalar(wide))).equal(big(wide) % q)
      }
      expect(() => group.reduceScalar(new Uint8Array(115))).throw(OtrError)
      expect(big(group.order)).equal(q)
    })

    it('throws OTR_POINT for what is no point', () => {
      const off = new Uint8Array(57).fill(0xff)
      expect(() => group.multiply(Uint8Array.of(2), off)).throw(OtrError).property('code', 'OTR_POINT')
      expect(() => group.add(P, P.subarray(1))).throw(OtrError).property('code', 'OTR_POINT')
    })
  })

  describe('keys', () => {
    it('keeps sym_key, a pruned scalar and its public key', () => {
      const key = generateEd448KeyPair(seededRandom('key'))
      expect(key.symmetricKey).length(57)
      expect((key.secretScalar[0] ?? 1) & 3).equal(0)
      expect((key.secretScalar[55] ?? 0) & 0x80).equal(0x80)
      expect(key.secretScalar[56]).equal(0)
      expect(key.publicKey).deep.equal(group.multiplyBase(key.secretScalar))
      expect(isValidEcdh(key.publicKey)).equal(true)
      expect(() => ed448KeyPair(new Uint8Array(56))).throw(OtrError)
    })

    it('agrees on one ECDH secret, and refuses the identity as one', () => {
      const random = seededRandom('ecdh')
      const [alice, bob] = [generateEcdh(random), generateEcdh(random)]
      expect(ecdhSharedSecret(alice.privateKey, bob.publicKey)).deep.equal(ecdhSharedSecret(bob.privateKey, alice.publicKey))
      expect(() => ecdhSharedSecret(alice.privateKey, Point.ZERO.toBytes())).throw(OtrError).property('code', 'OTR_POINT')
    })

    it('makes forging points that are valid public keys, all different', () => {
      const random = seededRandom('forging')
      const seen = new Set<string>()
      for (let i = 0; i < 40; i++) {
        const point = generateForgingPoint(random)
        expect(group.isValidPoint(point)).equal(true)
        seen.add(toHex(point))
      }
      expect(seen.size).equal(40)
    })

    it('draws scalars below q, and hashes to scalars as the specification decodes them', () => {
      const random = seededRandom('scalar')
      for (let i = 0; i < 200; i++) expect(big(randomScalar(random)) < q).equal(true)
      const digest = createHash('shake256', { outputLength: 57 }).update('OTRv4\x1aabc').digest()
      expect(big(hashToScalar(0x1a, [new TextEncoder().encode('abc')]))).equal(big(digest) % q)
    })
  })
})
