import { xchacha20, xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { expect } from 'chai'
import { fasterAead, platformAead } from '../../src/crypto/platform-aead.js'
import { platformScrypt } from '../../src/crypto/platform-scrypt.js'
import { openXChaCha20Poly1305, scryptKey, sealXChaCha20Poly1305, systemPause, xchacha20KeyStream } from '../../src/crypto/index.js'
import { MIXES_PER_SLICE, slicedScrypt } from '../../src/crypto/sliced-scrypt.js'
import { portableAead } from '../../src/crypto/xchacha20poly1305.js'
import { hexDecode, hexEncode, utf8Encode } from '../../src/wire/index.js'

const range = (from: number, count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => from + i)

describe('XChaCha20-Poly1305', () => {
  // draft-irtf-cfrg-xchacha-03, A.3.1
  const key = range(0x80, 32)
  const nonce = range(0x40, 24)
  const associated = hexDecode('50515253c0c1c2c3c4c5c6c7')
  const plaintext = utf8Encode("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.")
  const sealed = hexDecode('bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49')

  it('takes Buffers too, which are views of a pool and whose slices are views', () => {
    const [key, nonce, data] = [32, 24, 50].map((length, at) => new Uint8Array(length).fill(at + 1)) as [Uint8Array, Uint8Array, Uint8Array]
    const sealed = sealXChaCha20Poly1305(key, nonce, data, data)
    const pooled = (bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from([9]), bytes, Buffer.from([9])]).subarray(1, -1)
    expect(sealXChaCha20Poly1305(pooled(key), pooled(nonce), pooled(data), pooled(data))).to.deep.equal(sealed)
    expect(openXChaCha20Poly1305(pooled(key), pooled(nonce), pooled(data), pooled(sealed))).to.deep.equal(data)
  })

  it('seals as the draft says', () => {
    expect(hexEncode(sealXChaCha20Poly1305(key, nonce, associated, plaintext))).to.equal(hexEncode(sealed))
    expect(openXChaCha20Poly1305(key, nonce, associated, sealed)).to.deep.equal(plaintext)
  })

  it('opens nothing that has one bit changed, or less than a tag', () => {
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice()
      changed[at]! ^= 1 << at % 8
      expect(openXChaCha20Poly1305(key, nonce, associated, changed)).to.equal(undefined)
    }
    expect(openXChaCha20Poly1305(key, nonce, associated.subarray(1), sealed)).to.equal(undefined)
    for (let length = 0; length < sealed.length; length++) {
      expect(openXChaCha20Poly1305(key, nonce, associated, sealed.subarray(0, length))).to.equal(undefined)
    }
  })

  it('gives a key stream that depends on every byte of the nonce', () => {
    const seen = new Set(Array.from({ length: 24 }, (_, at) => {
      const other = nonce.slice()
      other[at]! ^= 1
      return hexEncode(xchacha20KeyStream(key, other, 32))
    }))
    expect(seen.size).to.equal(24)
  })

  it('gives the key stream that noble gives', () => {
    for (let length = 0; length <= 64; length++) {
      const [k, n] = [32, 24].map((size) => Uint8Array.from({ length: size }, (_, at) => (at * 41 + length * 59 + size) % 256)) as [Uint8Array, Uint8Array]
      expect(xchacha20KeyStream(k, n, length)).to.deep.equal(xchacha20(k, n, new Uint8Array(length)))
    }
  })

  it('gives the same by the portable cipher and by OpenSSL as by noble, and opens nothing that was changed', () => {
    const host = platformAead()
    expect(host).not.to.equal(undefined)
    for (const aead of [portableAead, host!, fasterAead(portableAead, host)]) {
      for (let length = 0; length < 3000; length += length < 130 ? 1 : 97) {
        const random = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => (i * 7 + length * 13 + n) % 256)
        const [k, n, ad, text] = [random(32), random(24), random(length % 50), random(length)]
        const own = xchacha20poly1305(k, n, ad).encrypt(text)
        expect(aead.seal(k, n, ad, text)).to.deep.equal(own)
        expect(aead.open(k, n, ad, own)).to.deep.equal(text)
        const opened = aead.open(Buffer.from(k), Buffer.from(n), Buffer.from(ad), Buffer.from(own))
        expect(opened).to.deep.equal(text)
        expect(Object.getPrototypeOf(opened)).to.equal(Uint8Array.prototype)
        for (const at of [0, length, length + 15]) {
          const changed = own.slice()
          changed[at]! ^= 1
          expect(aead.open(k, n, ad, changed)).to.equal(undefined)
        }
      }
    }
  })

  it('refuses keys and nonces of another length', () => {
    expect(() => sealXChaCha20Poly1305(key.subarray(1), nonce, associated, plaintext)).to.throw('32 bytes')
    expect(() => xchacha20KeyStream(key, nonce.subarray(1), 32)).to.throw('nonce of 24')
  })
})

describe('scrypt', () => {
  it('gives what RFC 7914 says', async () => {
    const key = await scryptKey(utf8Encode('pleaseletmein'), utf8Encode('SodiumChloride'), { log2N: 14, r: 8, p: 1 })
    expect(hexEncode(key)).to.equal('7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2')
  })

  it('gives the same by OpenSSL as by noble', async () => {
    const host = platformScrypt()
    expect(host).not.to.equal(undefined)
    for (const [log2N, p] of [[4, 1], [10, 1], [10, 4], [15, 2]] as const) {
      const [passphrase, salt] = [utf8Encode(`passphrase ${log2N}`), utf8Encode(`salt ${p}`)]
      const key = await host!(passphrase, salt, { log2N, r: 8, p })
      expect(key).to.deep.equal(scrypt(passphrase, salt, { N: 2 ** log2N, r: 8, p, dkLen: 32 }))
      expect(Object.getPrototypeOf(key)).to.equal(Uint8Array.prototype)
    }
  })

  it('gives in slices what RFC 7914 and noble say', async () => {
    const quiet = { pause: () => Promise.resolve(), onProgress: () => undefined }
    // RFC 7914, section 12.
    expect(hexEncode((await slicedScrypt(utf8Encode(''), utf8Encode(''), { log2N: 4, r: 1, p: 1 }, quiet)))).to.equal('77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442')
    expect(hexEncode((await slicedScrypt(utf8Encode('password'), utf8Encode('NaCl'), { log2N: 10, r: 8, p: 16 }, quiet)))).to.equal('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162')
    for (const [log2N, r, p] of [[1, 1, 1], [1, 8, 3], [9, 8, 1], [10, 8, 1], [11, 3, 2], [14, 8, 1]] as const) {
      const [passphrase, salt] = [utf8Encode(`passphrase ${log2N}`), utf8Encode(`salt ${p}`)]
      expect(await slicedScrypt(passphrase, salt, { log2N, r, p }, quiet)).to.deep.equal(scrypt(passphrase, salt, { N: 2 ** log2N, r, p, dkLen: 32 }))
    }
  })

  it('lets others run between slices of bounded work, and tells how far it is', async () => {
    const cost = { log2N: 12, r: 8, p: 2 }
    const mixes = 2 * 2 ** cost.log2N * cost.p
    const told: number[] = []
    let pauses = 0
    let elsewhere = 0
    let going = true
    const other = async (): Promise<void> => {
      for (; going; elsewhere++) await new Promise((resolve) => { setImmediate(resolve) })
    }
    const others = other()
    await slicedScrypt(utf8Encode('x'), utf8Encode('y'), cost, {
      onProgress: (done) => { told.push(done) },
      pause: () => {
        pauses++
        return systemPause()
      },
    })
    going = false
    await others
    expect(pauses).to.equal(mixes / MIXES_PER_SLICE - 1)
    // What waits in the event loop gets its turn: not promises alone.
    expect(elsewhere).to.be.greaterThan(pauses / 2)
    expect(told).to.deep.equal(Array.from({ length: mixes / MIXES_PER_SLICE }, (_, i) => (i + 1) * MIXES_PER_SLICE / mixes))
  })

  it('ends when the pause fails, or who is told', async () => {
    const fails = (): never => { throw new Error('enough') }
    for (const options of [{ pause: () => Promise.reject(new Error('enough')), onProgress: () => undefined }, { pause: systemPause, onProgress: fails }]) {
      const error: unknown = await slicedScrypt(utf8Encode('x'), utf8Encode('y'), { log2N: 12, r: 8, p: 1 }, options).catch((thrown: unknown) => thrown)
      expect(error).to.have.property('message', 'enough')
    }
  })

  it('is not taken from a host that has none', () => {
    const kept = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule')
    try {
      Object.defineProperty(process, 'getBuiltinModule', { value: () => ({}), configurable: true })
      expect(platformScrypt()).to.equal(undefined)
    } finally {
      Object.defineProperty(process, 'getBuiltinModule', kept!)
    }
  })

  it('tells how far it is, and refuses costs that a forger might write', async () => {
    const told: number[] = []
    await scryptKey(utf8Encode('x'), utf8Encode('y'), { log2N: 10, r: 8, p: 1 }, { onProgress: (done) => told.push(done) })
    expect(told.at(-1)).to.equal(1)
    for (const cost of [{ log2N: 9, r: 8, p: 1 }, { log2N: 21, r: 8, p: 1 }, { log2N: 14, r: 255, p: 1 }, { log2N: 14, r: 8, p: 0 }]) {
      const error: unknown = await scryptKey(utf8Encode('x'), utf8Encode('y'), cost).then(() => undefined, (thrown: unknown) => thrown)
      expect(error).to.have.property('code', 'OTR_ARGUMENT')
    }
  })
})
