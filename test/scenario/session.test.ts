import { expect } from 'chai'
import { encryptedPair, Network, refusal, type Party } from '../support/network.js'

function talk(network: Network, alice: Party, bob: Party, count: number): void {
  for (let i = 0; i < count; i++) {
    const [from, to] = i % 3 === 0 ? [bob, alice] : [alice, bob]
    from.send(to.address, `message ${i}`)
    network.run()
  }
}

describe('a conversation between two clients', () => {
  it('starts by a query, carries text both ways and ends', () => {
    const { network, alice, bob } = encryptedPair()
    talk(network, alice, bob, 12)
    expect(bob.texts).to.deep.equal([1, 2, 4, 5, 7, 8, 10, 11].map((i) => `message ${i}`))
    expect(alice.texts).to.deep.equal([0, 3, 6, 9].map((i) => `message ${i}`))
    expect([...alice.all('message'), ...bob.all('message')].every(({ encrypted, version }) => encrypted && version === 3)).to.equal(true)
    alice.end('bob')
    network.run()
    expect(alice.core.conversation('bob').status.sessions.map(({ state }) => state)).to.deep.equal(['plaintext'])
    expect(bob.core.conversation('alice').status.sessions.map(({ state }) => state)).to.deep.equal(['finished'])
  })

  it('reports the same session id with complementary halves, each other\'s fingerprints, and who began', () => {
    const { alice, bob } = encryptedPair()
    const [a] = alice.core.conversation('bob').status.sessions
    const [b] = bob.core.conversation('alice').status.sessions
    expect(a).to.deep.include({ state: 'encrypted', version: 3, trust: 'seen', offline: false, initiator: false, ssidBold: 'second' })
    expect(b).to.deep.include({ state: 'encrypted', initiator: true, ssidBold: 'first', ssid: a?.ssid })
    expect(a?.instance).to.equal(bob.core.instanceTag)
    expect(a?.fingerprint).to.match(/^[0-9a-f]{40}$/).and.not.equal(b?.fingerprint)
  })

  it('marks the line of an action where it goes in clear, and nowhere else', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { sendWhitespaceTag: true } })
    network.add('bob')
    const act = (text: string): unknown[] => {
      const from = alice.all('send').length
      alice.take(alice.core.conversation('bob').send(text, { action: true }).events)
      return alice.all('send').slice(from).map(({ action }) => action)
    }
    expect(act('/me waves ?OTR')).to.deep.equal([true])
    alice.send('bob', '/me waves ?OTR')
    expect(alice.all('send').at(-1)).to.not.have.property('action')
    alice.start('bob')
    expect(act('/me waits'), 'held').to.deep.equal([])
    network.run()
    expect(alice.isEncrypted('bob')).to.equal(true)
    expect(act('/me whispers')).to.deep.equal([undefined])
    expect(alice.all('send').filter(({ action }) => action === true)).to.have.length(1)
  })

  for (const limit of [46, 64, 150, 399, 600]) {
    it(`fits all lines of a whole conversation into ${limit} characters`, () => {
      const { network, alice, bob } = encryptedPair({ alice: { policy: { maxMessageLength: limit } }, bob: { policy: { maxMessageLength: limit } } })
      talk(network, alice, bob, 6)
      const long = 'ö'.repeat(3000)
      alice.send('bob', long)
      network.run()
      expect(bob.texts.at(-1)).to.equal(long)
      expect(network.log.every(({ line }) => line.length <= limit)).to.equal(true)
    })
  }

  it('has no fragment too many: what would need more than 65,535 is refused before a key is spent', () => {
    const { network, alice, bob } = encryptedPair({ alice: { policy: { maxMessageLength: 46 } } })
    expect(refusal(() => alice.send('bob', 'x'.repeat(100_000)))).to.equal('OTR_TOO_LARGE')
    alice.send('bob', 'short')
    network.run()
    expect(bob.texts).to.deep.equal(['short'])
  })

  it('F11: carries 200,000 characters in fragments', () => {
    const { network, alice, bob } = encryptedPair({ alice: { policy: { maxMessageLength: 1000 } } })
    const text = 'The quick brown fox. '.repeat(9524)
    alice.send('bob', text)
    network.run()
    expect(bob.texts).to.deep.equal([text])
  })

  it('starts by a whitespace tag, and stops tagging when the answer comes without one', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { sendWhitespaceTag: true } })
    const bob = network.add('bob', { policy: { whitespaceStartsAke: false } })
    const carol = network.add('carol')
    alice.send('bob', 'hello')
    network.run()
    expect(bob.texts).to.deep.equal(['hello'])
    expect(network.log[0]?.line).to.match(/^hello[ \t]{24}$/)
    bob.send('alice', 'no OTR here')
    network.run()
    alice.send('bob', 'as you like')
    expect(network.log.at(-1)?.line).to.equal('as you like')
    alice.send('carol', 'hi')
    network.run()
    expect(carol.texts).to.deep.equal(['hi'])
    expect(carol.ssid('alice')).to.equal(alice.ssid('carol')).and.not.equal(undefined)
  })

  it('renews a running session by start, and says that it is encrypted again', () => {
    const { network, alice, bob } = encryptedPair()
    const before = alice.ssid('bob')
    alice.start('bob')
    network.run()
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(before)
    expect(alice.all('state').filter(({ state }) => state === 'encrypted').map(({ key }) => key)).to.deep.equal(['new', 'known'])
    talk(network, alice, bob, 4)
    expect(bob.texts).to.have.length(2)
  })

  it('begins again after the other side ended', () => {
    const { network, alice, bob } = encryptedPair()
    bob.end('alice')
    network.run()
    bob.start('alice')
    network.run()
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
    talk(network, alice, bob, 4)
    expect(bob.texts).to.have.length(2)
  })

  it('gives both sides the same extra key, for the use and the data that were named', () => {
    const { network, alice, bob } = encryptedPair()
    const { result: key, events } = alice.core.conversation('bob').extraKey(0xfedcba98, Uint8Array.of(1, 2, 3))
    alice.take(events)
    network.run()
    const [told] = bob.all('extra-key')
    expect(told?.key).to.deep.equal(key)
    expect(told?.context).to.equal(0xfedcba98)
    expect([...told?.data ?? []]).to.deep.equal([1, 2, 3])
    expect(refusal(() => alice.core.conversation('bob').extraKey(-1))).to.equal('OTR_ARGUMENT')
    expect(refusal(() => alice.core.conversation('carol').extraKey(1))).to.equal('OTR_NOT_ENCRYPTED')
  })

  it('carries TLVs it does not know, and never in clear', () => {
    const { network, alice, bob } = encryptedPair()
    alice.take(alice.core.conversation('bob').send('with a record', { tlvs: [{ type: 0x7777, value: Uint8Array.of(5) }] }).events)
    network.run()
    expect(bob.all('tlv').map(({ tlvType, value }) => [tlvType, ...value])).to.deep.equal([[0x7777, 5]])
    alice.core.setPolicy({ outbox: 'reject' })
    expect(refusal(() => alice.core.conversation('carol').send('x', { tlvs: [{ type: 1, value: new Uint8Array() }] }).events)).to.equal('OTR_NOT_ENCRYPTED')
  })

  it('answers a message with a heartbeat after a silence, which nobody sees and which the other does not answer', () => {
    const { network, alice } = encryptedPair({ alice: { policy: { heartbeatAfter: 30 } }, bob: { policy: { heartbeatAfter: 30 } } })
    network.advance(31)
    const before = network.log.length
    alice.send('bob', 'anybody there?')
    network.run()
    network.advance(120)
    expect(network.log.length - before).to.equal(2)
    expect(alice.texts).to.deep.equal([])
  })

  it('expires a session by the clock, tells the other side, and keeps text from going out in clear', () => {
    const { network, alice, bob } = encryptedPair({ alice: { policy: { sessionExpires: 100 } } })
    expect(alice.core.nextTimer()).to.equal(network.now + 100)
    network.advance(101)
    expect(alice.core.conversation('bob').status.sessions.map(({ state }) => state)).to.deep.equal(['finished'])
    expect(bob.core.conversation('alice').status.sessions.map(({ state }) => state)).to.deep.equal(['finished'])
    expect(alice.notices).to.include('expired')
    alice.send('bob', 'secret')
    expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
  })

  it('leaves everything alone when no version is allowed', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { allowV3: false, allowV4: false } })
    for (const line of ['?OTRv3?', '?OTR:AAMC.', 'hello', '?OTR Error: x']) alice.receive('bob', line)
    expect(alice.texts).to.deep.equal(['?OTRv3?', '?OTR:AAMC.', 'hello', '?OTR Error: x'])
    expect(refusal(() => alice.core.conversation('bob').start())).to.equal('OTR_POLICY')
    alice.send('bob', '?OTRv3?')
    expect(network.log.map(({ line }) => line)).to.deep.equal(['?OTRv3?'])
  })

  it('says of each version why no conversation can be begun in it', () => {
    const why = (work: () => unknown): string => {
      try { work() } catch (error) { return (error as Error).message }
      return ''
    }
    const network = new Network()
    const only2 = { allowV3: false, allowV4: false, allowV2: true, v2WithEverybody: true }
    const never = 'no version of OTR can be begun with them: the policy does not allow version 4; the policy does not allow version 3; '
    const alice = network.add('alice', { policy: { ...only2, requireEncryption: true } })
    expect(why(() => alice.core.conversation('bob').start())).to.equal(`${never}what the policy requires leaves no room for version 2`)
    expect(why(() => alice.core.conversation('bob').start('identity'))).to.equal('the policy does not allow version 4')
    expect(why(() => alice.core.conversation('bob').start({ versions: [3] }))).to.equal('the policy does not allow version 3')
    const carol = network.add('carol', { policy: { allowV3: false, allowV4: false } })
    expect(why(() => carol.core.conversation('bob').start())).to.equal(`${never}version 2 was not chosen for them`)
    const dave = network.add('dave', { versions: '4', policy: only2 })
    expect(why(() => dave.core.conversation('bob').start())).to.equal(`${never}the account has no key for version 2`)
    const { alice: erin, bob } = encryptedPair({ alice: { versions: '3' }, bob: { versions: '3' } })
    erin.core.setPolicy(only2)
    expect(why(() => erin.core.conversation(bob.address).start())).to.equal(`${never}they were seen with a newer version than 2`)
    expect(why(() => carol.core.conversation('bob').start({ versions: [] }))).to.equal('choose each version once, and one at least')
  })

  it('refuses policies that make no sense, and changes nothing then', () => {
    const { core } = new Network().add('alice')
    for (const wrong of [
      { maxMessageLength: 45 }, { maxMessageLength: -1 }, { maxMessageLength: 50.5 }, { heartbeatAfter: Number.NaN },
      { outbox: 'maybe' }, { allowV3: 1 }, { nonsense: true }, { constructor: 1 }, { queryText: 'say ?OTRv3?' },
    ]) expect(refusal(() => core.setPolicy(wrong as object)), JSON.stringify(wrong)).to.equal('OTR_POLICY')
    core.conversation('bob').setPolicy({ requireEncryption: true })
    expect([core.policy.requireEncryption, core.conversation('bob').policy.requireEncryption]).to.deep.equal([false, true])
    core.conversation('bob').setPolicy({ requireEncryption: undefined })
    expect(core.conversation('bob').policy.requireEncryption).to.equal(false)
  })
})
