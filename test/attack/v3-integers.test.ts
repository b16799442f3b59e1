import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  type Arithmetic, deriveDsaPublicKey, type DsaPublicKey, dsaSign, dsaVerify, generateDh1536, generateDsaKey, generateDsaParameters, getArithmetic,
  isValidDh1536, type RandomSource, setArithmetic, systemRandom, validateDsaPrivateKey, validateDsaPublicKey,
} from '../../src/crypto/index.js'
import { toBytes, toInteger } from '../../src/crypto/integer.js'
import { concatBytes, hexDecode, hexEncode } from '../../src/wire/index.js'
import { fromHex, rfc6979Key as key, scalar } from '../support/dsa.js'
import { seededRandom } from '../support/seeded.js'
import { copySecret } from '../../src/crypto/secret.js'

const p = toInteger(key.p)
const q = toInteger(key.q)
const bytesOf = (value: bigint): Uint8Array => fromHex(value.toString(16).length % 2 === 0 ? value.toString(16) : `0${value.toString(16)}`)

describe('attack K: integers of version 3', () => {
  it('K4: a Diffie-Hellman value outside 2 .. p - 2 is invalid, whatever its length', () => {
    const prime = toInteger(getArithmetic().modp1536.prime)
    for (const bad of [0n, 1n, prime - 1n, prime, prime + 1n, 2n * prime - 2n, 1n << 1536n, 1n << 4000n]) expect(isValidDh1536(bytesOf(bad))).equal(false)
    for (const good of [2n, 3n, prime - 2n, prime - 3n, prime >> 1n]) expect(isValidDh1536(bytesOf(good))).equal(true)
    expect(isValidDh1536(new Uint8Array(0))).equal(false)
    expect(isValidDh1536(new Uint8Array(300))).equal(false)
    expect(isValidDh1536(concatBytes(new Uint8Array(200), Uint8Array.of(2)))).equal(true)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200, size: 'max' }), (bytes) => {
      const value = toInteger(bytes)
      expect(isValidDh1536(bytes)).equal(value >= 2n && value <= prime - 2n)
    }))
  })

  it('K7: r or s of 0, of q and more, and signatures of another length are refused', () => {
    const message = systemRandom(32)
    const signature = dsaSign(key, message, systemRandom)
    const [r, s] = [toInteger(signature.subarray(0, 20)), toInteger(signature.subarray(20))]
    expect(dsaVerify(key, message, signature)).equal(true)
    const largest = (1n << 160n) - 1n
    const bad = [0n, 1n, 2n, q - 1n, q, q + 1n, largest, 2n * q - largest]
    for (const wrong of bad) {
      for (const [first, second] of [[wrong, s], [r, wrong], [wrong, wrong], [wrong, 0n], [0n, wrong], [wrong, q], [q, wrong]] as const) {
        expect(dsaVerify(key, message, concatBytes(scalar(first, 20), scalar(second, 20)))).equal(false)
        // The message that would make it pass if the inverse of 0 were taken for 0.
        expect(dsaVerify(key, new Uint8Array(32), concatBytes(scalar(first, 20), scalar(second, 20)))).equal(false)
      }
    }
    if (r + q <= largest) expect(dsaVerify(key, message, concatBytes(scalar(r + q, 20), scalar(s, 20)))).equal(false)
    if (s + q <= largest) expect(dsaVerify(key, message, concatBytes(scalar(r, 20), scalar(s + q, 20)))).equal(false)
    // r = 1, with the values of s that stand for infinity, for every message.
    for (const value of [0n, q]) expect(dsaVerify(key, message, concatBytes(scalar(1n, 20), scalar(value, 20)))).equal(false)
    for (const length of [0, 1, 20, 39, 41, 42, 64, 80]) {
      expect(dsaVerify(key, message, concatBytes(signature, new Uint8Array(60)).subarray(0, length))).equal(false)
    }
    expect(dsaVerify(key, message, concatBytes(scalar(r, 21), scalar(s, 21)))).equal(false)
    expect(dsaVerify(key, message, concatBytes(signature.subarray(20), signature.subarray(0, 20)))).equal(false)
  })

  it('K7: every flipped bit of a signature is refused', () => {
    const message = systemRandom(32)
    const signature = dsaSign(key, message, seededRandom('flip'))
    for (let bit = 0; bit < 320; bit++) {
      const changed = signature.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(dsaVerify(key, message, changed)).equal(false)
    }
  })

  it('K7: parameters p, q, g and the key y are checked', () => {
    validateDsaPublicKey(key)
    const y = toInteger(key.y)
    const notOfOrderQ = bytesOf(3n)
    const bad: [string, Partial<DsaPublicKey>][] = [
      ['p empty', { p: new Uint8Array(0) }],
      ['p of 1023 bits', { p: bytesOf(p >> 1n) }],
      ['p too long', { p: concatBytes(Uint8Array.of(1), new Uint8Array(383), Uint8Array.of(1)) }],
      ['p of another key', { p: bytesOf(p + 2n) }],
      ['p even', { p: bytesOf(p - 1n) }],
      ['q empty', { q: new Uint8Array(0) }],
      ['q = 1', { q: Uint8Array.of(1) }],
      ['q = 2, a divisor of p - 1', { q: Uint8Array.of(2) }],
      ['q that does not divide p - 1', { q: bytesOf(q + 2n) }],
      ['q even', { q: bytesOf(2n * q) }],
      ['q too long', { q: bytesOf((p - 1n) / 2n) }],
      ['g = 0', { g: new Uint8Array(0) }],
      ['g = 1', { g: Uint8Array.of(1) }],
      ['g = p - 1', { g: bytesOf(p - 1n) }],
      ['g = p', { g: key.p }],
      ['g above p', { g: bytesOf(p + toInteger(key.g)) }],
      ['g of another order', { g: notOfOrderQ }],
      ['y = 0', { y: new Uint8Array(0) }],
      ['y = 1', { y: Uint8Array.of(1) }],
      ['y = p - 1', { y: bytesOf(p - 1n) }],
      ['y = p', { y: key.p }],
      ['y above p', { y: bytesOf(p + y) }],
      ['-y', { y: bytesOf(p - y) }],
      ['y outside the subgroup', { y: notOfOrderQ }],
    ]
    for (const [what, change] of bad) {
      expect(() => { validateDsaPublicKey({ ...key, ...change }) }, what).throw().property('code', 'OTR_DSA_KEY')
    }
    for (const x of [new Uint8Array(0), key.q, bytesOf(q + toInteger(key.x)), bytesOf(toInteger(key.x) + 1n), bytesOf(1n << 300n)]) {
      expect(() => { validateDsaPrivateKey({ ...key, x }) }).throw().property('code', 'OTR_DSA_KEY')
    }
  })

  it('K7: whatever a public key contains, checking it ends with an answer', () => {
    const bytes = fc.uint8Array({ maxLength: 130, size: 'max' })
    fc.assert(fc.property(bytes, fc.uint8Array({ maxLength: 24 }), bytes, bytes, (p, q, g, y) => {
      for (const candidate of [{ p, q, g, y }, { ...key, g, y }, { ...key, y }, { ...key, q }]) {
        expect(() => { validateDsaPublicKey(candidate) }).throw().property('code', 'OTR_DSA_KEY')
      }
    }), { numRuns: 50 })
  })

  // A checkout of C2SP/wycheproof is not part of this repository: name its folder in WYCHEPROOF to run its DSA sets too.
  const sets = wycheproofSets()
  if (sets.length > 0) {
    it('K7: DSA verification decides all of Wycheproof\'s cases as they say', function () {
      this.timeout(120_000)
      for (const file of sets) {
        const data = JSON.parse(readFileSync(file, 'utf8')) as WycheproofSet
        for (const { publicKey, sha, tests } of data.testGroups) {
          const theirs = { p: fromHex(publicKey.p), q: fromHex(publicKey.q), g: fromHex(publicKey.g), y: fromHex(publicKey.y) }
          validateDsaPublicKey(theirs)
          for (const { tcId, msg, sig, result } of tests) {
            // FIPS 186 takes the leftmost bits of the hash; the lengths of q here are whole bytes.
            const hash = createHash(sha.replace('-', '')).update(hexDecode(msg)).digest().subarray(0, theirs.q.length)
            expect(dsaVerify(theirs, new Uint8Array(hash), hexDecode(sig)), `${file} ${tcId}`).equal(result === 'valid')
          }
        }
      }
    })
  }
})

interface WycheproofSet {
  readonly testGroups: readonly {
    readonly publicKey: Record<'p' | 'q' | 'g' | 'y', string>
    readonly sha: string
    readonly tests: readonly { readonly tcId: number, readonly msg: string, readonly sig: string, readonly result: string }[]
  }[]
}

function wycheproofSets(): string[] {
  const folder = join(process.env['WYCHEPROOF'] ?? '', 'testvectors_v1')
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter((name) => /^dsa_.*_p1363_test\.json$/.test(name)).map((name) => join(folder, name))
}

/** Runs `work` with exponentiations that cost nothing, for tests that only examine the use of randomness. */
async function withCheapPowers<T>(work: () => T | Promise<T>): Promise<T> {
  const real = getArithmetic()
  const cheap: Arithmetic = {
    ...real,
    modp1536: { ...real.modp1536, powerOfGenerator: () => toBytes(4n, real.modp1536.byteLength) },
    powerModulo: (_base, _exponent, modulus) => toBytes(4n, modulus.length),
  }
  setArithmetic(cheap)
  try {
    return await work()
  } finally {
    setArithmetic(real)
  }
}

/** Counts the requests to a random source. */
function counting(random: RandomSource): { readonly random: RandomSource, readonly drawn: () => number } {
  let drawn = 0
  return {
    random: (length) => {
      drawn += length
      return random(length)
    },
    drawn: () => drawn,
  }
}

describe('attack K: randomness of version 3', () => {
  it('K8: keys come from the injected source only, and from enough of it', async () => {
    const platform = globalThis.crypto.getRandomValues.bind(globalThis.crypto)
    globalThis.crypto.getRandomValues = () => { throw new Error('the platform was asked') }
    try {
      const { p, q, g } = key
      const makers: [number, (random: RandomSource) => Promise<string>][] = [
        [40, (random) => Promise.resolve(hexEncode(generateDh1536(random).privateKey))],
        [28, async (random) => hexEncode((await generateDsaKey(random, { parameters: { p, q, g } })).x)],
        [32, (random) => Promise.resolve(hexEncode(dsaSign(key, Uint8Array.of(1), random)))],
      ]
      for (const [least, make] of makers) {
        const { random, drawn } = counting(seededRandom('K8'))
        const made = await make(random)
        expect(drawn()).least(least)
        expect(await make(seededRandom('K8')), 'the same source, the same result').equal(made)
        expect(await make(seededRandom('another')), 'another source, another result').not.equal(made)
      }
    } finally {
      globalThis.crypto.getRandomValues = platform
    }
  })

  it('K8: every bit of 10,000 Diffie-Hellman keys is as often 1 as 0', async () => {
    const ones = new Uint32Array(320)
    await withCheapPowers(() => {
      const random = seededRandom('bias')
      for (let i = 0; i < 10_000; i++) {
        const { privateKey } = generateDh1536(random)
        for (let bit = 0; bit < 320; bit++) ones[bit]! += (privateKey[bit >> 3]! >> (7 - (bit & 7))) & 1
      }
    })
    // Six standard deviations of 50: by chance, once in 1.5 million runs with 320 bits.
    for (const count of ones) expect(count).within(4700, 5300)
  })

  it('K8: 10,000 DSA keys are spread evenly over 1 .. q - 1', async () => {
    const buckets = new Uint32Array(16)
    await withCheapPowers(async () => {
      const random = seededRandom('even')
      const { p, q: order, g } = key
      for (let i = 0; i < 10_000; i++) {
        const x = toInteger((await generateDsaKey(random, { parameters: { p, q: order, g } })).x)
        expect(x > 0n && x < q).equal(true)
        buckets[Number((x * 16n) / q)]!++
      }
    })
    // Expected 625 with a standard deviation of 24.
    for (const count of buckets) expect(count).within(625 - 150, 625 + 150)
  })

  it('K9: a source that throws or gives too little fails every operation, at whichever draw', async () => {
    const { p, q, g } = key
    const operations: [string, (random: RandomSource) => unknown][] = [
      ['DH key', (random) => generateDh1536(random)],
      ['signature', (random) => dsaSign(key, Uint8Array.of(1), random)],
      ['DSA key', (random) => generateDsaKey(random, { parameters: { p, q, g } })],
      ['DSA parameters', (random) => generateDsaParameters(random)],
    ]
    const failures: [string, RandomSource][] = [
      ['throws', () => { throw new Error('no entropy') }],
      ['short', (length) => new Uint8Array(length - 1)],
      ['long', (length) => new Uint8Array(length + 1)],
      ['nothing', () => undefined as unknown as Uint8Array],
      ['an array of numbers', (length) => Array.from({ length }, () => 1) as unknown as Uint8Array],
    ]
    for (const [what, operation] of operations) {
      for (const [how, failing] of failures) {
        for (const good of [0, 1, 5]) {
          let calls = 0
          const random: RandomSource = (length) => (calls++ < good ? seededRandom(calls)(length) : failing(length))
          const outcome = await attempt(() => operation(random))
          if (calls > good) expect(outcome, `${what}, ${how} after ${good}`).property('code', 'OTR_RANDOM_FAILED')
        }
      }
    }
  })

  it('K9: a source that repeats itself ends in an error, never in an endless search', async () => {
    for (const byte of [0x00, 0xff, 0x5a]) {
      const constant: RandomSource = (length) => new Uint8Array(length).fill(byte)
      const outcome = await attempt(() => generateDsaParameters(constant))
      expect(outcome).property('code', 'OTR_RANDOM_FAILED')
    }
    expect(await attempt(() => generateDh1536((length) => new Uint8Array(length)))).property('code', 'OTR_RANDOM_FAILED')
  })

  it('K9: a source that repeats itself does not reveal the DSA key: no nonce is used for two messages', () => {
    const constant: RandomSource = (length) => new Uint8Array(length)
    const commitments = new Set<string>()
    for (let i = 0; i < 50; i++) {
      const message = Uint8Array.of(i)
      const signature = dsaSign(key, message, constant)
      expect(dsaVerify(key, message, signature)).equal(true)
      commitments.add(hexEncode(signature.subarray(0, 20)))
    }
    expect(commitments.size).equal(50)
    // Nor do two keys share one.
    const other = { ...deriveDsaPublicKey(key, Uint8Array.of(7)), x: Uint8Array.of(7) }
    expect(dsaSign(other, Uint8Array.of(1), constant).subarray(0, 20)).not.deep.equal(dsaSign(key, Uint8Array.of(1), constant).subarray(0, 20))
    // And with a good source no two signatures do, even over one message.
    expect(dsaSign(key, Uint8Array.of(1), systemRandom).subarray(0, 20)).not.deep.equal(dsaSign(key, Uint8Array.of(1), systemRandom).subarray(0, 20))
  })

  it('K9: the source may use its buffer again: nothing of ours changes', () => {
    const buffer = new Uint8Array(64)
    let calls = 0
    const reusing: RandomSource = (length) => buffer.fill(++calls).subarray(0, length)
    const first = generateDh1536(reusing)
    const secret = copySecret(first.privateKey)
    generateDh1536(reusing)
    expect(first.privateKey).deep.equal(secret)
  })
})

async function attempt(operation: () => unknown): Promise<unknown> {
  try {
    return await operation()
  } catch (error) {
    return error
  }
}
