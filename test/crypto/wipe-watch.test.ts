import { expect } from 'chai'
import {
  Aes128Ctr, aes128Ctr, chacha20, dh1536PublicKey, ecdhSharedSecret, eddsaSign, equalBytes, generateEcdh, getArithmetic, hcmac, hmacSha1, hmacSha256, kdf, randomBytes,
  ringSign, scryptKey, sealXChaCha20Poly1305, setArithmetic, sha1, sha256, systemRandom, dsaSign, wipe, type Ring,
} from '../../src/crypto/index.js'
import { hkdfSha256 } from '../../src/crypto/hkdf.js'
import { minimal, padTo } from '../../src/crypto/integer.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { concatSecrets, copySecret, packSecret, secretBytes } from '../../src/crypto/secret.js'
import { watchWipes } from '../../src/crypto/watch-wipes.js'
import { OtrError } from '../../src/errors.js'
import { concatBytes, Writer } from '../../src/wire/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { takeUses, watch } from '../support/watch-wipes.js'

/** A secret that is over. */
function wiped(length: number): Uint8Array {
  const secret = copySecret(systemRandom(length))
  wipe(secret)
  return secret
}

const told = 'a secret was used after it was overwritten'
const refuses = (work: () => unknown): void => {
  expect(work).to.throw(OtrError, told)
  expect(takeUses().map(({ code }) => code)).to.deep.equal(['OTR_INTERNAL'])
}

describe('watched wipes: a secret that was overwritten', () => {
  const message = new Uint8Array(100).fill(1)
  const ring = Array.from({ length: 3 }, () => generateEcdh(systemRandom).publicKey) as unknown as Ring

  const uses: Readonly<Record<string, () => unknown>> = {
    'SHA-1': () => sha1(message, wiped(20)),
    'SHA-256': () => sha256(wiped(20)),
    'HMAC-SHA-1, the key': () => hmacSha1(wiped(20), message),
    'HMAC-SHA-1, the message': () => hmacSha1(message, wiped(20)),
    'HMAC-SHA-256, the key': () => hmacSha256(wiped(32), message),
    'HMAC-SHA-256, the message': () => hmacSha256(message, wiped(20)),
    'HKDF': () => hkdfSha256(wiped(32), message, 16),
    'the KDF': () => kdf(1, [wiped(64)], 64),
    'the MAC of version 4': () => hcmac(1, [wiped(64), message], 64),
    'a step of a chain': () => getArithmetic().chainStep(wiped(64)),
    'ChaCha20': () => chacha20(wiped(64), message),
    'AES': () => aes128Ctr(wiped(16), new Uint8Array(16), message),
    'AES, the text': () => new Aes128Ctr(message.subarray(0, 16)).apply(new Uint8Array(16), wiped(16)),
    'sealing': () => sealXChaCha20Poly1305(wiped(32), new Uint8Array(24), message, message),
    'a Diffie-Hellman key of version 3': () => dh1536PublicKey(wiped(40)),
    'ECDH': () => ecdhSharedSecret(wiped(57), getArithmetic().ed448.generator),
    'a signature by Ed448': () => eddsaSign(wiped(57), message),
    'a ring signature': () => ringSign({ ring, secret: wiped(57), message, form: 'bare', random: systemRandom }),
    'a comparison': () => equalBytes(wiped(20), message.subarray(0, 20)),
    'the writer of messages': () => new Writer().data(wiped(20)),
    'joined bytes': () => concatBytes(message, wiped(20)),
    'joined secrets': () => concatSecrets(message, wiped(20)),
    'a copy': () => copySecret(wiped(20)),
    'a packed copy': () => packSecret(wiped(20)),
    'a number of another length': () => padTo(wiped(20), 30),
    'a minimal number': () => minimal(wiped(20)),
  }
  for (const [what, use] of Object.entries(uses)) it(`is refused by ${what}`, () => { refuses(use) })

  for (const [what, use] of Object.entries(uses)) {
    it(`is refused by ${what} without WebAssembly`, () => {
      const before = setArithmetic(nobleArithmetic)
      try {
        refuses(use)
      } finally {
        setArithmetic(before)
      }
    })
  }

  it('is refused by scrypt', async () => {
    const error = await scryptKey(wiped(10), message, { log2N: 10, r: 8, p: 1 }).catch((found: unknown) => found)
    expect(error).to.be.an.instanceOf(OtrError)
    expect(takeUses()).to.have.length(1)
  })

  it('is refused in a view of it, made before or after; neighbours in a shared buffer are not concerned', () => {
    const [whole, other] = [copySecret(message), copySecret(message)]
    const before = whole.subarray(0, 20)
    wipe(whole)
    refuses(() => sha256(before))
    refuses(() => sha256(whole.subarray(1, 9)))
    expect(sha256(other)).to.have.length(32)
    const [one, neighbour] = [packSecret(message, 0, 20), packSecret(message, 0, 20)]
    wipe(one)
    refuses(() => sha256(one))
    expect(sha256(neighbour)).to.deep.equal(sha256(message.subarray(0, 20)))
  })

  it('is a secret again when a random source fills the array anew', () => {
    const own = secretBytes(32)
    const source = (): Uint8Array => own.fill(7)
    wipe(randomBytes(source, 32))
    refuses(() => sha256(own))
    expect(sha256(randomBytes(source, 32))).to.have.length(32)
  })

  it('is refused by DSA, watched or not', () => {
    expect(() => dsaSign({ ...rfc6979Key, x: wiped(20) }, message, systemRandom)).to.throw(OtrError, 'not a DSA private key')
  })

  it('is never an empty array', () => {
    const nothing = new Uint8Array(0)
    wipe(nothing)
    expect(sha256(nothing)).to.have.length(32)
  })

  it('does not change which arithmetic is in use', () => {
    const before = getArithmetic()
    expect(setArithmetic(before)).to.equal(before)
    expect(getArithmetic()).to.equal(before)
    expect(getArithmetic().name).to.equal(before.name)
    expect(getArithmetic().ed448.multiplyBase(message.subarray(0, 57))).to.deep.equal(before.ed448.multiplyBase(message.subarray(0, 57)))
  })

  it('is told once to whoever watches', () => {
    const found: string[] = []
    watchWipes(({ message: text }) => { found.push(text) })
    try {
      expect(() => sha256(wiped(9))).to.throw(told)
      expect(found).to.deep.equal([told])
      expect(takeUses()).to.deep.equal([])
    } finally {
      watch()
    }
  })
})
