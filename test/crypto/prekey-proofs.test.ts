import { expect } from 'chai'
import {
  generateDh3072, generateEcdh, getArithmetic, productOfPowers, randomDhExponent, setArithmetic, sumOfMultiples, powerOfGeneratorOver,
} from '../../src/crypto/index.js'
import { compareIntegers, padTo, toInteger } from '../../src/crypto/integer.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { OtrError } from '../../src/errors.js'
import { proveDh, proveEcdh, verifyDhProof, verifyEcdhProof } from '../../src/prekey/proofs.js'
import { seededRandom } from '../support/seeded.js'

const m = new Uint8Array(64).fill(7)
const pause = (): Promise<void> => Promise.resolve()

for (const arithmetic of [getArithmetic(), nobleArithmetic]) {
  describe(`the proofs of a publication, by ${arithmetic.name}`, function () {
    this.timeout(60_000)
    const before = getArithmetic()
    beforeEach(() => { setArithmetic(arithmetic) })
    after(() => { setArithmetic(before) })
    const random = seededRandom('proofs')

    it('hold for one key and for many, and for no key too many, too few, changed or in another place', async () => {
      for (const count of arithmetic.constantTime ? [1, 2, 9, 20] : [1, 9]) {
        const y = Array.from({ length: count }, () => generateEcdh(random))
        const b = Array.from({ length: count }, () => generateDh3072(random))
        const [Y, B] = [y.map(({ publicKey }) => publicKey), b.map(({ publicKey }) => publicKey)]
        const ecdh = proveEcdh(0x13, y.map(({ privateKey }) => privateKey), Y, m, random)
        const dh = proveDh(b.map(({ privateKey }) => privateKey), B, m, random)
        const verified = async (points = Y, keys = B, context = m, usage: 0x13 | 0x15 = 0x13): Promise<boolean[]> =>
          [await verifyEcdhProof(usage, ecdh, points, context, pause), await verifyDhProof(dh, keys, context, pause)]
        expect(await verified()).to.deep.equal([true, true])
        expect(await verified([...Y, Y[0]!], [...B, B[0]!])).to.deep.equal([false, false])
        expect(await verified(Y.slice(1), B.slice(1))).to.deep.equal([false, false])
        expect(await verified([...Y.slice(1), generateEcdh(random).publicKey], [...B.slice(1), generateDh3072(random).publicKey])).to.deep.equal([false, false])
        if (count > 1) expect(await verified([...Y].reverse(), [...B].reverse())).to.deep.equal([false, false])
        expect(await verified(Y, B, m.map((byte) => byte ^ 1))).to.deep.equal([false, false])
        expect((await verified(Y, B, m, 0x15))[0]).to.equal(false)
      }
    })

    it('sums and products of many are those of one by one', () => {
      const { ed448, modp3072 } = getArithmetic()
      const keys = Array.from({ length: 3 }, () => generateEcdh(random))
      const scalars = keys.map(() => random(44))
      const sum = keys.map(({ privateKey }, n) => ed448.multiplyScalars(privateKey, scalars[n]!)).reduce((a, b) => ed448.addScalars(a, b))
      expect(sumOfMultiples(scalars, keys.map(({ publicKey }) => publicKey))).to.deep.equal(ed448.multiplyBase(sum))
      const dh = Array.from({ length: 3 }, () => generateDh3072(random))
      const exponents = dh.map(() => random(44))
      const p = toInteger(modp3072.prime)
      const total = dh.reduce((all, { privateKey }, n) => all + toInteger(privateKey) * toInteger(exponents[n]!), 0n)
      const product = productOfPowers(exponents, dh.map(({ publicKey }) => publicKey))
      const bytes = padTo(new Uint8Array(Buffer.from(total.toString(16).padStart(800, '0'), 'hex')), 384)
      expect(product).to.deep.equal(modp3072.powerOfGenerator(bytes))
      const quotient = powerOfGeneratorOver(exponents[0]!, product)
      expect((toInteger(quotient) * toInteger(product)) % p).to.equal(toInteger(modp3072.powerOfGenerator(exponents[0]!)))
      expect(sumOfMultiples([], [])[0]).to.equal(1)
      expect(toInteger(productOfPowers([], []))).to.equal(1n)
    })
  })
}

describe('the randomness of the proofs', () => {
  it('decision 22: what hides the DH secrets is drawn from the whole of [1, q), so that the response says nothing of one secret', () => {
    const random = seededRandom('uniform')
    const { order } = getArithmetic().modp3072
    const highest = Array.from({ length: 200 }, () => {
      const r = randomDhExponent(random)
      expect(r).to.have.length(384)
      expect(compareIntegers(r, order)).to.be.lessThan(0)
      return r[0]!
    })
    expect(highest.filter((byte) => byte >= 0x40).length).to.be.within(60, 140)
    expect(new Set(highest).size).to.be.greaterThan(60)
    // With 80 bytes, v - and so t*b for one prekey message - would end after 1,000 bits.
    const { privateKey, publicKey } = generateDh3072(random)
    for (let n = 0; n < 5; n++) expect(proveDh([privateKey], [publicKey], m, random).v.length).to.be.greaterThan(370)
  })

  it('decision 20: what hides the ECDH secrets is uniform: the responses have all remainders mod 4', () => {
    const random = seededRandom('uniform scalars')
    const { privateKey, publicKey } = generateEcdh(random)
    const remainders = new Set(Array.from({ length: 60 }, () => proveEcdh(0x13, [privateKey], [publicKey], m, random).v[0]! & 3))
    expect([...remainders].sort()).to.deep.equal([0, 1, 2, 3])
  })

  it('K9: a source that fails, or gives what cannot be used for ever, makes no proof', () => {
    const { privateKey, publicKey } = generateDh3072(seededRandom('one'))
    for (const random of [(): never => { throw new Error('no entropy') }, (n: number) => new Uint8Array(n - 1), (n: number) => new Uint8Array(n), (n: number) => new Uint8Array(n).fill(255)]) {
      expect(() => proveDh([privateKey], [publicKey], m, random)).to.throw(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
    }
    expect(() => proveEcdh(0x13, [privateKey], [publicKey], m, () => new Uint8Array(3))).to.throw(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
  })
})
