import { createCipheriv } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import { aes128Ctr } from '../../src/crypto/index.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { nobleV3Ciphers } from '../../src/crypto/noble/v3-ciphers.js'
import { packedBytes } from '../../src/crypto/secret.js'
import { hexDecode, hexEncode } from '../../src/wire/index.js'

describe('crypto: AES-128-CTR', () => {
  it('gives the answers of NIST SP 800-38A, F.5.1 and F.5.2', () => {
    const key = hexDecode('2b7e151628aed2a6abf7158809cf4f3c')
    const counter = hexDecode('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
    const plain = '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51'
      + '30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710'
    const cipher = '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff'
      + '5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee'
    expect(hexEncode(aes128Ctr(key, counter, hexDecode(plain)))).equal(cipher)
    expect(hexEncode(aes128Ctr(key, counter, hexDecode(cipher)))).equal(plain)
    expect(hexEncode(counter)).equal('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff')
  })

  it('agrees with another implementation at every length and where the counter carries', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const counters = fc.tuple(fc.integer({ min: 0, max: 16 }), byte, byte).map(([ones, first, last]) => {
      const counter = new Uint8Array(16).fill(first)
      counter.fill(0xff, 16 - ones)
      counter[15] = last
      return counter
    })
    fc.assert(fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), counters, fc.uint8Array({ maxLength: 4200, size: 'max' }), (key, counter, data) => {
      const theirs = createCipheriv('aes-128-ctr', key, counter).update(data)
      expect(Buffer.compare(aes128Ctr(key, counter, data), theirs)).equal(0)
    }), { numRuns: 300 })
    for (const ones of [4, 8, 12, 16]) {
      const counter = new Uint8Array(16)
      counter.fill(0xff, 16 - ones)
      const [key, data] = [new Uint8Array(16), new Uint8Array(100)]
      expect(Buffer.compare(aes128Ctr(key, counter, data), createCipheriv('aes-128-ctr', key, counter).update(data))).equal(0)
    }
  })

  it('takes data at any offset of a buffer and leaves it alone', () => {
    const buffer = new Uint8Array(64).map((_, i) => i)
    const data = buffer.subarray(3, 40)
    const out = aes128Ctr(new Uint8Array(16), new Uint8Array(16), data)
    expect(out).deep.equal(aes128Ctr(new Uint8Array(16), new Uint8Array(16), data.slice()))
    expect(buffer).deep.equal(new Uint8Array(64).map((_, i) => i))
    expect(out.buffer).not.equal(buffer.buffer)
  })

  it('by noble too, writes into memory that secrets share, whatever lies before', () => {
    const data = hexDecode('000102030405060708090a0b0c0d0e0f1011')
    for (let before = 0; before < 9; before++) {
      packedBytes(before)
      const cipher = nobleV3Ciphers.aes128(new Uint8Array(16))
      expect(Buffer.compare(cipher.counterMode(new Uint8Array(16), data, packedBytes), createCipheriv('aes-128-ctr', new Uint8Array(16), new Uint8Array(16)).update(data))).equal(0)
      expect(Buffer.compare(nobleArithmetic.chacha20(new Uint8Array(32), data, packedBytes), nobleArithmetic.chacha20(new Uint8Array(32), data))).equal(0)
    }
  })

  it('refuses keys and counters of another length', () => {
    for (const [key, counter] of [[15, 16], [17, 16], [32, 16], [16, 8], [16, 0]] as const) {
      expect(() => aes128Ctr(new Uint8Array(key), new Uint8Array(counter), new Uint8Array(1))).throw().property('code', 'OTR_INTERNAL')
    }
  })
})
