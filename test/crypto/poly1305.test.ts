import { poly1305 as ofNoble } from '@noble/ciphers/_poly1305.js'
import { expect } from 'chai'
import { absorbPadded, beginMac, finishMac } from '../../src/crypto/poly1305.js'
import { hexDecode, hexEncode } from '../../src/wire/index.js'

function mac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const tag = new Uint8Array(16)
  beginMac(key)
  for (const part of parts) absorbPadded(part)
  finishMac(tag)
  return tag
}

const padded = (bytes: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(Math.ceil(bytes.length / 16) * 16)
  whole.set(bytes)
  return whole
}

describe('Poly1305', () => {
  it('gives the tags of RFC 8439, A.3, whose numbers are at the modulus', () => {
    const [zeros, ones] = ['00'.repeat(16), 'ff'.repeat(16)]
    const vectors = [
      ['00'.repeat(32), '00'.repeat(64), zeros],
      // 7 to 11
      [`02${'00'.repeat(31)}`, ones, `03${'00'.repeat(15)}`],
      [`02${'00'.repeat(15)}${ones}`, `02${'00'.repeat(15)}`, `03${'00'.repeat(15)}`],
      [`01${'00'.repeat(31)}`, `${ones}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`, `05${'00'.repeat(15)}`],
      [`01${'00'.repeat(31)}`, `${ones}fb${'fe'.repeat(15)}${'01'.repeat(16)}`, zeros],
      [`02${'00'.repeat(31)}`, `fd${'ff'.repeat(15)}`, `fa${'ff'.repeat(15)}`],
      ['01000000000000000400000000000000'.padEnd(64, '0'),
        `e33594d7505e43b900000000000000003394d7505e4379cd01${'00'.repeat(7)}${'00'.repeat(16)}01${'00'.repeat(15)}`, '14000000000000005500000000000000'],
      ['01000000000000000400000000000000'.padEnd(64, '0'),
        `e33594d7505e43b900000000000000003394d7505e4379cd01${'00'.repeat(7)}${'00'.repeat(16)}`, `13${'00'.repeat(15)}`],
    ] as const
    for (const [key, message, tag] of vectors) expect(hexEncode(mac(hexDecode(key), hexDecode(message)))).to.equal(tag)
  })

  it('gives what noble gives, for random and for extreme bytes', () => {
    let seed = 1
    const byte = (): number => (seed = Math.imul(seed, 1_103_515_245) + 12_345 | 0) >>> 24
    for (let n = 0; n < 3000; n++) {
      const extreme = n % 3
      const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => {
        const one = byte()
        return extreme === 0 ? one : extreme === 1 ? 255 - (one < 8 ? one : 0) : one < 128 ? 0 : 255
      })
      const [key, ...parts] = [bytes(32), bytes(byte() % 70), bytes(byte() * 3), bytes(16)] as const
      expect(mac(key, ...parts)).to.deep.equal(ofNoble(new Uint8Array(parts.flatMap((part) => [...padded(part)])), key))
    }
  })
})
