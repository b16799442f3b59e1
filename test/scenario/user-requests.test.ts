import { expect } from 'chai'
import { Client, generateInstanceTag, type ClientEvent } from '../../src/index.js'
import { encryptedPair, Network, refusal, testAccount, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'

/** All SMP events of a party, in order. */
const smp = (party: Party): string[] => party.all('smp').map(({ event }) => event)
const trust = (party: Party, peer: string): string | undefined => party.core.conversation(peer).status.sessions[0]?.trust

describe('what users ask of OTR', () => {
  for (const versions of ['3', '34'] as const) {
    describe(`versions ${versions}`, () => {
      const pair = (options: { alice?: object, bob?: object } = {}): ReturnType<typeof encryptedPair> =>
        encryptedPair({ alice: { versions, ...options.alice }, bob: { versions, ...options.bob } })

      it('W3: a message that cannot be decrypted is reported on both sides, and a new session is established at once', () => {
        const { network, alice, bob } = pair()
        // Bob returns with nothing but his key.
        const again = network.add('bob', { versions, key: 2, tag: bob.core.instanceTag, random: seededRandom('again') })
        network.parties.splice(network.parties.indexOf(bob), 1)
        alice.send('bob', 'lost')
        network.run()
        expect(again.notices).to.include('unreadable')
        expect(alice.notices).to.include.members(['error-message', 'peer-could-not-read'])
        expect(alice.ssid('bob')).to.equal(again.ssid('alice')).and.not.equal(undefined)
        alice.send('bob', 'found')
        network.run()
        expect(again.texts).to.deep.equal(['found'])
        expect(alice.all('state').filter(({ state }) => state === 'encrypted').map(({ key }) => key)).to.deep.equal(['new', 'known'])
      })

      it('W5: where encryption is required, sending starts the session instead of refusing, and the text arrives', () => {
        const network = new Network()
        const alice = network.add('alice', { versions, policy: { requireEncryption: true } })
        const bob = network.add('bob', { versions })
        alice.send('bob', 'first')
        alice.send('bob', 'second')
        expect(network.queue).to.have.length(1)
        expect(alice.notices).to.deep.equal(['held', 'held'])
        network.run()
        expect(bob.texts).to.deep.equal(['first', 'second'])
        expect(bob.all('message').every(({ encrypted }) => encrypted)).to.equal(true)
      })

      it('W6: text sent before or while the handshake runs is neither lost nor sent in clear nor sent twice', () => {
        for (let steps = 0; steps < 6; steps++) {
          const network = new Network(steps + 1)
          const alice = network.add('alice', { versions })
          const bob = network.add('bob', { versions })
          alice.start('bob')
          for (let step = 0; step < steps; step++) network.deliver()
          alice.send('bob', 'to bob, one')
          bob.send('alice', 'to alice, one')
          alice.send('bob', 'to bob, two')
          network.run()
          const clear = network.log.filter(({ line }) => line.includes('to ') && !line.startsWith('?OTRv'))
          // Before anything has reached bob, he has no handshake.
          expect(clear.map(({ from }) => from), `after ${steps} steps`).to.deep.equal(steps === 0 ? ['bob'] : [])
          expect(bob.texts, `after ${steps} steps`).to.deep.equal(['to bob, one', 'to bob, two'])
          expect(alice.texts, `after ${steps} steps`).to.deep.equal(['to alice, one'])
        }
      })

      it('W6: what waits can be seen and taken back; what waited is announced when it leaves', () => {
        const network = new Network()
        const alice = network.add('alice', { versions })
        const bob = network.add('bob', { versions })
        alice.start('bob')
        alice.send('bob', 'one')
        alice.send('bob', 'two')
        alice.send('bob', 'three')
        expect(alice.core.conversation('bob').outbox.map(({ id, text }) => [id, text])).to.deep.equal([[1, 'one'], [2, 'two'], [3, 'three']])
        alice.take(alice.core.conversation('bob').cancel(2))
        expect(refusal(() => alice.core.conversation('bob').cancel(2))).to.equal('OTR_NOT_HELD')
        network.run()
        expect(bob.texts).to.deep.equal(['one', 'three'])
        expect(alice.all('outbox').map(({ event, held }) => `${event} ${held}`))
          .to.deep.equal(['held 1', 'held 2', 'held 3', 'cancelled 2', 'released 1', 'released 3'])
        expect(refusal(() => alice.core.conversation('bob').cancel(1))).to.equal('OTR_NOT_HELD')
      })

      it('W7: when the other side drops the moment before Enter, nothing goes out in clear', () => {
        const { network, alice, bob } = pair()
        bob.end('alice')
        network.run()
        alice.send('bob', 'too late')
        network.run()
        expect(network.log.some(({ line }) => line.includes('too late'))).to.equal(false)
        expect(bob.texts).to.deep.equal([])
        bob.start('alice')
        network.run()
        expect(bob.texts).to.deep.equal(['too late'])
      })

      it('W9: the end by the other side is visible and can be left; text in clear is shown with a warning in it', () => {
        const { network, alice, bob } = pair()
        bob.end('alice')
        network.run()
        expect(alice.all('state').at(-1)?.state).to.equal('finished')
        expect(bob.all('state').at(-1)?.state).to.equal('plaintext')
        alice.receive('bob', 'plain words')
        expect(alice.all('message').at(-1)).to.include({ text: 'plain words', encrypted: false, unencrypted: true })
        alice.take(alice.core.conversation('bob').continueInPlaintext())
        expect(alice.core.conversation('bob').status.sessions.map(({ state }) => state)).to.deep.equal(['plaintext'])
        alice.send('bob', 'plain answer')
        expect(network.log.at(-1)?.line).to.equal('plain answer')
      })

      it('W11: two clients that lost each other come to rest after a few lines, whatever they answer by themselves', () => {
        const network = new Network()
        const policy = { errorStartsAke: true, whitespaceStartsAke: true, sendWhitespaceTag: true }
        const alice = network.add('alice', { versions, policy })
        const bob = network.add('bob', { versions, policy })
        alice.start('bob')
        bob.start('alice')
        network.run()
        alice.end('bob')
        bob.send('alice', 'one')
        bob.send('alice', 'two')
        bob.end('alice')
        alice.start('bob')
        network.run()
        network.advance(300, 5)
        expect(network.log.length).to.be.lessThan(60)
        const rest = network.log.length
        network.advance(3000, 50)
        expect(network.log.length - rest).to.be.lessThan(3)
      })

      it('W11: everything that is lost on the way is tried a few times and then given up', () => {
        const network = new Network()
        const alice = network.add('alice', { versions })
        alice.receive('bob', '?OTRv34?')
        network.advance(3600, 10)
        expect(network.log.length).to.equal(1 + alice.core.policy.handshakeRetries)
        expect(alice.notices).to.deep.equal(['handshake-retry', 'handshake-timeout'])
        if (versions === '3') expect(alice.core.nextTimer()).to.equal(undefined)
      })

      it('W11: an answer of ours that leads to nothing is followed by one retry more than otherwise, and then given up', () => {
        const network = new Network()
        const alice = network.add('alice', { versions })
        const bob = network.add('bob', { versions })
        alice.start('bob')
        // Bob begins, Alice answers, and Bob forgets it all without a word.
        network.deliver()
        network.deliver()
        network.queue.length = 0
        bob.end('alice')
        const state = alice.core.exportState()
        const [conversation] = state.conversations
        const [entry] = conversation?.sessions ?? []
        expect(alice.core.conversation('bob').status.sessions).to.have.length(1)
        const again = (handshakeTries: number): Party => {
          network.parties.splice(network.parties.findIndex(({ address }) => address === 'alice'), 1)
          return network.add('alice', {
            versions, key: 1, tag: alice.core.instanceTag,
            state: structuredClone({ ...state, conversations: [{ ...conversation!, sessions: [{ ...entry!, handshakeTries }] }] }),
          })
        }
        const tired = again(3)
        network.advance(300)
        expect(tired.ssid('bob')).to.equal(undefined)
        expect(tired.notices).to.include('handshake-timeout')
        network.now -= 300
        const patient = again(2)
        network.advance(60)
        expect(patient.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
      })

      it('W12: duplicates of the transport show no error and renew nothing', () => {
        const network = new Network()
        network.fate = (packet) => [packet, packet]
        const alice = network.add('alice', { versions })
        const bob = network.add('bob', { versions })
        alice.start('bob')
        network.run()
        const ssid = alice.ssid('bob')
        expect(ssid).to.equal(bob.ssid('alice')).and.not.equal(undefined)
        for (let i = 0; i < 5; i++) {
          alice.send('bob', `a ${i}`)
          bob.send('alice', `b ${i}`)
          network.run()
        }
        expect(bob.texts).to.deep.equal([0, 1, 2, 3, 4].map((i) => `a ${i}`))
        expect(alice.texts).to.deep.equal([0, 1, 2, 3, 4].map((i) => `b ${i}`))
        expect(alice.ssid('bob')).to.equal(ssid)
        expect(network.log.some(({ line }) => line.startsWith('?OTR Error'))).to.equal(false)
        expect(alice.notices.filter((code) => code === 'duplicate')).to.have.length(5)
      })

      it('W15: the application chooses the instance, and may send only to verified ones', () => {
        const network = new Network()
        const alice = network.add('alice', { versions })
        const laptop = network.add('bob', { versions, tag: 0xb001, key: 2 })
        const phone = network.add('bob', { versions, tag: 0xb002, key: 2 })
        alice.start('bob')
        network.run()
        expect(alice.core.conversation('bob').status.sessions).to.have.length(2)
        for (const [to, expected] of [[0xb001, [1, 0]], [0xb002, [1, 1]], ['all', [2, 2]]] as const) {
          alice.take(alice.core.conversation('bob').send('hello', { to }).events)
          network.run()
          expect([laptop.texts.length, phone.texts.length]).to.deep.equal(expected)
        }
        network.now += 1
        phone.send('alice', 'I am here')
        network.run()
        alice.take(alice.core.conversation('bob').send('there?', { to: 'recent' }).events)
        network.run()
        expect([laptop.texts.length, phone.texts.length]).to.deep.equal([2, 3])
        expect(refusal(() => alice.core.conversation('bob').send('x', { to: 0xb003 }).events)).to.equal('OTR_NO_INSTANCE')

        alice.core.conversation('bob').setPolicy({ requireVerified: true })
        alice.send('bob', 'only when you know me')
        network.run()
        expect(alice.core.conversation('bob').outbox).to.have.length(1)
        alice.take(alice.core.conversation('bob').trust('verified'))
        network.run()
        expect([...laptop.texts, ...phone.texts].filter((text) => text === 'only when you know me')).to.have.length(1)
        alice.core.setPolicy({ outbox: 'reject' })
        alice.take(alice.core.conversation('bob').trust('unknown'))
        expect(refusal(() => alice.core.conversation('bob').send('x').events)).to.equal('OTR_NOT_VERIFIED')
      })

      it('W30: without a question both sides are verified; either may begin again at any time, and both end alike', () => {
        const { network, alice, bob } = pair()
        alice.take(alice.core.conversation('bob').verify('same'))
        network.run()
        bob.take(bob.core.conversation('alice').answer('different'))
        network.run()
        expect([smp(alice).at(-1), smp(bob).at(-1)]).to.deep.equal(['failed', 'failed'])
        expect([trust(alice, 'bob'), trust(bob, 'alice')]).to.deep.equal(['seen', 'seen'])

        // Bob begins, alice begins over it, bob answers hers.
        bob.take(bob.core.conversation('alice').verify('same'))
        network.run()
        alice.take(alice.core.conversation('bob').verify('same'))
        network.run()
        expect(smp(bob).at(-1)).to.equal('asked')
        bob.take(bob.core.conversation('alice').answer('same'))
        network.run()
        expect([smp(alice).at(-1), smp(bob).at(-1)]).to.deep.equal(['succeeded', 'succeeded'])
        expect([trust(alice, 'bob'), trust(bob, 'alice')]).to.deep.equal(['verified', 'verified'])
      })

      it('W30: an abort is sent once, to the other side', () => {
        const { network, alice, bob } = pair()
        alice.take(alice.core.conversation('bob').verify('same'))
        network.run()
        bob.take(bob.core.conversation('alice').abort())
        network.run()
        expect(smp(alice).filter((event) => event === 'aborted')).to.have.length(1)
        expect(refusal(() => bob.core.conversation('alice').answer('same'))).to.equal('OTR_SMP_NOT_ASKED')
      })

      it('W30: who answers a question has verified nobody: the one who asked chose it', () => {
        const { network, alice, bob } = pair()
        alice.take(alice.core.conversation('bob').verify('four', { question: 'two and two?' }))
        network.run()
        expect(bob.all('smp').at(-1)).to.include({ event: 'asked', question: 'two and two?' })
        bob.take(bob.core.conversation('alice').answer('four'))
        network.run()
        expect([smp(alice).at(-1), smp(bob).at(-1)]).to.deep.equal(['succeeded', 'succeeded'])
        expect([trust(alice, 'bob'), trust(bob, 'alice')]).to.deep.equal(['verified', 'seen'])
        bob.take(bob.core.conversation('alice').verify('six', { question: 'three and three?' }))
        network.run()
        alice.take(alice.core.conversation('bob').answer('six'))
        network.run()
        expect([trust(alice, 'bob'), trust(bob, 'alice')]).to.deep.equal(['verified', 'verified'])
      })

      it('W34: every event names its correspondent, and says whether we or they ended the conversation', () => {
        const { network, alice, bob } = pair()
        alice.send('bob', 'x')
        alice.take(alice.core.conversation('bob').verify('same'))
        network.run()
        bob.end('alice')
        network.run()
        bob.receive('alice', '?OTR:nonsense.')
        for (const party of [alice, bob]) {
          const peer = party === alice ? 'bob' : 'alice'
          for (const event of party.events) {
            const who = event.type === 'send' ? event.to : event.type === 'message' ? event.from : event.peer
            expect(who, event.type).to.equal(peer)
          }
        }
        expect(alice.notices.concat(bob.notices).every((code) => /^[a-z-]+$/.test(code))).to.equal(true)
      })
    })
  }

  it('W26: strangers learn nothing: no answer to a query, a tag, a key exchange, garbage or an error, not even after a restart', () => {
    const network = new Network()
    const alice = network.add('alice', { policy: { answerStrangers: false } })
    const spammer = network.add('spammer')
    spammer.receive('alice', '?OTRv3?')
    const commit = network.queue.shift()?.line ?? ''
    const { network: elsewhere, alice: other } = encryptedPair({ alice: { tag: 0x7777 }, bob: { tag: alice.core.instanceTag } })
    other.send('bob', 'x')
    const data = elsewhere.queue.shift()?.line ?? ''
    for (const line of ['?OTRv3?', '?OTRv34?', commit, data, '?OTR Error: x', '?OTR:AAMD.']) {
      expect(alice.receive('spammer', line).filter(({ type }) => type === 'send'), line).to.deep.equal([])
    }
    const again = network.add('alice', { key: 1, tag: 0x1001, state: structuredClone(alice.core.exportState()) })
    expect(again.receive('spammer', '?OTRv3?').filter(({ type }) => type === 'send')).to.deep.equal([])
    network.advance(600, 30)
    expect(network.lines('alice', 'spammer')).to.deep.equal([])
  })

  it('W27: the query has a clean text that can be changed or left out, fits the line, and is not repeated for ever', () => {
    const network = new Network()
    const alice = network.add('alice')
    alice.start('bob')
    expect(network.log[0]?.line).to.match(/^\?OTRv3\? [A-Z][\w ,()-]*\.$/)
    alice.core.setPolicy({ queryText: 'Let us talk privately.' })
    alice.start('bob')
    expect(network.log[1]?.line).to.equal('?OTRv3? Let us talk privately.')
    alice.core.setPolicy({ queryText: '' })
    alice.start('bob')
    expect(network.log[2]?.line).to.equal('?OTRv3?')
    alice.core.setPolicy({ queryText: 'x'.repeat(100), maxMessageLength: 60 })
    alice.start('bob')
    expect(network.log[3]?.line).to.equal('?OTRv3?')
    network.queue.length = 0
    network.advance(7200, 60)
    expect(network.log).to.have.length(4)
    expect(alice.notices).to.deep.equal(['no-answer'])
    expect(alice.core.conversation('bob').status.pending).to.equal(false)
  })

  it('W28: ?OTR, ?OTR? and ?OTRv do no harm', () => {
    const alice = new Network().add('alice')
    for (const line of ['?OTR', '?OTR?', '?OTRv', '?OTRv?', '?OTR:', '?']) {
      const events: readonly ClientEvent[] = alice.receive('bob', line)
      expect(events.filter(({ type }) => type === 'send'), line).to.deep.equal([])
    }
  })
})

describe('the client as a messenger uses it', () => {
  it('connects, talks, verifies and closes as its documentation says', async () => {
    const clients = new Map<string, Client>()
    const wires: Promise<void>[] = []
    for (const [at, name] of ['alice', 'bob'].entries()) {
      const account = testAccount(name, 0x100 + at, at + 1, '3', 0)
      const client = await Client.open({ account: name, keys: { dsa: account.v3!.dsa }, clock: () => 1_700_000_000, random: seededRandom(name) })
      expect(client.keys.instanceTag).to.be.at.least(0x100)
      expect(client.fingerprint3).to.match(/^[0-9a-f]{40}$/)
      client.on('send', ({ to, message }) => { wires.push(Promise.resolve().then(() => clients.get(to)?.receive(name, message))) })
      clients.set(name, client)
    }
    const settle = async (): Promise<void> => { for (let wire = wires.shift(); wire !== undefined; wire = wires.shift()) await wire }
    const alice = clients.get('alice')!
    const bob = alice.conversation('bob')
    expect(alice.conversation('bob')).to.equal(bob)
    const heard: string[] = []
    clients.get('bob')!.conversation('alice').on('message', ({ text, encrypted }) => heard.push(`${text} ${encrypted ? 'privately' : 'in clear'}`))
    clients.get('bob')!.conversation('carol').on('message', () => heard.push('wrong conversation'))
    expect(await bob.send('hello')).to.deep.equal({ sent: 'plaintext' })
    const stream = alice[Symbol.asyncIterator]()
    await bob.start()
    expect(await bob.send('off the record')).to.deep.equal({ held: 1 })
    await settle()
    expect(await bob.send('really')).to.include({ sent: 'encrypted' })
    await settle()
    expect(heard).to.deep.equal(['hello in clear', 'off the record privately', 'really privately'])
    clients.get('bob')!.on('smp', ({ event, peer }) => { if (event === 'asked') wires.push(clients.get('bob')!.conversation(peer).answer('the pier')) })
    await bob.verify('the pier', { question: 'Where did we meet?' })
    await settle()
    expect(bob.status.sessions[0]?.trust).to.equal('verified')
    const failed = await bob.answer('x').then(() => 'done', (error: unknown) => (error as { code: string }).code)
    expect(failed).to.equal('OTR_SMP_NOT_ASKED')
    expect(await bob.extraKey(1)).to.have.length(64)
    const last: string[] = []
    alice.on('send', () => last.push('line'))
    await alice.close()
    expect(last).to.deep.equal(['line'])
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    expect(types).to.include.members(['send', 'outbox', 'state', 'smp'])
    expect(types.at(-1)).to.equal('state')
  })

  it('makes instance tags in range, or fails', () => {
    expect(generateInstanceTag(() => Uint8Array.of(0xff, 0xff, 0xff, 0xff))).to.equal(0xffffffff)
    expect(refusal(() => generateInstanceTag(() => new Uint8Array(4)))).to.equal('OTR_RANDOM_FAILED')
  })
})
