import { expect } from 'chai'
import { armor, encodeMessage, decodeMessage, unarmor } from '../../src/wire/index.js'
import { encryptedPair as pairOf, Network, snapshot, type Party, type PartyOptions } from '../support/network.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

/* What queries, errors and policies do when version 4 is spoken: the rest, where the version makes no difference, is in query.test.ts. */

const versions = '34' as const
const toy = (test: () => void) => () => { withArithmetic(toyArithmetic, test) }
const encryptedPair = (alice: PartyOptions = {}, bob: PartyOptions = {}): ReturnType<typeof pairOf> =>
  pairOf({ alice: { versions, ...alice }, bob: { versions, ...bob } })
const errors = (network: Network, from: string, to: string): string[] => network.lines(from, to).filter((line) => line.startsWith('?OTR Error'))

/** The line with one byte of its MAC changed. */
function garbage(line: string, n: number): string {
  const message = decodeMessage(unarmor(line))
  if (message.kind !== 'v4-data') throw new Error(message.kind)
  const authenticator = message.authenticator.slice()
  new DataView(authenticator.buffer).setUint32(0, n)
  return armor(encodeMessage({ ...message, authenticator }))
}

const sent = (party: Party, line: string): string[] =>
  party.receive('bob', line).filter((event) => event.type === 'send').map(({ message }) => message)

describe('attacks on queries, errors and policy in version 4', () => {
  it('Q3: a query while encrypted is answered, and the session goes on', toy(() => {
    for (const query of ['?OTRv4?', '?OTRv34?', '?OTRv43?']) {
      const { network, alice, bob } = encryptedPair()
      const ssid = alice.ssid('bob')
      expect(sent(alice, query)).to.have.length(1)
      expect(alice.ssid('bob')).to.equal(ssid)
      network.queue.length = 0
      alice.send('bob', 'still private')
      bob.send('alice', 'indeed')
      network.run()
      expect([...bob.texts, ...alice.texts]).to.deep.equal(['still private', 'indeed'])
    }
  }))

  it('Q4: no error, whatever its code, changes an encrypted session', toy(() => {
    const { network, alice, bob } = encryptedPair({ policy: { errorStartsAke: false } })
    const before = snapshot(alice)
    for (const text of ['x', '', 'ERROR_1: Unreadable message', 'ERROR_2: Not in private state message', 'ERROR_3: Malformed message', 'ERROR_99: x']) {
      expect(sent(alice, `?OTR Error: ${text}`)).to.deep.equal([])
      expect(snapshot(alice)).to.equal(before)
    }
    bob.send('alice', 'fine here')
    network.run()
    expect(alice.texts).to.deep.equal(['fine here'])
  }))

  it('Q6: a hundred garbage data messages in a second cause one error reply, with the code of what is wrong, and the genuine one is read', toy(() => {
    const { network, alice, bob } = encryptedPair({ policy: { errorStartsAke: false } })
    alice.send('bob', 'genuine')
    const line = network.queue.shift()?.line ?? ''
    for (let i = 0; i < 100; i++) {
      bob.receive('alice', garbage(line, i))
      network.now += 0.01
    }
    expect(errors(network, 'bob', 'alice')).to.deep.equal(['?OTR Error: ERROR_1: Unreadable message'])
    bob.receive('alice', line)
    expect(bob.texts).to.deep.equal(['genuine'])
    bob.end('alice')
    network.queue.length = 0
    network.now += bob.core.policy.errorReplyInterval
    alice.send('bob', 'too late')
    network.run()
    expect(errors(network, 'bob', 'alice').slice(1)).to.deep.equal(['?OTR Error: ERROR_2: Not in private state message'])
    // Nobody replies to a reply.
    expect(errors(network, 'alice', 'bob')).to.deep.equal([])
  }))

  it('Q9: a stranger whom the application has not authorised gets not one byte, whatever message of version 4 they send', toy(() => {
    const network = new Network()
    const alice = network.add('alice', { versions, policy: { answerStrangers: false }, authorize: () => false })
    const { network: other, alice: mallory } = encryptedPair()
    mallory.send('bob', 'x')
    mallory.take(mallory.core.conversation('bob').start('identity'))
    other.run()
    for (const { line } of other.log) alice.receive('mallory', line)
    alice.receive('mallory', '?OTRv4?')
    expect(network.log).to.deep.equal([])
    expect(alice.core.conversation('mallory').status.sessions).to.deep.equal([])
  }))

  it('Q10: the same query, and the same Identity message, delivered again after a restart, have no second answer', toy(() => {
    const network = new Network()
    const alice = network.add('alice', { versions })
    const bob = network.add('bob', { versions })
    bob.take(bob.core.conversation('alice').start('identity'))
    const identity = network.queue[0]?.line ?? ''
    network.queue.length = 0
    const first = alice.core.receive('bob', identity, { id: 'one' })
    const query = alice.core.receive('bob', '?OTRv4?', { id: 'two' })
    expect([first, query].map((events) => events.filter(({ type }) => type === 'send').length)).to.deep.equal([1, 1])
    const again = network.add('alice', { versions, tag: alice.core.instanceTag, key: 1, state: structuredClone(alice.core.exportState()) })
    for (const [line, id] of [[identity, 'one'], ['?OTRv4?', 'two']] as const) {
      const events = again.core.receive('bob', line, { id })
      expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['duplicate'])
    }
  }))
})
