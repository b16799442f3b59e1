import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  decodeDsaPublicKey, type DsaPrivateKey, dsaFingerprint, dsaSign, dsaVerify, encodeDsaPublicKey, generateDsaKey, generateDsaParameters, sha1,
  systemRandom, validateDsaPrivateKey, validateDsaPublicKey,
} from '../../src/crypto/index.js'
import { oneMoreThanRemainder } from '../../src/crypto/dsa-generate.js'
import { toBytes, toInteger } from '../../src/crypto/integer.js'
import { base64Decode, concatBytes, hexEncode, utf8Encode } from '../../src/wire/index.js'
import { fromHex, keyIntegers, nodePrivateKey, nodePublicKey, rfc6979Key, scalar } from '../support/dsa.js'
import { seededRandom } from '../support/seeded.js'

const key = rfc6979Key
const q = toInteger(key.q)

/** FIPS 186's reading of a hash: its leftmost bits, as many as q has. Ours reads the whole. */
const leftmost = (hash: Uint8Array): Uint8Array => hash.subarray(0, key.q.length)

describe('crypto: DSA', () => {
  it('accepts the key and the signatures of RFC 6979, A.2.1', () => {
    validateDsaPrivateKey(key)
    const cases = [
      ['sha1', 'sample', '2E1A0C2562B2912CAAF89186FB0F42001585DA55', '29EFB6B0AFF2D7A68EB70CA313022253B9A88DF5'],
      ['sha1', 'test', '42AB2052FD43E123F0607F115052A67DCD9C5C77', '183916B0230D45B9931491D4C6B0BD2FB4AAF088'],
      ['sha256', 'sample', '81F2F5850BE5BC123C43F71A3033E9384611C545', '4CDD914B65EB6C66A8AAAD27299BEE6B035F5E89'],
      ['sha256', 'test', '22518C127299B0F6FDC9872B282B9E70D0790812', '6837EC18F150D55DE95B5E29BE7AF5D01E4FE160'],
    ] as const
    for (const [hash, message, r, s] of cases) {
      const digest = new Uint8Array(createHash(hash).update(message).digest())
      expect(dsaVerify(key, leftmost(digest), fromHex(r + s))).equal(true)
      if (hash === 'sha256') expect(dsaVerify(key, digest, fromHex(r + s)), 'no truncation').equal(false)
      digest[19]! ^= 1
      expect(dsaVerify(key, leftmost(digest), fromHex(r + s))).equal(false)
    }
  })

  it('agrees with another implementation in both directions', () => {
    const [theirPrivate, theirPublic] = [nodePrivateKey(key), nodePublicKey(key)]
    for (let i = 0; i < 20; i++) {
      const message = systemRandom(i)
      const theirs = new Uint8Array(sign('sha1', message, { key: theirPrivate, dsaEncoding: 'ieee-p1363' }))
      expect(dsaVerify(key, sha1(message), theirs)).equal(true)
      expect(dsaVerify(key, sha1(message, Uint8Array.of(0)), theirs)).equal(false)
      const ours = dsaSign(key, sha1(message), systemRandom)
      expect(verify('sha1', message, { key: theirPublic, dsaEncoding: 'ieee-p1363' }, ours)).equal(true)
    }
  })

  it('takes keys that another implementation made', function () {
    this.timeout(60_000)
    const pair = generateKeyPairSync('dsa', {
      modulusLength: 1024, divisorLength: 160, publicKeyEncoding: { format: 'der', type: 'spki' }, privateKeyEncoding: { format: 'der', type: 'pkcs8' },
    })
    const [p, q, g, y] = keyIntegers(pair.publicKey)
    const x = keyIntegers(pair.privateKey).at(-1)
    const made: DsaPrivateKey = { p: p!, q: q!, g: g!, y: y!, x: x! }
    validateDsaPrivateKey(made)
    const signature = dsaSign(made, sha1(utf8Encode('message')), systemRandom)
    expect(verify('sha1', utf8Encode('message'), { key: nodePublicKey(made), dsaEncoding: 'ieee-p1363' }, signature)).equal(true)
  })

  it('reads the message as one integer mod q, neither hashed nor cut', () => {
    const message = systemRandom(32)
    const signature = dsaSign(key, message, systemRandom)
    expect(dsaVerify(key, message, signature)).equal(true)
    expect(dsaVerify(key, toBytes(toInteger(message) % q, 20), signature)).equal(true)
    expect(dsaVerify(key, toBytes(toInteger(message) + q, 33), signature)).equal(true)
    expect(dsaVerify(key, concatBytes(Uint8Array.of(0), message), signature)).equal(true)
    expect(dsaVerify(key, message.subarray(0, 20), signature)).equal(false)
    expect(dsaVerify(key, concatBytes(message, Uint8Array.of(0)), signature)).equal(false)
    expect(dsaVerify(key, new Uint8Array(0), dsaSign(key, new Uint8Array(32), systemRandom))).equal(true)
  })

  it('verifies what it signs, of any length, and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 100 }), (message, other) => {
      const signature = dsaSign(key, message, systemRandom)
      expect(signature.length).equal(40)
      expect(dsaVerify(key, message, signature)).equal(true)
      if (toInteger(message) % q !== toInteger(other) % q) expect(dsaVerify(key, other, signature)).equal(false)
    }), { numRuns: 30 })
  })

  it('accepts constructed signatures whose numbers are extreme', () => {
    // Any u1 and u2 give a valid signature (r, r / u2) of u1 r / u2: so the multipliers, r, s and the message can be made extreme.
    const inverse = (a: bigint): bigint => toInteger(fermat(a))
    const fermat = (a: bigint): Uint8Array => toBytes(power(a, q - 2n, q), 20)
    const power = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
      let [result, square] = [1n, base % modulus]
      for (let rest = exponent; rest > 0n; rest >>= 1n) {
        if ((rest & 1n) === 1n) result = (result * square) % modulus
        square = (square * square) % modulus
      }
      return result
    }
    const p = toInteger(key.p)
    const extremes = [1n, 2n, 3n, q - 1n, q - 2n, q >> 1n, (q >> 1n) + 1n, 1n << 80n, (1n << 159n) - 1n, 1n << 159n]
    for (const u1 of [0n, ...extremes]) {
      for (const u2 of extremes) {
        const r = ((power(toInteger(key.g), u1, p) * power(toInteger(key.y), u2, p)) % p) % q
        const s = (r * inverse(u2)) % q
        const signature = concatBytes(scalar(r, 20), scalar(s, 20))
        const message = toBytes((u1 * s) % q, 20)
        expect(dsaVerify(key, message, signature)).equal(true)
        expect(dsaVerify(key, toBytes((u1 * s + 1n) % q, 20), signature)).equal(false)
      }
    }
    // A small s, whose inverse is the edge of some inversions.
    for (const s of extremes) {
      const r = power(toInteger(key.g), 12_345n, p) % q
      const h = (((s * 12_345n - toInteger(key.x) * r) % q) + q) % q
      expect(dsaVerify(key, toBytes(h, 20), concatBytes(scalar(r, 20), scalar(s, 20)))).equal(true)
    }
  })

  it('knows the fingerprints and keys of libotr', () => {
    const data = JSON.parse(readFileSync(new URL('../vectors/data/v3-libotr/v3-full.json', import.meta.url), 'utf8')) as Record<string, string>
    const fingerprints = [...JSON.stringify(data).matchAll(/new_fingerprint (alice|bob) fp=([0-9a-f]{40})/g)]
    expect(fingerprints.length).greaterThan(0)
    for (const name of ['alice', 'bob']) {
      const encoded = /data=([A-Za-z0-9+/=]+)/.exec(data[`${name}_pub`] ?? '')?.[1] ?? ''
      const bytes = concatBytes(Uint8Array.of(0, 0), base64Decode(encoded))
      const publicKey = decodeDsaPublicKey(bytes)
      validateDsaPublicKey(publicKey)
      expect(encodeDsaPublicKey(publicKey)).deep.equal(bytes)
      for (const [, whose, fingerprint] of fingerprints) if (whose === name) expect(hexEncode(dsaFingerprint(publicKey))).equal(fingerprint)
    }
  })

  it('decodes nothing but one whole public key', () => {
    const encoded = encodeDsaPublicKey(key)
    for (let length = 0; length < encoded.length; length++) {
      expect(() => decodeDsaPublicKey(encoded.subarray(0, length))).throw().property('code', 'OTR_MALFORMED')
    }
    expect(() => decodeDsaPublicKey(concatBytes(encoded, Uint8Array.of(0)))).throw().property('code', 'OTR_MALFORMED')
    expect(() => decodeDsaPublicKey(concatBytes(Uint8Array.of(0, 1), encoded.subarray(2)))).throw().property('code', 'OTR_MALFORMED')
  })
})

describe('crypto: DSA key generation', function () {
  this.timeout(60_000)

  it('makes 1024-bit keys with a 160-bit q, that another implementation takes', async () => {
    const made = await generateDsaKey(systemRandom)
    validateDsaPrivateKey(made)
    expect(toInteger(made.p).toString(2).length).equal(1024)
    expect(toInteger(made.q).toString(2).length).equal(160)
    const signature = dsaSign(made, sha1(utf8Encode('x')), systemRandom)
    expect(verify('sha1', utf8Encode('x'), { key: nodePublicKey(made), dsaEncoding: 'ieee-p1363' }, signature)).equal(true)
  })

  it('makes p and q that are primes of the right size', async () => {
    const { p, q } = await generateDsaParameters(seededRandom('primes'))
    for (const [n, bits] of [[toInteger(p), 1024], [toInteger(q), 160]] as const) {
      // Fermat with fixed bases: independent of the generator's own test.
      for (const base of [2n, 3n, 5n, 7n, 11n]) {
        let [result, square] = [1n, base]
        for (let rest = n - 1n; rest > 0n; rest >>= 1n) {
          if ((rest & 1n) === 1n) result = (result * square) % n
          square = (square * square) % n
        }
        expect(result === 1n, `${bits} bits, base ${String(base)}`).equal(true)
      }
    }
  })

  it('reduces what was drawn without a BigInt, to the number that BigInts give', () => {
    for (let n = 0; n < 400; n++) {
      const random = seededRandom(`remainder ${n}`)
      const modulus = random(20 + n % 13)
      if (n % 4 === 0) modulus.fill(0xff)
      modulus[0]! |= n % 2 === 0 ? 0x80 : 1
      // Also the multiples of the modulus, and one less.
      const m = toInteger(modulus)
      const number = n % 3 === 0 ? random(modulus.length + 8) : toBytes(m * (toInteger(random(7)) + 1n) - BigInt(n % 3 - 1), modulus.length + 8)
      expect(toInteger(oneMoreThanRemainder(number, modulus))).equal(toInteger(number) % m + 1n & (1n << BigInt(8 * modulus.length)) - 1n)
    }
  })

  it('uses given parameters', async () => {
    const { p, q, g } = key
    const made = await generateDsaKey(systemRandom, { parameters: { p, q, g } })
    validateDsaPrivateKey(made)
    expect([made.p, made.q, made.g]).deep.equal([p, q, g])
    expect(made.x).not.deep.equal(key.x)
  })

  it('pauses while it works, and a failing pause ends it', async () => {
    let pauses = 0
    await generateDsaParameters(seededRandom('pauses'), {
      pause: async () => {
        pauses++
        await Promise.resolve()
      },
    })
    expect(pauses).greaterThan(3)
    const stopped = await generateDsaParameters(systemRandom, { pause: () => Promise.reject(new Error('stopped')) }).catch((error: unknown) => error)
    expect(stopped).instanceOf(Error).property('message', 'stopped')
  })
})
