import { expect } from 'chai'
import { nobleArithmetic } from '../../src/crypto/noble/index.js'
import { fasterPower, platformPower, type PlatformPower } from '../../src/crypto/wasm/platform-power.js'
import { wasmArithmetic } from '../../src/crypto/wasm/index.js'
import { bigEndian, bigInteger, seededRandom } from './wasm-equality.js'

const one = Uint8Array.of(1)
const two = Uint8Array.of(2)

/** A clock that says how long each of two rivals took: they advance it when they are called. */
function rivals(ownTakes: number, platformTakes: number, answer: (call: number) => Uint8Array | undefined): { power: () => Uint8Array, usesPlatform: () => boolean, calls: { own: number, platform: number } } {
  const calls = { own: 0, platform: 0 }
  let time = 0
  const own = (): Uint8Array => {
    calls.own += 1
    time += ownTakes
    return two.slice()
  }
  const platform: PlatformPower = () => {
    calls.platform += 1
    time += platformTakes
    return answer(calls.platform)
  }
  const faster = fasterPower(own, platform, () => time)
  return { power: () => faster.power(one, one), usesPlatform: () => faster.usesPlatform(), calls }
}

const repeat = (times: number, what: () => unknown): void => { for (let i = 0; i < times; i++) what() }

describe('the platform\'s Diffie-Hellman', () => {
  for (const [name, group] of [['modp5', 'modp1536'], ['modp15', 'modp3072']] as const) {
    it(`${name} gives what BigInt gives, or refuses`, function () {
      const arithmetic = nobleArithmetic[group]
      const platform = platformPower(name, arithmetic.byteLength)
      // A platform without OpenSSL's Diffie-Hellman: then there is nothing to compare.
      if (platform === undefined) this.skip()
      const random = seededRandom(7)
      const p = bigInteger(arithmetic.prime)
      let refused = 0
      for (let i = 0; i < 12; i++) {
        const base = bigEndian(bigInteger(random(arithmetic.byteLength)) % p, arithmetic.byteLength)
        const exponent = random(i < 3 ? arithmetic.byteLength : 80)
        const result = platform(base, exponent)
        if (result === undefined) refused += 1
        else expect(result).to.deep.equal(arithmetic.power(base, exponent))
      }
      expect(refused).to.be.lessThan(12)
      for (const base of [0n, 1n, p - 1n]) {
        const result = platform(bigEndian(base, arithmetic.byteLength), random(40))
        if (result !== undefined) expect(bigInteger(result)).to.equal(base)
      }
    })
  }

  it('is used alone once it has proved equal and faster', () => {
    const { power, usesPlatform, calls } = rivals(10, 5, () => two.slice())
    expect(usesPlatform()).to.equal(false)
    repeat(20, () => { expect(power()).to.deep.equal(two) })
    expect(usesPlatform()).to.equal(true)
    expect(calls).to.deep.equal({ own: 3, platform: 20 })
  })

  it('is dropped at the first difference', () => {
    const { power, usesPlatform, calls } = rivals(10, 5, (call) => (call === 2 ? one.slice() : two.slice()))
    repeat(20, () => { expect(power()).to.deep.equal(two) })
    expect(usesPlatform()).to.equal(false)
    expect(calls).to.deep.equal({ own: 20, platform: 2 })
  })

  it('is dropped when it is no faster', () => {
    const { power, calls } = rivals(10, 9, () => two.slice())
    repeat(20, () => { expect(power()).to.deep.equal(two) })
    expect(calls).to.deep.equal({ own: 20, platform: 3 })
  })

  it('is stood in for where it refuses, before and after', () => {
    const { power, calls } = rivals(10, 5, (call) => (call % 2 === 0 ? undefined : two.slice()))
    repeat(20, () => { expect(power()).to.deep.equal(two) })
    expect(calls.platform).to.equal(20)
  })

  for (const name of ['modp1536', 'modp3072'] as const) {
    it(`${name}: products of two powers are what BigInt gives, before and after it was decided`, () => {
      const [group, oracle] = [wasmArithmetic()[name], nobleArithmetic[name]]
      const random = seededRandom(11)
      const p = bigInteger(group.prime)
      const element = (value: bigint): Uint8Array => bigEndian(value % p, group.byteLength)
      for (let i = 0; i < 24; i++) {
        const [a, b] = [element([2n, 1n, p - 1n, 0n][i % 8] ?? bigInteger(random(group.byteLength))), element(bigInteger(random(group.byteLength)))]
        const [x, y] = [random([40, group.byteLength, 1, 0][i % 4] ?? 0), random(i % 3 === 0 ? 32 : 8)]
        expect(group.doublePower(a, x, b, y)).to.deep.equal(oracle.doublePower(a, x, b, y))
        // Decides the race, in the course of time.
        expect(group.power(b, random(33))).to.have.lengthOf(group.byteLength)
      }
    })
  }

  it('may be missing: then WebAssembly computes', () => {
    expect(fasterPower(() => two, undefined, () => 0).power(one, one)).to.equal(two)
  })
})
