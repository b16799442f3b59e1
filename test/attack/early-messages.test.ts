import { expect } from 'chai'
import { limits } from '../../src/session/budget/limits.js'
import { decodeMessage, unarmor, armor, encodeMessage, type AuthRMessage, type DataMessageV4, type IdentityMessage } from '../../src/wire/index.js'
import { startHandshake, type V4Account } from '../../src/v4/index.js'
import { createSession } from '../../src/v4/session.js'
import { encryptedPair, Network, testAccount, type Packet, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

/** The account of an attacker who begins conversations and does not finish them. */
function strangerAccount(tag: number, network: Network): V4Account {
  const { v4, ...account } = testAccount(`stranger ${tag}`, tag, tag % 200, '4', network.now)
  if (v4 === undefined) throw new Error('no version 4')
  return { ...account, identity: v4.identity, clientProfile: v4.clientProfile }
}

/** Opens a conversation with bob and leaves it half open. Returns a data message for it that nobody can verify yet. */
function halfOpen(network: Network, bob: Party, tag: number, bytes: number): (n: number) => string {
  const account = strangerAccount(tag, network)
  const step = startHandshake(createSession({ theirTag: 0 }), { random: seededRandom(tag), now: network.now, account, theirAddress: 'bob' })
  const identity = step.outgoing[0] as IdentityMessage
  const answer = bob.receive(`stranger ${tag}`, armor(encodeMessage(identity))).find((event) => event.type === 'send')
  const authR = decodeMessage(unarmor(answer?.type === 'send' ? answer.message : '', 100_000)) as AuthRMessage
  return (n) => {
    const message: DataMessageV4 = {
      kind: 'v4-data', senderTag: tag, receiverTag: bob.core.instanceTag, flags: 0, previousChain: 0, ratchetId: 0, messageId: n,
      ecdh: authR.x, dh: authR.a, ciphertext: new Uint8Array(bytes).fill(n), authenticator: new Uint8Array(64).fill(n), revealedMacKeys: new Uint8Array(),
    }
    return armor(encodeMessage(message))
  }
}

/** Bytes that wait in all conversations of a client, ciphertext alone. */
function waiting(party: Party): number {
  let bytes = 0
  for (const { sessions } of party.core.exportState().conversations) {
    for (const { state } of sessions) {
      if (state.version !== 4 || state.session.dake.kind === 'none') continue
      for (const { message } of state.session.dake.early) bytes += message.ciphertext.length
    }
  }
  return bytes
}

describe('A11: data messages that come before their key exchange is completed', function () {
  this.timeout(60_000)

  it('A11: take bounded memory over all strangers together, and it is said who lost them', () => {
    withArithmetic(toyArithmetic, () => {
      const network = new Network()
      const bob = network.add('bob', { versions: '4' })
      const size = 100_000
      for (let tag = 0x5000; tag < 0x5000 + 40; tag++) {
        network.now += 1
        const make = halfOpen(network, bob, tag, size)
        for (let n = 0; n < 9; n++) bob.receive(`stranger ${tag}`, make(n))
        expect(waiting(bob)).to.be.at.most(limits.earlyBytes)
      }
      expect(waiting(bob)).to.be.greaterThan(limits.earlyBytes / 2)
      expect(bob.notices).to.include('limit')
    })
  })

  it('A11: many small ones take what they take, not what their text is long', () => {
    withArithmetic(toyArithmetic, () => {
      const network = new Network()
      const bob = network.add('bob', { versions: '4' })
      const make = halfOpen(network, bob, 0x6000, 1)
      for (let n = 0; n < 200; n++) bob.receive('stranger 24576', make(n))
      expect(waiting(bob)).to.equal(100)
    })
  })

  it('A11: strangers give way first: the messages of somebody who has shown a key are kept', () => {
    const { network, alice, bob } = encryptedPair({ alice: { versions: '4' }, bob: { versions: '4' } })
    // They begin again, and Bob's text overtakes his last message of the key exchange.
    alice.end('bob')
    network.run()
    alice.start('bob')
    const isLast = ({ line }: Packet): boolean => line.startsWith('?OTR:') && decodeMessage(unarmor(line, 100_000)).kind === 'v4-auth-i'
    while (network.queue.length > 0 && !network.queue.some(isLast)) network.deliver()
    const [authI] = network.queue.splice(0)
    bob.send('alice', 'overtakes')
    network.run()
    expect(alice.texts).to.deep.equal([])
    for (let tag = 0x5000; tag < 0x5000 + 30; tag++) {
      network.now += 1
      const make = halfOpen(network, alice, tag, 100_000)
      for (let n = 0; n < 9; n++) alice.receive(`stranger ${tag}`, make(n))
    }
    expect(alice.notices).to.include('limit')
    alice.receive('bob', authI?.line ?? '')
    expect(alice.texts).to.deep.equal(['overtakes'])
  })
})
