import { expect } from 'chai'
import {
  Client, ClientCore, generateEd448Keys, makeV4Identity, movingAccount, OtrError, settleAccount, type AccountSecrets, type MovingAccount,
} from '../../src/index.js'
import { ed448Fingerprint, ed448KeyPair } from '../../src/crypto/index.js'
import { openAccount, sealAccount } from '../../src/store/index.js'
import { encryptedPair, Network, Party, testAccount } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

const random = seededRandom('moving')

/** The long-term secrets of the test's account with this number. */
function secretsOf(address: string, tag: number, key: number): AccountSecrets {
  const { dsa } = testAccount(address, tag, key, '34', 0).v3 ?? {}
  return { instanceTag: tag, ed448: generateEd448Keys(seededRandom(key)), ...(dsa !== undefined && { dsa }) }
}

/** Alice's account on its way, with all that she knows of bob. */
function leaving(): { network: Network, alice: Party, bob: Party, moving: MovingAccount } {
  const { network, alice, bob } = encryptedPair({ alice: { versions: '34', key: 1 }, bob: { versions: '34', key: 2 } })
  alice.take(alice.core.conversation('bob').trust('verified'))
  bob.take(bob.core.conversation('alice').trust('verified'))
  alice.core.conversation('bob').setPolicy({ requireEncryption: true })
  alice.core.setPolicy({ queryText: 'hello' })
  alice.take(alice.core.conversation('bob').nameDevice(bob.core.instanceTag, 'desk'))
  alice.send('bob', 'a private text')
  network.run()
  alice.core.conversation('carol').setPolicy({ requireEncryption: true })
  alice.send('carol', 'a text that waits')
  return { network, alice, bob, moving: movingAccount('alice', secretsOf('alice', alice.core.instanceTag, 1), alice.core.exportState(), 'relay') }
}

/** The account on its new machine. */
function arrived(network: Network, moving: MovingAccount): Party {
  const { account, keys, state } = settleAccount(moving, random)
  const { instanceTag, dsa, ed448 } = keys
  if (dsa === undefined || ed448 === undefined) throw new Error('keys are missing')
  const v4 = makeV4Identity(ed448, { instanceTag, dsa, now: network.now }, random)
  const core = new ClientCore({ account: { address: account, instanceTag, v3: { dsa }, v4 }, clock: () => network.now, random, state })
  const party = new Party(network, account, core)
  network.parties.push(party)
  return party
}

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    if (error instanceof OtrError) return error.code
    throw error
  }
  return 'no error'
}

describe('an account that moves to another machine', () => {
  it('takes its keys, its trust with the history, its policies and the names of devices along; the tag stays behind', () => {
    const { network, alice, bob, moving } = leaving()
    const there = arrived(network, moving)
    expect(there.core.instanceTag).to.not.equal(alice.core.instanceTag)
    expect(there.core.conversation('bob').keys).to.deep.equal(alice.core.conversation('bob').keys)
    expect(there.core.conversation('bob').trustHistory).to.deep.equal(alice.core.conversation('bob').trustHistory)
    expect(there.core.conversation('bob').policy).to.include({ requireEncryption: true, queryText: 'hello' })
    expect(there.core.conversation('bob').devices.map(({ instance, name, state, trust }) => [instance, name, state, trust]))
      .to.deep.equal([[bob.core.instanceTag, 'desk', 'plaintext', 'verified']])
  })

  it('takes no session, no prekey, and no message along: neither a text nor a key of a ratchet is in it', () => {
    const { alice, moving } = leaving()
    expect(alice.core.conversation('carol').outbox).to.have.length(1)
    expect(alice.core.exportState().conversations.find(({ peer }) => peer === 'bob')?.sent.length).to.be.greaterThan(0)
    const bytes = (value: unknown): string[] => value instanceof Uint8Array ? [Buffer.from(value).toString('hex')]
      : typeof value === 'object' && value !== null ? Object.values(value).flatMap(bytes) : []
    const { dsa, ed448 } = moving.keys
    expect(bytes(moving)).to.have.members([...bytes(dsa), ...bytes(ed448)])
    expect(JSON.stringify({ ...moving, keys: {} })).to.not.match(/a private text|a text that waits/)
  })

  it('is a new device with a known key to correspondents, next to the old machine if that goes on; nothing goes in clear', () => {
    const { network, alice, bob, moving } = leaving()
    const there = arrived(network, { ...moving, policy: {}, correspondents: moving.correspondents.map((one) => ({ ...one, policy: {} })) })
    there.send('bob', 'from the new machine')
    expect(network.log.some(({ line }) => line.includes('new machine'))).to.equal(false)
    there.start('bob')
    network.run()
    expect(bob.texts).to.deep.equal(['a private text', 'from the new machine'])
    expect(bob.all('state').at(-1)).to.include({ instance: there.core.instanceTag, key: 'known', trust: 'verified' })
    expect(bob.notices).to.include('new-device').and.not.include('key-changed')
    expect(there.core.conversation('bob').status.sessions[0]).to.include({ state: 'encrypted', trust: 'verified' })
    alice.take(alice.core.conversation('bob').send('from the old one', { to: bob.core.instanceTag }).events)
    network.run()
    expect(bob.texts.at(-1)).to.equal('from the old one')
  })

  it('is sealed on the way, and refused whole when the passphrase or a byte is wrong', async function () {
    this.timeout(120_000)
    const { moving } = leaving()
    const sealed = await sealAccount('on the way', moving, random)
    expect(await openAccount('on the way', sealed)).to.deep.equal(moving)
    expect(Buffer.from(sealed).includes(Buffer.from(moving.keys.ed448?.symmetricKey ?? []))).to.equal(false)
    expect(Buffer.from(sealed).includes('bob')).to.equal(false)
    expect(await code(openAccount('another', sealed))).to.equal('OTR_STORE_PASSPHRASE')
    for (const at of [0, 11, sealed.length >> 1, sealed.length - 1]) {
      const changed = sealed.slice()
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await code(openAccount('on the way', changed)), String(at)).to.be.oneOf(['OTR_STORE_PASSPHRASE', 'OTR_STORE_FOREIGN', 'OTR_STORE_NEWER'])
    }
    expect(await code(openAccount('on the way', sealed.slice(0, -1)))).to.equal('OTR_STORE_PASSPHRASE')
    expect(await code(openAccount('on the way', new Uint8Array(5)))).to.equal('OTR_STORE_FOREIGN')
  })

  it('opens as a client there, with the same fingerprints', async () => {
    const { moving } = leaving()
    const client = await Client.open({ ...settleAccount(moving, random), clock: () => 1_700_000_000, random })
    expect(client.conversation('bob').keys.map(({ trust }) => trust)).to.deep.equal(['verified'])
    expect(client.exportAccount('relay')).to.deep.equal({ ...moving, retiredTag: client.keys.instanceTag })
    const { symmetricKey, forgingKey } = moving.keys.ed448 ?? generateEd448Keys(random)
    expect(client.fingerprint4).to.equal(Buffer.from(ed448Fingerprint(ed448KeyPair(symmetricKey).publicKey, forgingKey)).toString('hex'))
  })
})
