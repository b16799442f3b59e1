import { expect } from 'chai'
import { seededRandom } from '../support/seeded.js'
import { encryptedPair, Network, refusal, type Party, type PartyOptions } from '../support/network.js'

/*
 * Whom am I talking to: the cases that once broke the rules of `spec/trust.md`. Bob is genuine, mallory has keys of her own and the
 * network; she may write under any address and under any instance tag.
 */

for (const version of ['3', '4'] as const) {
  const pair = (policy: object = {}): ReturnType<typeof encryptedPair> =>
    encryptedPair({ alice: { versions: version, policy }, bob: { versions: version } })
  /** An attacker under bob's address and, by default, bob's instance tag. */
  const strangerAs = (network: Network, bob: Party, options: PartyOptions = {}): Party => {
    network.parties.splice(network.parties.indexOf(bob), 1)
    return network.add('bob', { versions: version, key: 99, tag: bob.core.instanceTag, ...options })
  }

  describe(`whom am I talking to: version ${version}`, () => {
    it('A1: a genuine message of bob\'s from another address is read and changes nothing else', () => {
      for (const policy of [{}, { requireEncryption: true }, { requireVerified: true }]) {
        const { network, alice, bob } = pair()
        alice.take(alice.core.conversation('bob').trust('verified'))
        alice.take(alice.core.conversation('bob').setPolicy(policy))
        bob.send('alice', 'it is me')
        const [line] = network.queue.splice(0)
        const events = alice.receive('mallory', line?.line ?? '')
        expect(events.find(({ type }) => type === 'message')).to.include({ from: 'bob', via: 'mallory', text: 'it is me', encrypted: true })
        expect(events.find((event) => event.type === 'notice' && event.code === 'moved')).to.include({ peer: 'bob', detail: 'mallory' })
        expect(events.filter((event) => event.type === 'send' && event.to === 'mallory')).to.deep.equal([])
        expect(alice.core.conversation('bob').policy).to.include(policy)
        expect(alice.core.conversation('bob').status).to.deep.include({ latched: true, sending: 'encrypted', floor: 'verified' })
        expect(alice.core.conversation('mallory').status).to.deep.include({ sessions: [], floor: 'changed', latched: false })
        expect(alice.core.conversation('mallory').keys).to.deep.equal([])
        const { result: outcome } = alice.core.conversation('bob').send('to bob')
        expect(outcome).to.include({ sent: 'encrypted' })
        // And once more: what was accepted before is not accepted again.
        expect(alice.receive('mallory', line?.line ?? '').filter(({ type }) => type === 'message')).to.deep.equal([])
      }
    })

    it('A1: after a rename the old name keeps latch, policy and trust, and gives them back', () => {
      const { network, alice, bob } = pair()
      alice.take(alice.core.conversation('bob').trust('verified'))
      alice.take(alice.core.conversation('bob').setPolicy({ requireVerified: true }))
      alice.take(alice.core.rename('bob', 'bobby'))
      expect(alice.core.conversation('bobby').status).to.deep.include({ latched: true, sending: 'encrypted', floor: 'verified' })
      expect(alice.core.conversation('bob').status).to.deep.include({ sessions: [], latched: true, sending: 'held', floor: 'verified' })
      expect(alice.core.conversation('bob').policy.requireVerified).to.equal(true)
      const { result: outcome, events } = alice.core.conversation('bob').send('not for whoever has this name now')
      expect(outcome).to.have.property('held')
      expect(JSON.stringify(events)).to.not.include('not for whoever')
      const stranger = strangerAs(network, bob, { tag: 0x9999 })
      stranger.start('alice')
      network.run()
      expect(stranger.texts).to.deep.equal([])
      expect(refusal(() => alice.core.rename('bobby', 'bob')), 'the stranger is another person').to.equal('OTR_ARGUMENT')
      alice.take(alice.core.rename('bobby', 'robert'))
      expect(alice.core.conversation('robert').status).to.deep.include({ latched: true, floor: 'verified' })
      for (const old of ['bob', 'bobby']) expect(alice.core.conversation(old).status, old).to.deep.include({ latched: true, sending: 'held', floor: 'verified' })
    })

    it('A1: an old name keeps what protects it also where the person only read, or only set a policy', () => {
      const { alice, bob } = pair()
      bob.take(bob.core.rename('alice', 'alicia'))
      // Bob's application never made a call for alice: she began.
      expect(bob.core.conversation('alice').status).to.deep.include({ latched: true, sending: 'held', floor: 'seen' })
      expect(bob.core.conversation('alice').send('not in clear').result).to.have.property('held')
      expect(bob.core.conversation('alicia').status).to.deep.include({ latched: true, sending: 'encrypted' })
      alice.take(alice.core.conversation('carol').setPolicy({ requireVerified: true }))
      alice.take(alice.core.rename('carol', 'caroline'))
      for (const name of ['carol', 'caroline']) expect(alice.core.conversation(name).policy.requireVerified, name).to.equal(true)
      expect(alice.core.conversation('carol').send('not in clear').result).to.have.property('held')
    })

    it('A1: a change of the name back finds one conversation again', () => {
      const { network, alice, bob } = pair()
      alice.take(alice.core.conversation('bob').trust('verified'))
      const ssid = alice.ssid('bob')
      alice.take(alice.core.rename('bob', 'bob_'))
      alice.take(alice.core.rename('bob_', 'bob'))
      expect(alice.ssid('bob')).to.equal(ssid)
      expect(alice.core.conversation('bob').keys.map(({ trust }) => trust)).to.deep.equal(['verified'])
      alice.send('bob', 'hello again')
      network.run()
      expect(bob.texts).to.deep.equal(['hello again'])
      expect(alice.core.conversation('bob_').status).to.deep.include({ sessions: [], latched: true, sending: 'held' })
    })

    it('A3: a key exchange under bob\'s instance tag with another key makes a second session; bob\'s goes on', () => {
      for (const trust of ['seen', 'verified'] as const) {
        for (const begins of ['stranger', 'alice'] as const) {
          const { network, alice, bob } = pair()
          if (trust === 'verified') alice.take(alice.core.conversation('bob').trust('verified'))
          bob.send('alice', 'under way')
          const [late] = network.queue.splice(0)
          const ssid = alice.ssid('bob')
          const mallory = strangerAs(network, bob)
          if (begins === 'stranger') mallory.start('alice')
          else alice.start('bob')
          network.run()
          expect(mallory.ssid('alice'), 'the exchange was completed').to.not.equal(undefined)
          expect(alice.all('state').at(-1)).to.include({ state: 'encrypted', trust: 'changed', key: 'changed' })
          alice.send('bob', 'for bob alone')
          const [sent] = network.queue.filter(({ line }) => line.startsWith('?OTR'))
          network.run()
          expect(mallory.texts).to.deep.equal([])
          expect(alice.ssid('bob')).to.equal(ssid)
          bob.receive('alice', sent?.line ?? '')
          expect(bob.texts).to.deep.equal(['for bob alone'])
          alice.receive('bob', late?.line ?? '')
          bob.send('alice', 'still here')
          for (const { line } of network.queue.splice(0)) alice.receive('bob', line)
          expect(alice.texts.filter((text) => text === 'under way' || text === 'still here')).to.deep.equal(['under way', 'still here'])
          // The stranger's session is read as well, and marked as theirs.
          mallory.send('alice', 'hello from another')
          network.run()
          expect(alice.all('message').at(-1)).to.include({ text: 'hello from another', encrypted: true })
        }
      }
    })

    it('A3: any number of strangers under bob\'s tag leave a bounded number of sessions, and bob\'s', () => {
      const { network, alice, bob } = pair()
      network.parties.splice(network.parties.indexOf(bob), 1)
      for (let i = 0; i < 12; i++) {
        const mallory = network.add('bob', { versions: version, key: 100 + i, tag: bob.core.instanceTag })
        mallory.start('alice')
        network.run()
        network.parties.pop()
        network.now += 60
      }
      expect(alice.core.exportState().conversations[0]?.sessions.length).to.be.at.most(5)
      expect(alice.core.conversation('bob').status.selected).to.equal(bob.core.instanceTag)
      alice.send('bob', 'still you')
      const [sent] = network.queue.splice(0)
      bob.receive('alice', sent?.line ?? '')
      expect(bob.texts).to.deep.equal(['still you'])
    })

    it('A3: bob\'s session can be renewed next to a stranger\'s under the same tag, and each keeps its own', () => {
      const { network, alice, bob } = pair()
      const mallory = strangerAs(network, bob)
      mallory.start('alice')
      network.run()
      network.parties.splice(network.parties.indexOf(mallory), 1)
      network.parties.push(bob)
      const before = alice.ssid('bob')
      network.now += 60
      bob.start('alice')
      network.run()
      expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(before)
      expect(alice.core.conversation('bob').status.sessions.map(({ trust }) => trust)).to.deep.equal(['seen', 'changed'])
      alice.send('bob', 'renewed')
      network.run()
      expect(bob.texts).to.deep.equal(['renewed'])
      // And the stranger renews hers.
      network.parties.splice(network.parties.indexOf(bob), 1)
      network.parties.push(mallory)
      network.now += 60
      mallory.start('alice')
      network.run()
      expect(alice.core.conversation('bob').status.sessions.map(({ trust }) => trust)).to.deep.equal(['seen', 'changed'])
      expect(alice.core.conversation('bob').status.sessions[1]?.ssid).to.equal(mallory.ssid('alice'))
    })

    it('A5: after bob ends nothing goes to a waiting device with a key that is trusted less', () => {
      for (const accepted of [false, true]) {
        const { network, alice, bob } = pair()
        const other = network.add('bob', { versions: version, key: 99, tag: 0x9999 })
        other.start('alice')
        network.run()
        if (accepted) alice.take(alice.core.conversation('bob').trust('seen', { instance: 0x9999 }))
        alice.take(alice.core.conversation('bob').trust('verified', { instance: bob.core.instanceTag }))
        bob.end('alice')
        network.run()
        network.parties.splice(network.parties.indexOf(bob), 1)
        expect(alice.core.conversation('bob').status).to.deep.include({ sending: 'held', floor: 'verified', selected: undefined })
        expect(alice.core.conversation('bob').send('for bob').result).to.have.property('held')
        // A further exchange of the other one's lowers nothing.
        network.now += 60
        other.start('alice')
        network.run()
        expect(alice.core.conversation('bob').status).to.deep.include({ sending: 'held', floor: 'verified' })
        expect(other.texts).to.deep.equal([])
        // The person may lower it, for this key.
        alice.take(alice.core.conversation('bob').trust('seen', { instance: 0x9999 }))
        network.run()
        expect(other.texts).to.deep.equal(['for bob'])
      }
    })

    it('A5: verifying one key takes the acceptance of the others back', () => {
      const { network, alice, bob } = pair()
      const other = network.add('bob', { versions: version, key: 99, tag: 0x9999 })
      other.start('alice')
      network.run()
      alice.take(alice.core.conversation('bob').trust('seen', { instance: 0x9999 }))
      alice.take(alice.core.conversation('bob').trust('verified', { instance: bob.core.instanceTag }))
      expect(alice.core.conversation('bob').send('x', { to: 0x9999 }).result).to.have.property('held')
      alice.take(alice.core.conversation('bob').chooseDevice(0x9999))
      network.run()
      expect(other.texts, 'to choose a device is to accept its key').to.deep.equal(['x'])
    })

    it('A9: after start, and wherever a key was verified, text waits, whatever the network stops', () => {
      const network = new Network()
      const alice = network.add('alice', { versions: version })
      alice.start('bob')
      network.queue.splice(0)
      network.advance(100_000)
      expect(alice.core.conversation('bob').status).to.deep.include({ sending: 'held', latched: true })
      expect(alice.core.conversation('bob').send('secret').result).to.have.property('held')
      const fingerprint = 'ab'.repeat(version === '3' ? 20 : 56)
      alice.take(alice.core.conversation('carol').trust('verified', { fingerprint, version: version === '3' ? 3 : 4, how: 'import' }))
      network.advance(100_000)
      expect(alice.core.conversation('carol').send('secret').result).to.have.property('held')
      expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
      // The one way out.
      alice.take(alice.core.conversation('bob').continueInPlaintext())
      expect(alice.core.conversation('bob').send('in clear').result).to.deep.equal({ sent: 'plaintext' })
    })

    it('A10: an extra key goes to no key that a text would not go to', () => {
      const { network, alice, bob } = pair()
      alice.take(alice.core.setPolicy({ requireVerified: true }))
      expect(refusal(() => alice.core.conversation('bob').extraKey(1))).to.equal('OTR_NOT_VERIFIED')
      alice.take(alice.core.setPolicy({ requireVerified: false }))
      alice.core.conversation('bob').extraKey(1)
      network.queue.splice(0)
      const other = network.add('bob', { versions: version, key: 99, tag: 0x9999 })
      other.start('alice')
      network.run()
      expect(refusal(() => alice.core.conversation('bob').extraKey(1, undefined, { instance: 0x9999 }))).to.equal('OTR_NOT_ACCEPTED')
      expect(bob.core.conversation('alice').keys).to.have.length(1)
    })

    it('rule 2: a question of a key that nobody accepted gets no answer; asking that side a question can verify the key', () => {
      const { network, alice, bob } = pair()
      const other = strangerAs(network, bob, { tag: 0x9999 })
      other.start('alice')
      network.run()
      other.take(other.core.conversation('alice').verify('a guess', { question: 'our word?' }))
      network.run()
      expect(alice.all('smp').at(-1)).to.include({ event: 'asked', instance: 0x9999 })
      expect(refusal(() => alice.core.conversation('bob').answer('our word', { instance: 0x9999 }))).to.equal('OTR_NOT_ACCEPTED')
      other.take(other.core.conversation('alice').abort())
      network.run()
      alice.take(alice.core.conversation('bob').verify('the real word of ours', { instance: 0x9999 }))
      network.run()
      other.take(other.core.conversation('alice').answer('the real word of ours'))
      network.run()
      expect(alice.all('smp').at(-1)).to.include({ event: 'succeeded', trust: 'verified' })
    })

    it('answering a question verifies nobody, and the event says so', () => {
      const { network, alice, bob } = pair()
      bob.take(bob.core.conversation('alice').verify('lake', { question: 'where?' }))
      network.run()
      alice.take(alice.core.conversation('bob').answer('lake'))
      network.run()
      expect(alice.all('smp').at(-1)).to.include({ event: 'succeeded', trust: 'seen' })
      expect(bob.all('smp').at(-1)).to.include({ event: 'succeeded', trust: 'verified' })
    })

    it('rule 4: ending ends, also where no farewell can be made', () => {
      for (const how of ['random', 'none'] as const) {
        let broken = false
        const good = seededRandom(77)
        const { network, alice } = encryptedPair({
          alice: { versions: version, random: (length) => {
            if (broken) throw new Error('no randomness')
            return good(length)
          } },
          bob: { versions: version },
        })
        if (how === 'random') broken = true
        const before = network.log.length
        alice.take(alice.core.conversation('bob').end())
        expect(alice.core.conversation('bob').status.sessions.filter(({ state }) => state === 'encrypted')).to.deep.equal([])
        expect(alice.core.conversation('bob').status).to.deep.include({ latched: true, sending: 'held' })
        expect(network.log.length).to.be.at.least(before)
      }
    })

    it('A12: delivery ids of any length take bounded room', () => {
      const { alice } = pair()
      for (let i = 0; i < 300; i++) alice.core.receive('bob', 'hi', { id: `${i} ${'x'.repeat(10_000)}` })
      for (let i = 0; i < 300; i++) alice.core.receive('stranger', 'hi', { id: `${i} ${'x'.repeat(10_000)}` })
      const [bob, stranger] = alice.core.exportState().conversations
      expect(bob?.deliveries).to.have.length(128)
      expect(stranger?.deliveries).to.have.length(8)
      for (const mark of bob?.deliveries ?? []) expect(mark).to.have.length(12)
      expect(alice.core.receive('bob', 'hi', { id: `299 ${'x'.repeat(10_000)}` })).to.deep.include({ type: 'notice', peer: 'bob', code: 'duplicate', detail: 'the transport delivered this before' })
    })
  })
}

describe('whom am I talking to: both versions', () => {
  it('a state is taken over once: two clients that went on from the same keys would use them for two texts', () => {
    const { network, alice } = encryptedPair({ alice: { versions: '34' }, bob: { versions: '34' } })
    const state = alice.core.exportState()
    const copy = structuredClone(state)
    // To look at it, or to write it down, takes nothing over.
    expect(alice.core.conversation('bob').send('before').result).to.include({ sent: 'encrypted' })
    const options = { versions: '34' as const, key: 1, tag: alice.core.instanceTag }
    const after = network.add('alice', { ...options, state: alice.core.exportState() })
    for (const call of [() => alice.core.conversation('bob').send('x'), () => alice.core.receive('bob', 'x'), () => alice.core.conversation('bob').start()]) {
      expect(refusal(call)).to.equal('OTR_STALE_SESSION')
    }
    expect(after.core.conversation('bob').send('after').result).to.include({ sent: 'encrypted' })
    network.add('alice', { ...options, state: copy })
    expect(refusal(() => network.add('alice', { ...options, state: copy }))).to.equal('OTR_STALE_SESSION')
  })

  it('a stranger who shows one key after another does not make a standing session\'s key be forgotten', () => {
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const show = (key: number, tag: number): Party => {
      const party = network.add('bob', { versions: '4', key, tag })
      party.start('alice')
      network.run()
      return party
    }
    show(2, 0x2222)
    // A second device of bob's, with a key of its own, which nobody accepted yet.
    const second = show(3, 0x3333)
    const keyOf = (): string | undefined => alice.core.conversation('bob').status.sessions.find(({ instance }) => instance === 0x3333)?.fingerprint
    const standing = keyOf()
    for (let key = 10; key < 90; key++) {
      const other = show(key, 0x4000 + key)
      other.end('alice')
      network.run()
      network.parties.pop()
      network.now += 60
    }
    expect(alice.core.conversation('bob').keys).to.have.length(64)
    expect(keyOf()).to.equal(standing)
    expect(alice.core.conversation('bob').keys.map(({ fingerprint }) => fingerprint)).to.include(standing)
    second.send('alice', 'still here')
    network.run()
    expect(alice.texts).to.include('still here')
  })

  it('A4: a key of the other version is another key: it is reported, no held text goes to it, and it does not become the default', () => {
    for (const [first, second] of [['3', '4'], ['4', '3']] as const) {
      const network = new Network()
      const alice = network.add('alice', { versions: '34' })
      const bob = network.add('bob', { versions: first, key: 2, tag: 0x2222 })
      bob.start('alice')
      network.run()
      expect(alice.all('state').at(-1)).to.include({ trust: 'seen', key: 'new' })
      for (const running of [true, false]) {
        if (!running) {
          bob.end('alice')
          network.run()
          alice.send('bob', 'for the known key')
        }
        network.parties.splice(network.parties.indexOf(bob), 1)
        const mallory = network.add('bob', { versions: second, key: 99, tag: running ? 0x9999 : 0x9998 })
        mallory.start('alice')
        network.run()
        expect(alice.all('state').at(-1)).to.include({ trust: 'changed' })
        expect(alice.notices).to.include('key-changed')
        if (running) alice.send('bob', 'to bob')
        network.run()
        expect(mallory.texts).to.deep.equal([])
        expect(alice.core.conversation('bob').status.selected).to.equal(running ? 0x2222 : undefined)
        network.parties.pop()
        network.parties.push(bob)
        network.now += 60
      }
    }
  })
})
