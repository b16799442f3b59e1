import { randomBytes as nodeRandom } from 'node:crypto'
import { expect } from 'chai'
import {
  ed448KeyPair, generateDh1536, generateDh3072, generateEd448KeyPair, type RandomSource,
} from '../../src/crypto/index.js'
import { randomBytes, randomCopy } from '../../src/crypto/random.js'
import { Client } from '../../src/session/client.js'
import { smpSecretBytes } from '../../src/smp/index.js'
import { openBytes, sealBytes } from '../../src/store/index.js'
import { openHeader, sealHeader } from '../../src/store/header.js'
import { decodeClientProfile, decodePlaintext, encodeClientProfile } from '../../src/wire/index.js'
import { testAccount } from '../support/network.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const cost = { log2N: 10, r: 8, p: 1 }

/** In Node a byte array of the host's is often a Buffer, whose `slice` is a view of the same memory: a copy by it is none. */
describe('a host that gives Buffers', () => {
  const drawn: Buffer[] = []
  const random: RandomSource = (length) => {
    const bytes = nodeRandom(length)
    drawn.push(bytes)
    return bytes
  }

  it('as randomness gets keys of that, and not of zeros', () => {
    const zeros = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)
    const { symmetricKey, publicKey } = generateEd448KeyPair(random)
    const secrets = [randomCopy(random, 16), symmetricKey, generateDh3072(random).privateKey, generateDh1536(random).privateKey]
    expect(secrets.map(zeros)).to.deep.equal([false, false, false, false])
    expect(ed448KeyPair(symmetricKey).publicKey).to.deep.equal(publicKey)
    for (const bytes of [...secrets, randomBytes(random, 16)]) expect(Object.getPrototypeOf(bytes)).to.equal(Uint8Array.prototype)
    // What the source gave is overwritten.
    expect(drawn.every(zeros)).to.equal(true)
  })

  it('keeps them: passphrase, store key, what is sealed, secrets', async () => {
    const passphrase = Buffer.from('passphrase')
    const bytes = Buffer.from('what is sealed')
    const sealed = Buffer.from(await sealBytes(passphrase, bytes, random, { cost }))
    expect(hex(await openBytes(passphrase, sealed))).to.equal(hex(Buffer.from('what is sealed')))
    expect([passphrase.toString(), bytes.toString()]).to.deep.equal(['passphrase', 'what is sealed'])

    const key = Buffer.alloc(32, 7)
    const unlocked = { master: Buffer.alloc(32, 1), storeId: Buffer.alloc(16, 2) }
    const header = await sealHeader(unlocked, { key }, random)
    expect((await openHeader(header, { key: new Uint8Array(32).fill(7) })).master).to.deep.equal(new Uint8Array(32).fill(1))
    expect(key).to.deep.equal(Buffer.alloc(32, 7))

    const secret = Buffer.from('secret')
    smpSecretBytes(secret).fill(0)
    const symmetricKey = Buffer.alloc(57, 3)
    ed448KeyPair(symmetricKey).symmetricKey.fill(0)
    expect([secret.toString(), symmetricKey]).to.deep.equal(['secret', Buffer.alloc(57, 3)])
  })

  it('may use them again: what was decoded of one is what it was', () => {
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

  it('may use them again: a record of the host is what it was when it was given', async () => {
    const { v3 } = testAccount('alice@example.org', 0x1001, 1, '34', 1_700_000_000)
    const client = await Client.open({ account: 'alice@example.org', clock: () => 1_700_000_000, keys: { dsa: v3!.dsa }, random })
    const record = Buffer.from('relay')
    await client.keepRecord('network', record)
    record.fill(0)
    expect(Buffer.from(client.record('network')!).toString()).to.equal('relay')
    await client.close()
  })
})
