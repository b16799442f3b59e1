import { expect } from 'chai'
import { getArithmetic, setArithmetic } from '../../src/crypto/provider.js'
import { SCALAR_LENGTH } from '../../src/crypto/scalars.js'
import { prekeyUsage } from '../../src/prekey/dialect.js'
import { PrekeyWorld } from '../support/prekey-parties.js'
import { isWiped, type Seen } from '../support/secrets.js'

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
