import { randomBytes as nodeRandom } from 'node:crypto'
import { expect } from 'chai'
import {
  ed448KeyPair, generateDh1536, generateDh3072, generateEd448KeyPair, type RandomSource,
} from '../../src/crypto/index.js'
import { randomBytes, randomCopy } from '../../src/crypto/random.js'
import { Client } from '../../src/session/client/client.js'
import { smpSecretBytes } from '../../src/smp/index.js'
import { openBytes, sealBytes } from '../../src/store/index.js'
import { openHeader, sealHeader } from '../../src/store/header.js'
import { decodeClientProfile, decodePlaintext, encodeClientProfile, withPlainBytes } from '../../src/wire/index.js'
import { encryptedPair, testAccount } from '../support/network.js'
import { asSecret } from '../../src/crypto/secret.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const cost = { log2N: 10, r: 8, p: 1 }

/** In Node a byte array of the application's is often a Buffer, whose `slice` is a view of the same memory: a copy by it is none. */
describe('an application that gives Buffers', () => {
  const drawn: Buffer[] = []
  const random: RandomSource = (length) => {
    const bytes = nodeRandom(length)
    drawn.push(bytes)
    return bytes
  }

  it('as randomness: keys are made of them, and not of zeros', () => {
    const zeros = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
    const { symmetricKey, publicKey } = generateEd448KeyPair(random)
    const secrets = [randomCopy(random, 16), symmetricKey, generateDh3072(random).privateKey, generateDh1536(random).privateKey]
    expect(secrets.map(zeros)).to.deep.equal([false, false, false, false])
    expect(ed448KeyPair(symmetricKey).publicKey).to.deep.equal(publicKey)
    for (const bytes of [...secrets, randomBytes(random, 16)]) expect(Object.getPrototypeOf(bytes)).to.equal(Uint8Array.prototype)
    // What the source gave is overwritten.
    expect(drawn.every(zeros)).to.equal(true)
  })

  it('finds them unchanged: passphrase, store key, what is sealed, secrets', async () => {
    const passphrase = Buffer.from('passphrase')
    const bytes = Buffer.from('what is sealed')
    const sealed = Buffer.from(await sealBytes(passphrase, bytes, random, { cost }))
    expect(hex(await openBytes(passphrase, sealed))).to.equal(hex(Buffer.from('what is sealed')))
    expect([passphrase.toString(), bytes.toString()]).to.deep.equal(['passphrase', 'what is sealed'])

    const key = Buffer.alloc(32, 7)
    const unlocked = { master: asSecret(Buffer.alloc(32, 1)), storeId: Buffer.alloc(16, 2) }
    const header = await sealHeader(unlocked, { key }, random)
    expect((await openHeader(header, { key: new Uint8Array(32).fill(7) })).master).to.deep.equal(new Uint8Array(32).fill(1))
    expect(key).to.deep.equal(Buffer.alloc(32, 7))

    const secret = Buffer.from('secret')
    smpSecretBytes(secret).fill(0)
    const symmetricKey = Buffer.alloc(57, 3)
    ed448KeyPair(symmetricKey).symmetricKey.fill(0)
    expect([secret.toString(), symmetricKey]).to.deep.equal(['secret', Buffer.alloc(57, 3)])
  })

  it('may reuse them: what was decoded from one does not change', () => {
    const { clientProfile } = testAccount('alice@example.org', 0x1001, 1, '34', 1_700_000_000).v4!
    const bytes = Buffer.from(encodeClientProfile(clientProfile))
    const decoded = decodeClientProfile(bytes)
    bytes.fill(0)
    expect(decoded).to.deep.equal(clientProfile)
    expect(decodePlaintext(Buffer.from('text\0\0\x64\0\x01x')).text).to.equal('text')
    const plain = Buffer.from('text\0\0\x64\0\x01x')
    const { tlvs } = decodePlaintext(plain)
    expect([plain.toString(), Object.getPrototypeOf(tlvs[0]!.value)]).to.deep.equal(['text\0\0\x64\0\x01x', Uint8Array.prototype])
  })

  it('may use them again: a record of the application is what it was when it was given', async () => {
    const { v3 } = testAccount('alice@example.org', 0x1001, 1, '34', 1_700_000_000)
    const client = await Client.open({ account: 'alice@example.org', clock: () => 1_700_000_000, keys: { dsa: v3!.dsa }, random })
    const record = Buffer.from('relay')
    await client.keepRecord('network', record)
    record.fill(0)
    expect(Buffer.from(client.record('network')!).toString()).to.equal('relay')
    await client.close()
  })

  /** What an application gets back that serialised a state itself: every byte array a Buffer, all parts of one memory. */
  const asApplicationsKeep = <T>(state: T): { kept: T, bytes: () => string } => {
    const memory = Buffer.alloc(1_000_000)
    let used = 0
    const convert = (value: unknown): unknown => {
      if (value instanceof Uint8Array) {
        const part = memory.subarray(used, used += value.length)
        part.set(value)
        return part
      }
      if (Array.isArray(value)) return value.map(convert)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, convert(part)]))
    }
    return { kept: convert(state) as T, bytes: () => hex(memory.subarray(0, used)) }
  }

  for (const versions of ['3', '4'] as const) {
    it(`as a state of version ${versions} can go on with it, and finds it as it was`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { versions }, bob: { versions } })
      for (let turn = 0; turn < 4; turn++) {
        ;(turn % 2 === 0 ? bob : alice).send(turn % 2 === 0 ? 'alice' : 'bob', `turn ${turn}`)
        network.run()
      }
      bob.send('alice', 'zero')
      network.run()
      bob.send('alice', 'one')
      bob.send('alice', 'two')
      const [one, two] = network.queue.splice(0)
      // In version 4 the keys of the first are kept then.
      if (versions === '4') alice.receive('bob', two!.line)
      const { kept, bytes } = asApplicationsKeep(alice.core.exportState())
      const before = bytes()
      network.parties.splice(0, 1)
      const again = network.add('alice', { versions, key: 1, tag: 0x1001, state: kept })
      if (versions === '4') {
        // The authenticator is before the revealed MAC keys, of which there are none in the middle of a chain.
        const forged = `${one!.line.slice(0, -9)}${one!.line.at(-9) === 'A' ? 'B' : 'A'}${one!.line.slice(-8)}`
        again.receive('bob', forged)
        expect(again.texts).to.deep.equal([])
      }
      // A renewed session keeps copies of the old one's keys, and overwrites those.
      again.start('bob')
      network.run()
      again.receive('bob', one!.line)
      if (versions === '3') again.receive('bob', two!.line)
      bob.send('alice', 'three')
      network.run()
      expect(again.texts).to.deep.equal(versions === '3' ? ['one', 'two', 'three'] : ['one', 'three'])
      expect(bytes()).to.equal(before)
    })
  }

  it('gets plain arrays in their place, and the same object where there are none', () => {
    const state = { kind: 'x', parts: [Uint8Array.of(1), { deep: Uint8Array.of(2) }], none: undefined }
    expect(withPlainBytes(state)).to.equal(state)
    const { kept } = asApplicationsKeep(state)
    const plain = withPlainBytes(kept)
    expect(plain).to.deep.equal(state)
    expect(Object.getPrototypeOf(plain.parts[0])).to.equal(Uint8Array.prototype)
  })
})
