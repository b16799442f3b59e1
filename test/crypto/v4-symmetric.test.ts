import { createCipheriv, createHash } from 'node:crypto'
import { expect } from 'chai'
import { chacha20 } from '../../src/crypto/chacha20.js'
import { ed448Fingerprint } from '../../src/crypto/fingerprint.js'
import { hcmac, hwc, kdf, shake256, usage } from '../../src/crypto/kdf.js'
import { seededRandom } from '../support/seeded.js'

const hex = (digits: string): Uint8Array => new Uint8Array(Buffer.from(digits, 'hex'))
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('crypto: SHAKE-256 and the KDF', () => {
  it('FIPS 202: NIST\'s examples and the CAVP\'s VariableOut', () => {
    const cases: [message: string, output: string][] = [
      ['', '46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f'],
      ['a3'.repeat(200), 'cd8a920ed141aa0407a22d59288652e9d9f1a7ee0c1e7c1ca699424da84a904d2d700caae7396ece96604440577da4f3aa22aeb8857f961c4cd8e06f0ae6610b'],
      ['c61a9188812ae73994bc0d6d4021e31bf124dc72669749111232da7ac29e61c4', '23ce'],
      ['0cf9662f935c94e203b1e3471ec3c8919c795514cdf303fd7fd5ae4122e3e1d3', 'de4ac702408944'],
      ['8d8001e2c096f1b88e7c9224a086efd4797fbf74a8033a2d422a2b6b8f6747e4', '2e975f6a8a14f0704d51b13667d8195c219f71e6345696'],
      ['e3ef127eadfafaf40408cebb28705df30b68d99dfa1893507ef3062d85461715', '7314002948c057006d4fc21e3e19c258fb5bdd57728fe93c'],
    ]
    for (const [message, output] of cases) expect(toHex(shake256([hex(message)], output.length / 2))).equal(output)
  })

  it('hashes any parts, of any lengths around the block, as node:crypto does', () => {
    const random = seededRandom('shake')
    for (let length = 0; length < 300; length += 7) {
      const input = random(length)
      const expected = createHash('shake256', { outputLength: 1 + length }).update(input).digest('hex')
      expect(toHex(shake256([input.subarray(0, length >> 1), input.subarray(length >> 1)], 1 + length))).equal(expected)
    }
  })

  it('puts "OTRv4" and the usage id first; HWC and HCMAC are the same function', () => {
    const expected = createHash('shake256', { outputLength: 64 }).update('OTRv4\x12ab').digest('hex')
    const parts = [new TextEncoder().encode('a'), new TextEncoder().encode('b')]
    for (const f of [kdf, hwc, hcmac]) expect(toHex(f(usage.rootKey, parts, 64))).equal(expected)
  })

  it('has the 27 usage ids of the specification, in its order', () => {
    expect(Object.values(usage)).deep.equal(Array.from({ length: 27 }, (_, i) => i))
  })

  it('makes fingerprints of 56 bytes over the bare points', () => {
    const random = seededRandom('fingerprint')
    const [h, f] = [random(57), random(57)]
    const expected = createHash('shake256', { outputLength: 56 }).update('OTRv4\0').update(h).update(f).digest('hex')
    expect(toHex(ed448Fingerprint(h, f))).equal(expected)
  })
})

describe('crypto: ChaCha20', () => {
  // RFC 7539, A.1: those with nonce 0. Block n of the stream is the one with counter n.
  const blocks: [key: string, counter: number, stream: string][] = [
    ['00'.repeat(32), 0, '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586'],
    ['00'.repeat(32), 1, '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f'],
    [`${'00'.repeat(31)}01`, 1, '3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0'],
    [`00ff${'00'.repeat(30)}`, 2, '72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096'],
  ]
  blocks.forEach(([key, counter, stream], i) => {
    it(`RFC 7539, A.1: test vector ${i + 1}`, () => {
      const output = chacha20(hex(key), new Uint8Array(64 * (counter + 1)))
      expect(toHex(output.subarray(64 * counter))).equal(stream)
    })
  })

  it('uses the first 32 bytes of a longer key, and undoes itself', () => {
    const random = seededRandom('chacha')
    const [key, text] = [random(64), random(1000)]
    const sealed = chacha20(key, text)
    expect(sealed).deep.equal(chacha20(key.subarray(0, 32), text))
    expect(chacha20(key, sealed)).deep.equal(text)
    expect(toHex(sealed)).equal(createCipheriv('chacha20', key.subarray(0, 32), new Uint8Array(16)).update(text).toString('hex'))
    expect(chacha20(key, new Uint8Array(0))).length(0)
  })
})
