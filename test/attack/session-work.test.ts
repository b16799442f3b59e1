import { expect } from 'chai'
import { ClientCore, type ClientEvent } from '../../src/index.js'
import { limits } from '../../src/session/budget/limits.js'
import { startHandshake, type V4Account } from '../../src/v4/index.js'
import { createSession } from '../../src/v4/session.js'
import { armor, decodeMessage, encodeMessage, unarmor, type AuthIMessage, type AuthRMessage, type IdentityMessage, type OtrMessage } from '../../src/wire/index.js'
import { countingArithmetic, type Counter } from '../support/counting-arithmetic.js'
import { Network, testAccount, type Party } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

const line = (message: OtrMessage): string => armor(encodeMessage(message))
const decoded = (text: string): OtrMessage => decodeMessage(unarmor(text, 100_000))
const sent = (events: readonly ClientEvent[]): string[] => events.flatMap((event) => event.type === 'send' ? [event.message] : [])

/** Runs a test in the toy group, whose operations are counted. */
const counted = (test: (counter: Counter) => void) => () => {
  const { arithmetic, counter } = countingArithmetic(toyArithmetic)
  withArithmetic(arithmetic, () => { test(counter) })
}

/** An attacker who knows the protocol and has keys. */
function stranger(tag: number, network: Network): V4Account {
  const { v4, ...account } = testAccount(`stranger ${tag}`, tag, tag % 200, '4', network.now)
  if (v4 === undefined) throw new Error('no version 4')
  return { ...account, identity: v4.identity, clientProfile: v4.clientProfile }
}

/** Another Identity message at each call. */
function identityMaker(account: V4Account, network: Network): () => IdentityMessage {
  const random = seededRandom(account.instanceTag)
  return () => startHandshake(createSession({ theirTag: 0 }), { random, now: network.now, account, theirAddress: 'bob' }).outgoing[0] as IdentityMessage
}

/** Operations that the client spends on each of some lines. */
function spent(counter: Counter, party: Party, from: string, lines: readonly string[]): number[] {
  return lines.map((text) => {
    const before = counter.operations
    party.receive(from, text)
    return counter.operations - before
  })
}

/** How many of them cost anything. */
const worked = (operations: readonly number[]): number => operations.filter((count) => count > 0).length

const { burst, perSecond } = limits.handshakes

describe('V6: what key exchanges may cost', function () {
  this.timeout(60_000)

  it('V6: of ten thousand Identity messages of one correspondent, the first hundred and some cost arithmetic, then two a second', counted((counter) => {
    const network = new Network()
    const bob = network.add('bob', { versions: '4' })
    const make = identityMaker(stranger(0x2000, network), network)
    const flood = (count: number): string[] => Array.from({ length: count }, () => line(make()))
    const operations = spent(counter, bob, 'mallory', flood(1000))
    expect(worked(operations)).to.equal(burst)
    expect(operations.slice(0, burst).every((count) => count > 0)).to.equal(true)
    expect(bob.notices.filter((code) => code === 'limit')).to.have.length(1000 - burst)
    network.now += 10
    expect(worked(spent(counter, bob, 'mallory', flood(1000)))).to.equal(10 * perSecond)
    expect(worked(spent(counter, bob, 'mallory', flood(8000)))).to.equal(0)
    // What is refused leaves nothing behind.
    expect(bob.core.conversation('mallory').status.sessions).to.have.length(1)
  }))

  it('A13: after a flood at a moment when the clock was a year ahead the allowance goes on from now', counted((counter) => {
    const network = new Network()
    const bob = network.add('bob', { versions: '4' })
    const make = identityMaker(stranger(0x2000, network), network)
    const flood = (count: number): string[] => Array.from({ length: count }, () => line(make()))
    network.now += 31_536_000 - 86_400
    const ahead = identityMaker(stranger(0x2000, network), network)
    expect(worked(spent(counter, bob, 'mallory', Array.from({ length: 1000 }, () => line(ahead()))))).to.equal(burst)
    network.now -= 31_536_000 - 86_400
    expect(worked(spent(counter, bob, 'mallory', flood(10)))).to.equal(0)
    network.now += 10
    expect(worked(spent(counter, bob, 'mallory', flood(1000)))).to.equal(10 * perSecond)
  }))

  it('V6: Auth-R messages with a false signature are charged like Identity messages; the genuine one is taken as soon as there is an allowance', counted((counter) => {
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const bob = network.add('bob', { versions: '4' })
    alice.take(alice.core.conversation('bob').start('identity'))
    network.deliver()
    const [genuine = ''] = network.lines('bob', 'alice')
    network.queue.length = 0
    const authR = decoded(genuine) as AuthRMessage
    const forged = Array.from({ length: 1000 }, (_, n) => {
      const sigma = authR.sigma.slice()
      new DataView(sigma.buffer).setUint32(0, n + 1)
      return line({ ...authR, sigma })
    })
    // One was for the Identity message.
    const operations = spent(counter, alice, 'bob', forged)
    expect(worked(operations)).to.equal(burst - 1)
    alice.receive('bob', genuine)
    expect(alice.isEncrypted('bob')).to.equal(false)
    network.now += 1
    alice.receive('bob', genuine)
    network.run()
    expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    // Out of turn, they cost nothing any more.
    network.now += 60
    expect(worked(spent(counter, alice, 'bob', forged))).to.equal(0)
  }))

  it('V6: Auth-I messages with a false signature are charged, by the number of answers that they may be for', counted((counter) => {
    const network = new Network()
    const bob = network.add('bob', { versions: '4' })
    const make = identityMaker(stranger(0x2000, network), network)
    const answers = [make(), make()].flatMap((identity) => sent(bob.core.receive('mallory', line(identity))))
    const authR = decoded(answers[0] ?? '') as AuthRMessage
    const forged = Array.from({ length: 1000 }, (_, n): string => {
      const sigma = authR.sigma.slice()
      new DataView(sigma.buffer).setUint32(0, n + 1)
      const authI: AuthIMessage = { kind: 'v4-auth-i', senderTag: authR.receiverTag, receiverTag: authR.senderTag, sigma }
      return line(authI)
    })
    const operations = spent(counter, bob, 'mallory', forged)
    expect(worked(operations)).to.equal(Math.floor((burst - 2) / 2))
    // Without an answer that waits, they cost nothing.
    expect(worked(spent(counter, network.add('carol', { versions: '4' }), 'mallory', forged))).to.equal(0)
  }))

  it('V6: a thousand addresses together get what strangers may have, and a friend gets through', counted((counter) => {
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const bob = network.add('bob', { versions: '4' })
    alice.start('bob')
    network.run()
    const friendly = counter.operations
    expect(alice.isEncrypted('bob')).to.equal(true)
    let cost = 0
    for (let n = 0; n < 1000; n++) cost += worked(spent(counter, bob, `mallory ${n}`, [line(identityMaker(stranger(0x2000 + n, network), network)())]))
    // Alice was a stranger too, for two messages.
    expect(cost).to.equal(limits.handshakesOfStrangers.burst - 2)
    network.now += 2
    cost = 0
    for (let n = 0; n < 100; n++) cost += worked(spent(counter, bob, `mallory ${n}`, [line(identityMaker(stranger(0x9000 + n, network), network)())]))
    expect(cost).to.equal(2 * limits.handshakesOfStrangers.perSecond)
    const before = counter.operations
    const ssid = alice.ssid('bob')
    alice.start('bob')
    network.run()
    expect(counter.operations - before).to.be.at.least(friendly / 2)
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(ssid)
  }))

  it('V6: hundreds of key exchanges may follow each other, but none gives anything back: who begins over and over is slowed down', counted((counter) => {
    const network = new Network()
    const alice = network.add('alice', { versions: '4' })
    const bob = network.add('bob', { versions: '4' })
    const operations: number[] = []
    for (let n = 0; n < 700; n++) {
      const before = counter.operations
      alice.take(alice.core.conversation('bob').start('identity'))
      network.run()
      operations.push(counter.operations - before)
    }
    // Each is two messages on each side; the first was paid for as a stranger's.
    const allowed = limits.handshakesOfKnown.burst / 2
    expect(worked(operations)).to.be.within(allowed, allowed + 2)
    expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    network.now += 60
    alice.take(alice.core.conversation('bob').start('identity'))
    network.run()
    expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
  }))

  it('V6: the same in version 3: D-H Commit messages, and what comes after them', counted((counter) => {
    const network = new Network()
    const alice = network.add('alice')
    const bob = network.add('bob')
    const commits = Array.from({ length: 300 }, () => {
      const fresh = new ClientCore({
        account: testAccount('mallory', 0x2000, 3, '3', network.now), clock: () => network.now, random: seededRandom(counter.operations),
      })
      counter.operations++
      return sent(fresh.receive('bob', '?OTRv3?'))[0] ?? ''
    })
    const before = counter.operations
    const operations = spent(counter, bob, 'mallory', commits)
    expect(bob.notices.filter((code) => code === 'limit')).to.have.length(300 - burst)
    expect(counter.operations - before).to.be.at.most(burst * Math.max(...operations))
    alice.start('bob')
    network.run()
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice'))
  }))
})

describe('a session that was over before it began', () => {
  it('everything of it overtook its last Auth message, the end too: its text is read, its key is known, and nothing fails', () => {
    withArithmetic(toyArithmetic, () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '4' })
      const bob = network.add('bob', { versions: '4' })
      bob.take(bob.core.conversation('alice').start('identity'))
      network.deliver()
      network.deliver()
      bob.send('alice', 'in passing')
      bob.end('alice')
      // Auth-I, the text, the end.
      expect(network.queue).to.have.length(3)
      for (const at of [1, 1, 0]) network.deliver(at)
      expect(alice.texts).to.deep.equal(['in passing'])
      expect(alice.notices).to.deep.equal([])
      const states = alice.all('state')
      expect(states.map(({ state }) => state)).to.deep.equal(['handshake', 'encrypted', 'finished'])
      expect(states[1]).to.include({ key: 'new' })
      expect(states[1]?.ssid).to.equal(bob.all('state').find(({ state }) => state === 'encrypted')?.ssid)
      expect(alice.core.conversation('bob').keys.map(({ fingerprint }) => fingerprint)).to.deep.equal([states[1]?.fingerprint])
      alice.start('bob')
      network.run()
      expect(alice.ssid('bob')).to.be.a('string').and.equal(bob.ssid('alice'))
    })
  })
})

describe('S9: guesses are counted by the key that makes them', () => {
  const guess = (network: Network, guesser: Party, other: Party): number | undefined => {
    guesser.take(guesser.core.conversation(other.address).verify('a guess'))
    network.run()
    const asked = other.all('smp').filter(({ event }) => event === 'asked').at(-1)
    other.take(other.core.conversation(guesser.address).abort())
    network.run()
    return asked?.attempts
  }

  for (const versions of ['3', '4'] as const) {
    it(`S9: neither the end of a session, nor a new one, nor another instance, nor a restart gives more of them: version ${versions}`, () => {
      withArithmetic(toyArithmetic, () => {
        const network = new Network()
        const alice = network.add('alice', { versions })
        const mallory = network.add('mallory', { versions, key: 7 })
        const begin = (party: Party): void => {
          party.start('alice')
          network.run()
        }
        begin(mallory)
        expect(guess(network, mallory, alice)).to.equal(1)
        begin(mallory)
        expect(guess(network, mallory, alice), 'after a refresh').to.equal(2)
        mallory.end('alice')
        network.run()
        begin(mallory)
        expect(guess(network, mallory, alice), 'after he ended').to.equal(3)
        alice.end('mallory')
        network.run()
        begin(mallory)
        expect(guess(network, mallory, alice), 'after we ended').to.equal(4)
        mallory.end('alice')
        network.run()
        const other = network.add('mallory', { versions, key: 7, tag: 0x7777 })
        begin(other)
        expect(guess(network, other, alice), 'from another instance').to.equal(5)
        for (let n = 6; n <= 20; n++) guess(network, other, alice)
        other.end('alice')
        network.run()
        begin(other)
        const before = alice.notices.length
        guess(network, other, alice)
        expect(alice.notices.slice(before)).to.deep.equal(['limit'])

        const restarted = network.add('alice', { versions, tag: alice.core.instanceTag, key: 1, state: structuredClone(alice.core.exportState()) })
        network.parties.splice(network.parties.indexOf(alice), 1)
        begin(other)
        guess(network, other, restarted)
        expect(restarted.notices).to.include('limit')
        expect(restarted.all('smp').filter(({ event }) => event === 'asked')).to.have.length(0)
        network.now += 30
        expect(guess(network, other, restarted)).to.equal(21)
      })
    })
  }

  it('S9: another key counts for itself', () => {
    withArithmetic(toyArithmetic, () => {
      const network = new Network()
      const alice = network.add('alice', { versions: '4' })
      const mallory = network.add('mallory', { versions: '4' })
      mallory.start('alice')
      network.run()
      guess(network, mallory, alice)
      const other = network.add('mallory', { versions: '4' })
      mallory.end('alice')
      network.run()
      other.start('alice')
      network.run()
      expect(guess(network, other, alice)).to.equal(1)
    })
  })
})
