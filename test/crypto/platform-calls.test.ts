/**
 * Each thing that the platform offers, made to throw at each of its calls by itself; and to give something wrong while it is being proven.
 * `platform-faults.test.ts` does the same to whole conversations.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { scrypt } from '@noble/hashes/scrypt.js'
import { expect } from 'chai'
import type { Arithmetic, KeyedCipher, KeyedMac, V3Ciphers } from '../../src/crypto/arithmetic.js'
import { guardedV3Ciphers } from '../../src/crypto/guard.js'
import { fasterAead, platformAead, WORTH_A_CALL, type Aead } from '../../src/crypto/platform-aead.js'
import { arithmeticFault, getArithmetic, setArithmetic, systemRandom } from '../../src/crypto/index.js'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { nobleV3Ciphers } from '../../src/crypto/noble/v3-ciphers.js'
import { bestArithmetic } from '../../src/crypto/provider.js'
import { provenScrypt } from '../../src/crypto/scrypt.js'
import { platformScrypt } from '../../src/crypto/platform-scrypt.js'
import { fasterPower, platformPower } from '../../src/crypto/wasm/platform-power.js'
import { wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { wasmV3Ciphers } from '../../src/crypto/wasm/v3-ciphers.js'
import { randomBytes } from '../../src/crypto/random.js'
import { CountedPlatform } from '../support/counted-platform.js'
import { portableAead } from '../../src/crypto/xchacha20poly1305.js'

const bytes = (length: number, seed: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + seed * 13 + (i >> 3)) % 256)

/** Does something on a platform whose n-th call throws, for all n from the first to the last. */
function atEachCall(platform: CountedPlatform, work: () => void, beforeEach: () => void = () => undefined): number {
  platform.fail('never', 0)
  beforeEach()
  work()
  const { calls } = platform
  for (const how of ['once', 'ever after'] as const) {
    for (let n = 1; n <= calls; n++) {
      platform.fail(how, n)
      beforeEach()
      work()
      expect(platform.failed, `call ${n} of ${calls}`).not.to.equal(undefined)
    }
  }
  return calls
}

describe('the platform\'s AEAD', () => {
  const [key, nonce, data, text] = [bytes(32, 1), bytes(24, 2), bytes(43, 3), bytes(WORTH_A_CALL + 7, 4)]
  const sealed = xchacha20poly1305(key, nonce, data).encrypt(text)
  const changed = sealed.slice()
  changed[5]! ^= 1

  const works = (aead: Aead): void => {
    // Also in memory that is given: what is refused leaves nothing there.
    const [room, place] = [new Uint8Array(text.length), new Uint8Array(sealed.length)]
    expect(aead.open(key, nonce, data, changed, room)).to.equal(undefined)
    expect(room.every((byte) => byte === 0)).to.equal(true)
    expect(aead.open(key, nonce, data, sealed, room)).to.equal(room)
    expect(room).to.deep.equal(text)
    expect(aead.seal(key, nonce, data, text, place)).to.equal(place)
    expect(place).to.deep.equal(sealed)
    for (let times = 0; times < 2; times++) {
      expect(aead.seal(key, nonce, data, text)).to.deep.equal(sealed)
      expect(aead.open(key, nonce, data, sealed)).to.deep.equal(text)
      expect(aead.open(key, nonce, data, changed)).to.equal(undefined)
    }
  }

  it('throws at each of its calls: the other one does the work, and it is not asked again', () => {
    const platform = new CountedPlatform()
    platform.with(() => {
      const calls = atEachCall(platform, () => {
        works(fasterAead(portableAead, platformAead()))
        // Only what says that a message was changed is believed.
        if (platform.how === 'once' && platform.failed !== 'final') expect(platform.calls - platform.failsAt, platform.failed).to.equal(0)
      })
      expect(calls).to.be.greaterThan(150)
    })
  })

  it('gives something wrong at each of its calls while it is proven: it is not used', () => {
    const platform = new CountedPlatform()
    platform.with(() => {
      platform.fail('never', 0)
      fasterAead(portableAead, platformAead()).seal(key, nonce, data, text)
      // The last five are those of the one that was asked for.
      const calls = platform.calls - 5
      let seen = 0
      for (let n = 1; n <= calls; n++) {
        platform.fail('wrong', n)
        const aead = fasterAead(portableAead, platformAead())
        expect(aead.seal(key, nonce, data, text)).to.deep.equal(sealed)
        if (platform.calls < calls) seen++
        platform.fail('never', 0)
        works(aead)
      }
      expect(seen).to.be.greaterThan(20)
    })
  })

  it('refuses what was well sealed: that is opened, and it is not asked again', () => {
    let asked = 0
    const own = platformAead()!
    const liar: Aead = {
      seal: (k, n, d, p, into) => own.seal(k, n, d, p, into),
      open: (k, n, d, s, into) => {
        asked++
        return s.length > WORTH_A_CALL ? undefined : own.open(k, n, d, s, into)
      },
    }
    const aead = fasterAead(portableAead, liar)
    expect(aead.open(key, nonce, data, sealed)).to.deep.equal(text)
    const before = asked
    works(aead)
    expect(asked).to.equal(before)
  })

  it('is kept when what was sealed is at fault', () => {
    const platform = new CountedPlatform()
    platform.with(() => {
      platform.fail('never', 0)
      const aead = fasterAead(portableAead, platformAead())
      works(aead)
      const before = platform.calls
      expect(aead.open(key, nonce, data, changed)).to.equal(undefined)
      works(aead)
      expect(platform.calls - before).to.equal(5 + 3 * 15)
    })
  })

  it('is not asked for short ones', () => {
    const platform = new CountedPlatform()
    platform.with(() => {
      platform.fail('never', 0)
      const aead = fasterAead(portableAead, platformAead())
      const short = text.subarray(0, WORTH_A_CALL - 1)
      expect(aead.open(key, nonce, data, aead.seal(key, nonce, data, short))).to.deep.equal(short)
      expect(platform.calls).to.equal(0)
    })
  })
})

describe('the platform\'s Diffie-Hellman', () => {
  for (const [name, group] of [['modp5', 'modp1536'], ['modp15', 'modp3072']] as const) {
    it(`${name} throws at each of its calls, the clearing of the exponent too: the result is the same`, () => {
      const platform = new CountedPlatform()
      const { byteLength, prime } = nobleArithmetic[group]
      const own = wasmArithmetic(undefined, { native: false })[group]
      const [base, exponent] = [bytes(byteLength, 5), bytes(40, 6)]
      base[0] = 1
      const right = nobleArithmetic[group].power(base, exponent)
      const edge = prime.slice()
      edge[edge.length - 1] = 0xfe
      const edgeRight = nobleArithmetic[group].power(edge, exponent)
      platform.with(() => {
        let time = 0
        let reads = 0
        const calls = atEachCall(platform, () => {
          // A clock by which the platform is the faster one.
          const faster = fasterPower((b, e) => own.power(b, e), platformPower(name, byteLength), () => (time += [0, 10, 1][reads++ % 3]!))
          for (let times = 0; times < 6; times++) expect(faster.power(base, exponent)).to.deep.equal(right)
          expect(faster.power(edge, exponent)).to.deep.equal(edgeRight)
        }, () => { reads = 0 })
        expect(calls).to.be.greaterThan(20)
      })
    })
  }

  it('is asked for nothing more once an exponent could not be set or cleared', () => {
    const platform = new CountedPlatform()
    platform.with(() => {
      for (const n of [2, 4]) {
        platform.fail('once', n)
        const power = platformPower('modp5', 192)!
        for (let times = 0; times < 3; times++) power(bytes(192, 1).fill(0, 0, 1), bytes(40, 2))
        expect(platform.calls).to.be.lessThan(5)
      }
    })
  })

  it('gives another length, or no bytes at all: it refuses', () => {
    for (const answer of [new Uint8Array(193), undefined, 'text', null]) {
      const group = { computeSecret: () => answer }
      const crypto = { getDiffieHellman: () => group, DiffieHellman: { prototype: { setPrivateKey: () => undefined } } }
      CountedPlatform.withCrypto(crypto, () => { expect(platformPower('modp5', 192)!(bytes(192, 1), bytes(40, 2))).to.equal(undefined) })
    }
  })

  it('is dropped when the clock throws, or stands', () => {
    for (const clock of [() => { throw new Error('no clock') }, () => 5, () => NaN]) {
      let asked = 0
      const faster = fasterPower(() => bytes(5, 1), () => {
        asked++
        return bytes(5, 1)
      }, clock)
      for (let times = 0; times < 10; times++) expect(faster.power(bytes(5, 2), bytes(40, 3))).to.deep.equal(bytes(5, 1))
      expect(asked).to.equal(3)
      expect(faster.usesPlatform()).to.equal(false)
    }
  })
})

describe('the platform\'s scrypt', () => {
  const cost = { log2N: 10, r: 8, p: 2 }
  const [passphrase, salt] = [bytes(9, 1), bytes(16, 2)]

  it('throws, calls back with an error, or with anything but a key: it rejects, and is not used', async () => {
    const right = scrypt(passphrase, salt, { N: 1024, r: 8, p: 2, dkLen: 32 })
    type Done = (error: unknown, key: unknown) => void
    const platforms: readonly ((done: Done) => void)[] = [
      () => { throw new Error('at once') },
      (done) => { done(new Error('later'), undefined) },
      (done) => { done('a string', undefined) },
      (done) => { done(null, undefined) },
      (done) => { done(null, new Uint8Array(63)) },
      (done) => { done(null, new Uint8Array(32)) },
      (done) => { done(null, 'key') },
      (done) => { done(undefined, right) },
    ]
    for (const platform of platforms) {
      const given = CountedPlatform.withCrypto({ scrypt: (...args: readonly unknown[]) => { platform(args.at(-1) as Done) } }, () => platformScrypt())
      expect(await given!(passphrase, salt, cost).then(() => 'a key', () => 'refused')).to.equal('refused')
      expect(await provenScrypt(given)).to.equal(undefined)
    }
  })

  it('gives a wrong key in any of its trials: it is not used', async () => {
    const platform = platformScrypt()!
    for (let n = 0; n < 2; n++) {
      let calls = 0
      const liar: typeof platform = async (...args) => {
        const key = await platform(...args)
        if (calls++ === n) key[31]! ^= 1
        return key
      }
      expect(await provenScrypt(liar)).to.equal(undefined)
    }
    expect(await provenScrypt(platform)).to.equal(platform)
  })
})

describe('WebAssembly', () => {
  let before: Arithmetic
  beforeEach(() => { before = getArithmetic() })
  afterEach(() => {
    setArithmetic(before)
    bestArithmetic()
  })

  const [a, b] = [bytes(57, 1), bytes(57, 2)]
  const { ed448, modp1536, modp3072 } = nobleArithmetic
  const [p, q] = [ed448.multiplyBase(a), ed448.multiplyBase(b)]
  const ofGroup = (name: 'modp1536' | 'modp3072'): readonly (readonly [string, (arithmetic: Arithmetic) => unknown])[] => {
    const group = name === 'modp1536' ? modp1536 : modp3072
    const [g, h] = [group.powerOfGenerator(bytes(40, 1)), group.powerOfGenerator(bytes(40, 2))]
    const works = {
      power: (x: Arithmetic) => x[name].power(g, bytes(20, 3)),
      'power with a long exponent': (x: Arithmetic) => x[name].power(g, bytes(40, 3)),
      powerOfGenerator: (x: Arithmetic) => x[name].powerOfGenerator(bytes(40, 3)),
      doublePower: (x: Arithmetic) => x[name].doublePower(g, bytes(20, 3), h, bytes(20, 4)),
      multiply: (x: Arithmetic) => x[name].multiply(g, h),
      invert: (x: Arithmetic) => x[name].invert(g),
      inSubgroup: (x: Arithmetic) => x[name].inSubgroup(g),
      respond: (x: Arithmetic) => x[name].respond(bytes(40, 1), bytes(40, 2), bytes(40, 3)),
    }
    return Object.entries(works).map(([what, work]) => [`${name}.${what}`, work])
  }
  const modulus = bytes(128, 9).fill(0xff, 127)
  const operations: readonly (readonly [string, (arithmetic: Arithmetic) => unknown])[] = [
    ...ofGroup('modp1536'), ...ofGroup('modp3072'),
    ['powerModulo', (x) => x.powerModulo(bytes(128, 8).fill(0, 0, 1), bytes(20, 7), modulus)],
    ['respondModulo', (x) => x.respondModulo(bytes(128, 8).fill(0, 0, 1), bytes(128, 7).fill(0, 0, 1), bytes(128, 6).fill(0, 0, 1), modulus)],
    ['shake256', (x) => x.shake256([bytes(300, 1), bytes(10, 2)], 64)],
    ['shake256 of much', (x) => x.shake256([bytes(9000, 1)], 9000)],
    ['chacha20', (x) => x.chacha20(bytes(32, 1), bytes(9000, 2))],
    ['chainStep', (x) => x.chainStep(bytes(64, 1))],
    ['isValidPoint', (x) => x.ed448.isValidPoint(p)],
    ['multiplyBase', (x) => x.ed448.multiplyBase(a)],
    ['multiply', (x) => x.ed448.multiply(a, p)],
    ['multiplyAdd', (x) => x.ed448.multiplyAdd(a, p, b)],
    ['multiplyAddPublic', (x) => x.ed448.multiplyAddPublic(a, p, b)],
    ['multiplyPair', (x) => x.ed448.multiplyPair(a, b, p, b)],
    ['multiplyTwoPublic', (x) => x.ed448.multiplyTwoPublic(a, p, b, q, a)],
    ['add', (x) => x.ed448.add(p, q)],
    ['subtract', (x) => x.ed448.subtract(p, q)],
    ['isIdentity', (x) => x.ed448.isIdentity(p)],
    ['reduceScalar', (x) => x.ed448.reduceScalar(bytes(114, 1))],
    ['addScalars', (x) => x.ed448.addScalars(a, b)],
    ['subtractScalars', (x) => x.ed448.subtractScalars(a, b)],
    ['multiplyScalars', (x) => x.ed448.multiplyScalars(a, b)],
  ]

  it('traps at each call inside every operation: the other arithmetic does it again, and all that comes after; nothing is left in memory', () => {
    const platform = new CountedPlatform()
    let trapped = 0
    for (const [what, work] of operations) {
      const right = work(nobleArithmetic)
      for (let n = 1; ; n++) {
        platform.withWebAssembly((memories) => {
          platform.fail('never', 0)
          setArithmetic(nobleArithmetic)
          setArithmetic(bestArithmetic())
          platform.fail('once', n)
          expect(work(getArithmetic()), what).to.deep.equal(right)
          if (platform.failed === undefined) return
          trapped++
          expect(getArithmetic().name, what).to.equal('noble')
          expect(arithmeticFault()?.message, what).to.match(/stopped in the middle of its work: .*call \d+ traps/)
          for (const memory of memories) expect(new Uint8Array(memory.buffer).every((byte) => byte === 0), what).to.equal(true)
        })
        if (platform.failed === undefined) break
      }
    }
    // All of them but those that need no module: invert, isIdentity.
    expect(trapped).to.be.greaterThan(operations.length - 4)
  })

  it('traps in the middle of version 3\'s hash and cipher: keys that were taken in before go on', () => {
    const platform = new CountedPlatform()
    const key = bytes(20, 1)
    const works = (ciphers: V3Ciphers, mac: KeyedMac, cipher: KeyedCipher): unknown =>
      [ciphers.sha1([bytes(9000, 1)]), mac.of([bytes(100, 2)]), cipher.counterMode(bytes(16, 3), bytes(9000, 4)), ciphers.hmacSha1(bytes(100, 5)).of([key]),
        ciphers.aes128(bytes(16, 1)).counterMode(bytes(16, 2), key)]
    const right = works(nobleV3Ciphers, nobleV3Ciphers.hmacSha1(key), nobleV3Ciphers.aes128(bytes(16, 9)))
    for (let n = 1; ; n++) {
      let faults = 0
      platform.withWebAssembly(() => {
        platform.fail('never', 0)
        const guarded = guardedV3Ciphers(wasmV3Ciphers(), nobleV3Ciphers, () => { faults++ })
        const [mac, cipher] = [guarded.hmacSha1(key), guarded.aes128(bytes(16, 9))]
        platform.fail('once', n)
        expect(works(guarded, mac, cipher)).to.deep.equal(right)
        expect(works(guarded, mac, cipher)).to.deep.equal(right)
        mac.wipe()
        cipher.wipe()
      })
      expect(faults).to.equal(platform.failed === undefined ? 0 : 1)
      if (platform.failed === undefined) {
        expect(n).to.be.greaterThan(10)
        break
      }
    }
  })

  it('refuses what is no point, and a number that is too long, without falling back', () => {
    setArithmetic(bestArithmetic())
    expect(() => getArithmetic().ed448.add(new Uint8Array(57).fill(0xff), p)).to.throw().with.property('code', 'OTR_POINT')
    expect(() => getArithmetic().ed448.reduceScalar(new Uint8Array(115))).to.throw().with.property('code', 'OTR_INTERNAL')
    expect(() => getArithmetic().shake256(['text' as unknown as Uint8Array], 5)).to.throw(TypeError)
    expect(getArithmetic().name).to.equal('wasm')
    expect(arithmeticFault()).to.equal(undefined)
  })
})

describe('the platform\'s randomness', () => {
  const withCrypto = (crypto: unknown, work: () => unknown): unknown => {
    const kept = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
    Object.defineProperty(globalThis, 'crypto', typeof crypto === 'function' ? { get: crypto as () => unknown, configurable: true } : { value: crypto, configurable: true })
    try {
      return work()
    } catch (error) {
      return error
    } finally {
      Object.defineProperty(globalThis, 'crypto', kept)
    }
  }
  const platforms: readonly (readonly [string, unknown])[] = [
    ['is missing', undefined],
    ['is an object without it', {}],
    ['throws when it is looked for', () => { throw new Error('no crypto') }],
    ['throws', { getRandomValues: () => { throw new Error('no entropy') } }],
    ['does nothing', { getRandomValues: (into: Uint8Array) => into }],
  ]
  for (const [what, crypto] of platforms) {
    it(`${what}: closed, with what to do; nothing weaker is taken`, () => {
      for (const length of [16, 57, 80, 384]) {
        const error = withCrypto(crypto, () => randomBytes(systemRandom, length))
        expect(error).to.include({ code: 'OTR_RANDOM_FAILED' })
        expect((error as Error).message).to.match(/`random`/)
      }
    })
  }

  it('fails in the middle of a long draw: closed', () => {
    let calls = 0
    const crypto = { getRandomValues: (into: Uint8Array) => {
      if (++calls === 2) throw new Error('no more')
      return into.fill(7)
    } }
    expect(withCrypto(crypto, () => randomBytes(systemRandom, 100_000))).to.include({ code: 'OTR_RANDOM_FAILED' })
    expect(calls).to.equal(2)
  })
})
