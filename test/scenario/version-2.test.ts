import { expect } from 'chai'
import { encryptedPair, Network, refusal, type Party } from '../support/network.js'

/** The version of the session in which the next text goes. */
function versionWith(party: Party, peer: string): number | undefined {
  const { sessions, selected } = party.core.conversation(peer).status
  return selected === undefined ? undefined : sessions[0]?.version
}

const both2 = { alice: { versions: '2' }, bob: { versions: '2' } } as const

describe('version 2, where a person allowed it', () => {
  it('starts by a query, carries text both ways, is renewed and ends', () => {
    const { network, alice, bob } = encryptedPair(both2)
    expect(versionWith(alice, 'bob')).to.equal(2)
    for (let i = 0; i < 12; i++) {
      (i % 3 === 0 ? bob : alice).send(i % 3 === 0 ? 'alice' : 'bob', `message ${i}`)
      network.run()
    }
    const first = alice.ssid('bob')
    bob.start('alice')
    network.run()
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(first)
    alice.send('bob', 'after')
    network.run()
    expect(bob.texts).to.deep.equal([...[1, 2, 4, 5, 7, 8, 10, 11].map((i) => `message ${i}`), 'after'])
    expect(alice.texts).to.deep.equal([0, 3, 6, 9].map((i) => `message ${i}`))
    expect([...alice.all('message'), ...bob.all('message')].every(({ encrypted, version, instance }) => encrypted && version === 2 && instance === 0)).to.equal(true)
    alice.end('bob')
    network.run()
    expect(bob.core.conversation('alice').status.sessions.map(({ state }) => state)).to.deep.equal(['finished'])
  })

  it('sends no instance tags, and offers version 2 in the query', () => {
    const { network } = encryptedPair(both2)
    const [query, ...messages] = network.log.map(({ line }) => line)
    expect(query).to.match(/^\?OTRv2\?/)
    expect(messages.map((line) => Buffer.from(line.slice(5, 9), 'base64').toString('hex'))).to.deep.equal(['000202', '00020a', '000211', '000212'])
  })

  for (const limit of [46, 64, 150, 399]) {
    it(`fits all lines into ${limit} characters, in fragments of its own form`, () => {
      const { network, alice, bob } = encryptedPair({
        alice: { versions: '2', policy: { maxMessageLength: limit } }, bob: { versions: '2', policy: { maxMessageLength: limit } },
      })
      const long = 'ö'.repeat(3000)
      alice.send('bob', long)
      network.run(20_000)
      expect(bob.texts).to.deep.equal([long])
      expect(network.log.every(({ line }) => line.length <= limit)).to.equal(true)
      expect(network.log.some(({ line }) => /^\?OTR,\d{5},\d{5},[^,]+,$/.test(line))).to.equal(true)
      expect(network.log.some(({ line }) => line.startsWith('?OTR|'))).to.equal(false)
    })
  }

  it('verifies by a secret, with and without a question, and also when both begin at once', () => {
    const { network, alice, bob } = encryptedPair(both2)
    alice.take(alice.core.conversation('bob').verify('crowberry', { question: 'Which berry?' }))
    network.run()
    bob.take(bob.core.conversation('alice').answer('crowberry'))
    network.run()
    expect(alice.core.conversation('bob').keys).to.deep.include.members([{ ...alice.core.conversation('bob').keys[0], trust: 'verified', version: 3, how: 'smp' }])
    alice.take(alice.core.conversation('bob').verify('cloudberry'))
    bob.take(bob.core.conversation('alice').verify('cloudberry'))
    network.run()
    // The side that answered the key exchange gives way; its person is asked like any other.
    const asked = [alice, bob].filter((one) => one.all('smp').at(-1)?.event === 'asked')
    expect(asked).to.have.length(1)
    for (const one of asked) one.take(one.core.conversation(one === alice ? 'bob' : 'alice').answer('cloudberry'))
    network.run()
    expect([alice, bob].map((one) => one.all('smp').at(-1)?.event)).to.deep.equal(['succeeded', 'succeeded'])
    expect(bob.core.conversation('alice').keys.map(({ trust }) => trust)).to.deep.equal(['verified'])
  })

  it('has no extra symmetric key', () => {
    const { alice } = encryptedPair(both2)
    expect(refusal(() => alice.core.conversation('bob').extraKey(1))).to.equal('OTR_VERSION')
  })

  it('is not spoken where both sides have something newer', () => {
    const { alice } = encryptedPair({ alice: { versions: '234' }, bob: { versions: '23' } })
    expect(versionWith(alice, 'bob')).to.equal(3)
  })

  it('is a choice for one correspondent, and the key is that of version 3', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '34' })
    const bob = network.add('bob', { versions: '2' })
    network.add('carol', { versions: '2' })
    alice.start('bob')
    alice.start('carol')
    network.run()
    expect(versionWith(alice, 'bob')).to.equal(undefined)
    alice.take(alice.core.conversation('bob').setPolicy({ allowV2: true }))
    alice.start('bob')
    alice.start('carol')
    network.run()
    expect(versionWith(alice, 'bob')).to.equal(2)
    expect(versionWith(alice, 'carol')).to.equal(undefined)
    expect(alice.core.conversation('bob').keys.map(({ version, trust }) => [version, trust])).to.deep.equal([[3, 'seen']])
    expect(bob.isEncrypted('alice')).to.equal(true)
    // What a session shows can be given back as it is.
    const [session] = alice.core.conversation('bob').status.sessions
    expect(session?.version).to.equal(2)
    alice.take(alice.core.conversation('bob').trust('verified', { fingerprint: session!.fingerprint!, version: session!.version }))
    expect(alice.core.conversation('bob').keys.map((key) => [key.version, key.trust])).to.deep.equal([[3, 'verified']])
  })
})
