import { getDiffieHellman } from 'node:crypto'
import { expect } from 'chai'
import { dh3072PublicKey, dh3072SharedSecret, generateDh3072, isValidDh3072 } from '../../src/crypto/dh3072.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import { seededRandom } from '../support/seeded.js'

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const big = (bytes: Uint8Array): bigint => BigInt(`0x0${toHex(bytes)}`)

/** floor(2^bits * pi), by Machin's formula. */
function pi(bits: bigint): bigint {
  const guard = 64n
  const one = 1n << (bits + guard)
  const arctan = (inverse: bigint): bigint => {
    let term = one / inverse
    let sum = term
    for (let n = 3n; term !== 0n; n += 2n) {
      term = -term / (inverse * inverse)
      sum += term / n
    }
    return sum
  }
  return (4n * (4n * arctan(5n) - arctan(239n))) >> guard
}

describe('crypto: DH-3072', () => {
  it('RFC 3526, group 15: p is the number that its formula gives', () => {
    const { prime, order, byteLength } = getArithmetic().modp3072
    const p = (1n << 3072n) - (1n << 3008n) - 1n + (1n << 64n) * (pi(2942n) + 1690314n)
    expect(big(prime)).equal(p)
    expect(big(order)).equal((p - 1n) / 2n)
    expect(byteLength).equal(384)
    expect(toHex(prime)).equal(getDiffieHellman('modp15').getPrime('hex'))
  })

  it('agrees with OpenSSL on public keys and shared secrets', () => {
    const random = seededRandom('dh')
    const theirs = getDiffieHellman('modp15')
    theirs.generateKeys()
    for (let i = 0; i < 3; i++) {
      const ours = generateDh3072(random)
      expect(ours.privateKey).length(80)
      const expected = theirs.computeSecret(ours.publicKey)
      expect(big(dh3072SharedSecret(ours.privateKey, new Uint8Array(theirs.getPublicKey())))).equal(big(expected))
      expect(isValidDh3072(ours.publicKey)).equal(true)
    }
  })

  it('writes public keys and secrets without leading zeros', () => {
    expect(toHex(dh3072PublicKey(Uint8Array.of(0, 9)))).equal('0200')
    expect(toHex(dh3072SharedSecret(Uint8Array.of(2), Uint8Array.of(0, 0, 4)))).equal('10')
  })

  it('says of every kind of number what x^q says', () => {
    const group = getArithmetic().modp3072
    const random = seededRandom('members')
    const seen = { member: 0, other: 0 }
    for (let i = 0; i < 16; i++) {
      const x = random(384).slice()
      x[0] = 0x7f
      const member = big(group.power(x, group.order)) === 1n
      expect(isValidDh3072(x)).equal(member)
      seen[member ? 'member' : 'other']++
    }
    expect(seen.member).above(2)
    expect(seen.other).above(2)
  })
})
