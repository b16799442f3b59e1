import { expect } from 'chai'
import { encryptedPair, inVersion2Too, Network, refusal, type PartyOptions, type Party } from '../support/network.js'

/** Every state in which a conversation can be when a person presses Enter, as alice has it. */
const situations: Readonly<Record<string, (policy: PartyOptions) => { network: Network, alice: Party, bob: Party }>> = {
  'nothing yet'(options) {
    const network = new Network()
    return { network, alice: network.add('alice', options), bob: network.add('bob') }
  },
  'after a query of ours'(options) {
    const world = situations['nothing yet']!(options)
    world.alice.start('bob')
    return world
  },
  'after a commit of ours'(options) {
    const world = situations['nothing yet']!(options)
    world.bob.start('alice')
    world.network.deliver()
    return world
  },
  'after a commit of theirs'(options) {
    const world = situations['after a query of ours']!(options)
    world.network.deliver()
    world.network.deliver()
    return world
  },
  'waiting for the signature'(options) {
    const world = situations['after a commit of ours']!(options)
    world.network.deliver()
    world.network.deliver()
    return world
  },
  'encrypted': (options) => encryptedPair({ alice: options }),
  'encrypted and being renewed'(options) {
    const world = encryptedPair({ alice: options })
    world.alice.start('bob')
    world.network.deliver()
    world.network.deliver()
    return world
  },
  'ended by the other side'(options) {
    const world = encryptedPair({ alice: options })
    world.bob.end('alice')
    world.network.run()
    return world
  },
  'ended by us'(options) {
    const world = encryptedPair({ alice: options })
    world.alice.end('bob')
    world.network.run()
    return world
  },
  'expired'(options) {
    const world = encryptedPair({ alice: options })
    world.network.advance(700_000, 100_000)
    return world
  },
  'after an error message'(options) {
    const world = encryptedPair({ alice: options })
    world.alice.receive('bob', '?OTR Error: ERROR_2: Not in private state message')
    return world
  },
  'ended, then text in clear from the other side'(options) {
    const world = situations['ended by the other side']!(options)
    world.alice.receive('bob', 'why so silent?')
    return world
  },
  'ended, and a new key exchange given up'(options) {
    const world = situations['ended by the other side']!(options)
    world.network.fate = () => []
    world.alice.start('bob')
    world.network.advance(200, 10)
    world.network.fate = (packet) => [packet]
    return world
  },
}

const text = 'the very secret words'

/** What `send` did: the code of its refusal, or nothing. */
function trySend(alice: Party): string | undefined {
  try {
    alice.send('bob', text)
    return undefined
  } catch {
    return refusal(() => { alice.send('bob', text) })
  }
}

inVersion2Too('the plaintext latch', (version) => {
  for (const [name, make] of Object.entries(situations)) {
    // Where encryption is required, there is no version 2.
    for (const versions of version === 3 ? ['3', '34'] as const : []) {
      it(`Q13: under requireEncryption nothing goes out in clear: ${name}, versions ${versions}`, () => {
        for (const outbox of ['hold', 'reject'] as const) {
          const { network, alice, bob } = make({ versions, policy: { requireEncryption: true, outbox } })
          const encrypted = alice.isEncrypted('bob')
          const refused = trySend(alice)
          if (encrypted) expect(refused).to.equal(undefined)
          if (!encrypted && outbox === 'reject') expect(refused).to.equal('OTR_ENCRYPTION_REQUIRED')
          network.run()
          network.advance(200, 10)
          expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
          if (outbox === 'hold' && bob.texts.length === 0) expect(alice.core.conversation('bob').outbox.map((held) => held.text)).to.deep.equal([text])
        }
      })
    }

    if (name.startsWith('nothing') || name.startsWith('after a query') || name.startsWith('after a commit') || name.startsWith('waiting')) continue

    it(`Q14: after a private conversation nothing goes in clear until the application says so: ${name}`, () => {
      for (const outbox of ['hold', 'reject'] as const) {
        const { network, alice } = make({ policy: { outbox } })
        if (alice.isEncrypted('bob')) alice.end('bob')
        network.queue.length = 0
        expect(trySend(alice)).to.equal(outbox === 'hold' ? undefined : 'OTR_CONVERSATION_ENDED')
        expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
        for (const held of alice.core.conversation('bob').outbox) alice.take(alice.core.conversation('bob').cancel(held.id))
        alice.take(alice.core.conversation('bob').continueInPlaintext())
        alice.send('bob', text)
        expect(network.log.at(-1)?.line).to.equal(text)
      }
    })

    it(`Q15: text in clear is shown with a mark, never dropped, never marked private: ${name}`, () => {
      const { alice } = make({})
      const before = alice.all('message').length
      alice.receive('bob', 'in clear')
      const shown = alice.all('message').slice(before)
      expect(shown).to.have.length(1)
      expect(shown[0]).to.include({ text: 'in clear', encrypted: false, unencrypted: true })
      expect(shown[0]).to.not.have.property('instance')
      expect(alice.notices).to.include('unencrypted')
    })
  }

  it('Q15: a blank line is no alarm, is never lost, and changes nothing', () => {
    for (const blank of ['', ' ', '\t \n', '\u00a0', '\u3000']) {
      const { alice } = encryptedPair()
      alice.receive('bob', blank)
      expect(alice.all('message').at(-1)).to.deep.equal({ type: 'message', from: 'bob', text: blank, contentType: 'text', encrypted: false })
      expect(alice.notices).to.not.include('unencrypted')
      expect(alice.core.conversation('bob').status).to.include({ latched: true, sending: 'encrypted' })
      // Text that only looks blank is text.
      alice.receive('bob', '\u200b')
      expect(alice.all('message').at(-1)).to.include({ text: '\u200b', unencrypted: true })
    }
  })

  it('Q14: the latch outlives a restart', () => {
    const { network, alice, bob } = encryptedPair()
    bob.end('alice')
    network.run()
    const again = network.add('alice', { key: 1, tag: alice.core.instanceTag, state: structuredClone(alice.core.exportState()) })
    again.send('bob', text)
    expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
    expect(again.core.conversation('bob').status.latched).to.equal(true)
  })

  it('Q14: continuing in plaintext is refused while there is a session, and if the policy requires encryption', () => {
    const { network, alice, bob } = encryptedPair()
    expect(refusal(() => alice.core.conversation('bob').continueInPlaintext())).to.equal('OTR_ENCRYPTED')
    bob.end('alice')
    network.run()
    alice.core.setPolicy({ requireEncryption: true })
    expect(refusal(() => alice.core.conversation('bob').continueInPlaintext())).to.equal('OTR_ENCRYPTION_REQUIRED')
  })

  it('Q14: what was held is not sent in clear by continuing in plaintext', () => {
    const { network, alice, bob } = encryptedPair()
    bob.end('alice')
    network.run()
    alice.send('bob', text)
    alice.take(alice.core.conversation('bob').continueInPlaintext())
    network.run()
    expect(network.log.some(({ line }) => line.includes('secret'))).to.equal(false)
    expect(alice.core.conversation('bob').outbox).to.have.length(1)
  })

  it('Q15: in a conversation that never was private, and need not be, text has no mark', () => {
    const alice = new Network().add('alice')
    alice.receive('bob', 'hello')
    expect(alice.all('message')).to.deep.equal([{ type: 'message', from: 'bob', text: 'hello', contentType: 'text', encrypted: false }])
    alice.core.setPolicy({ requireEncryption: true })
    alice.receive('bob', 'hello')
    expect(alice.all('message').at(-1)).to.include({ unencrypted: true })
  })
})
