import { expect } from 'chai'
import { ed448KeyPair, type RandomSource } from '../../src/crypto/index.js'
import { getArithmetic, setArithmetic } from '../../src/crypto/provider.js'
import { hexEncode } from '../../src/wire/index.js'
import { SCALAR_LENGTH } from '../../src/crypto/scalars.js'
import { prekeyUsage } from '../../src/prekey/dialect.js'
import { PrekeyWorld, type PrekeyUser } from '../support/prekey-parties.js'
import { isWiped, watchSecrets, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'

const secretUsages = new Map<number | undefined, string>([[prekeyUsage.sk, 'SK'], [prekeyUsage.preMacKey, 'MAC key'], [prekeyUsage.proofContext, 'm']])

describe('attack: secrets of the key exchange with a prekey server', () => {
  const before = getArithmetic()
  const seen: Seen[] = []

  beforeEach(() => {
    seen.length = 0
    setArithmetic({
      ...before,
      ed448: {
        ...before.ed448,
        multiply(scalar, point) {
          const bytes = before.ed448.multiply(scalar, point)
          // The factors of proofs, which are public, are shorter.
          if (scalar.length === SCALAR_LENGTH) seen.push({ what: 'ECDH', bytes }, { what: 'ephemeral secret', bytes: scalar })
          return bytes
        },
      },
      shake256(parts, length, allocate) {
        const bytes = before.shake256(parts, length, allocate)
        const [domain, usage] = parts
        const what = domain !== undefined && Buffer.from(domain).toString('latin1') === 'OTR-Prekey-Server' ? secretUsages.get(usage?.[0]) : undefined
        if (what !== undefined) seen.push({ what, bytes })
        return bytes
      },
    })
  })
  afterEach(() => { setArithmetic(before) })

  const count = (what: string): number => seen.filter((one) => one.what === what).length
  const left = (): string[] => seen.filter(({ bytes }) => !isWiped(bytes)).map(({ what }) => what)

  for (const [name, ask] of [['a publication', 'publish'], ['a request for the number of prekeys', 'status']] as const) {
    it(`V7: ${name}: both sides overwrite ephemeral secret, ECDH secret, SK, MAC key and m, once the answer is there`, async () => {
      const bob = new PrekeyWorld().user('bob@example.org')
      const [event] = ask === 'publish' ? await bob.publish(2) : await bob.run(bob.client.status())
      expect(event).to.include({ event: ask === 'publish' ? 'published' : 'status' })
      expect(['ECDH', 'SK', 'MAC key', 'm', 'ephemeral secret'].map(count)).to.deep.equal([2, 2, 2, 2, 2])
      expect(left()).to.deep.equal([])
    })
  }
})

describe('attack: secrets of a key exchange with a prekey server that does not end well', () => {
  const seen = watchSecrets()

  /** What is still there, but for the long-term keys. */
  const left = (user: PrekeyUser): string[] => {
    const { identity } = user.core.identityForPrekeys()
    const kept = new Set([identity.secretScalar, serverScalar].map(hexEncode))
    return seen.filter(({ bytes }) => bytes.length >= 16 && !isWiped(bytes) && !kept.has(hexEncode(bytes))).map(({ what }) => what)
  }
  const serverScalar = ed448KeyPair(seededRandom('prekey server')(57)).secretScalar

  it('V7: a client that is closed has overwritten them, after each message of the exchange', async () => {
    for (const messages of [1, 2, 3]) {
      const world = new PrekeyWorld()
      const bob = world.user('bob@example.org')
      let passed = 0
      world.tamper = ({ text }) => ++passed < messages ? text : undefined
      await bob.status()
      expect(seen.length).to.be.above(0)
      bob.client.close()
      await world.server.close()
      expect(left(bob), `${messages}`).to.deep.equal([])
      seen.length = 0
    }
  })

  it('V7: a random source that fails, at whichever draw of either side, leaves none behind', async () => {
    for (const side of ['client', 'server'] as const) {
      for (let allowed = 0; ; allowed++) {
        let calls = Infinity
        const failing = (good: RandomSource): RandomSource => (length) => {
          if (calls-- <= 0) throw new Error('no entropy')
          return good(length)
        }
        const world = new PrekeyWorld(side === 'server' ? { random: failing(seededRandom('server')) } : {})
        const bob = world.user('bob@example.org', side === 'client' ? { random: failing(seededRandom('client')) } : {})
        seen.length = 0
        calls = allowed
        const [event] = await bob.status().catch(() => [])
        calls = Infinity
        bob.client.close()
        await world.server.close()
        expect(left(bob), `${side} ${allowed}`).to.deep.equal([])
        if (event?.type === 'prekey' && event.event === 'status') break
        expect(allowed).to.be.below(10)
      }
    }
  })
})
