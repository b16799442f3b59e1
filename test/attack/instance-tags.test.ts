import { expect } from 'chai'
import { newConversation, type Conversation } from '../../src/session/conversation/state.js'
import { deriveDsaPublicKey, generateEd448KeyPair, generateForgingPoint, getArithmetic, setArithmetic } from '../../src/crypto/index.js'
import * as v3 from '../../src/v3/index.js'
import * as v4 from '../../src/v4/index.js'
import { armor, classify, decodeMessage, encodeMessage, fragmentMessage, unarmor, type OtrMessage } from '../../src/wire/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { encryptedPair as pairOf, Network, snapshot, type Party, type PartyOptions } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic } from '../support/toy-arithmetic.js'

function decode(line: string): OtrMessage {
  return decodeMessage(unarmor(line))
}

/** The line with other tags. The tags are covered by no MAC in a handshake's first messages. */
function retagged(line: string, tags: { senderTag?: number, receiverTag?: number }): string {
  return armor(encodeMessage({ ...decode(line), ...tags }))
}

/** The first message of a handshake, from an instance of a stranger's choice. */
function openingFrom(versions: '3' | '4', senderTag: number, receiverTag = 0): string {
  const env = { random: seededRandom(senderTag), now: 1_700_000_000 }
  if (versions === '3') {
    const x = Uint8Array.of(9, 99)
    const account = { dsa: { ...deriveDsaPublicKey(rfc6979Key, x), x }, instanceTag: senderTag }
    return armor(encodeMessage(v3.startHandshake(v3.createSession({ theirTag: receiverTag }), { ...env, account }).outgoing[0]!))
  }
  const identity = generateEd448KeyPair(env.random)
  const clientProfile = v4.createClientProfile({
    instanceTag: Math.max(senderTag, 0x100), identity, forgingKey: generateForgingPoint(env.random), versions: '4', expiration: env.now + 600_000,
  }, env.random)
  const account = { address: 'stranger', instanceTag: senderTag, identity, clientProfile }
  return armor(encodeMessage(v4.startHandshake(v4.createSession({ theirTag: receiverTag }), { ...env, account, theirAddress: 'us' }).outgoing[0]!))
}

function without({ unreadable, ...rest }: Conversation): Omit<Conversation, 'unreadable'> {
  expect(unreadable).to.equal(undefined)
  return rest
}

function expectIgnored(party: Party, from: string, line: string, code: string): void {
  const before = snapshot(party)
  const events = party.receive(from, line)
  expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal([code])
  expect(snapshot(party)).to.equal(before)
}

for (const versions of ['3', '4'] as const) describe(`attacks on instance tags and routing: version ${versions}`, () => {
  const commitFrom = (senderTag: number, receiverTag = 0): string => openingFrom(versions, senderTag, receiverTag)
  const opens = versions === '3' ? 'v3-dh-commit' : 'v4-identity'
  const inPieces = (text: string, senderTag: number, receiverTag: number): string[] => {
    const common = { text, senderTag, receiverTag, maxLength: 200 }
    return versions === '3' ? fragmentMessage({ version: 3, ...common }) : fragmentMessage({ version: 4, identifier: 7, ...common })
  }
  const encryptedPair = ({ alice, bob }: { readonly alice?: PartyOptions, readonly bob?: PartyOptions } = {}): ReturnType<typeof pairOf> =>
    pairOf({ alice: { versions, ...alice }, bob: { versions, ...bob } })
  const add = (network: Network, address: string, options: PartyOptions = {}): Party => network.add(address, { versions, ...options })
  // All of it is about tags. (In the toy group, version 3's messages are too short to come in pieces.)
  const real = getArithmetic()
  beforeEach(() => { setArithmetic(versions === '3' ? real : toyArithmetic) })
  afterEach(() => { setArithmetic(real) })

  it('I1: a sender tag below 0x100 is discarded, in messages and in fragments', () => {
    const alice = add(new Network(), 'alice')
    for (const tag of [0, 1, 0xff]) {
      expectIgnored(alice, 'bob', commitFrom(tag), 'bad-instance-tag')
      const [piece = ''] = inPieces(commitFrom(0x100), tag, 0)
      expectIgnored(alice, 'bob', piece, 'bad-instance-tag')
    }
  })

  it('I1: a receiver tag of 1 to 0xff is discarded, and 0 in all but the first message of a handshake and its fragments', () => {
    const network = new Network()
    const alice = add(network, 'alice')
    const bob = add(network, 'bob')
    for (const tag of [1, 0xff]) {
      expectIgnored(alice, 'bob', commitFrom(0x100, tag), 'bad-instance-tag')
      const [piece = ''] = inPieces(commitFrom(0x100, tag), 0x100, tag)
      expectIgnored(alice, 'bob', piece, 'bad-instance-tag')
    }
    alice.start('bob')
    network.deliver()
    expect(decode(network.queue[0]?.line ?? '')).to.include({ kind: opens, receiverTag: 0 })
    for (let step = 0; step < 4 && network.queue.length > 0; step++) {
      const [packet] = network.queue
      if (packet === undefined) break
      const message = decode(packet.line)
      const receiver = packet.to === 'alice' ? alice : bob
      if (message.kind !== opens) expectIgnored(receiver, packet.from, retagged(packet.line, { receiverTag: 0 }), 'bad-instance-tag')
      network.deliver()
    }
    alice.send('bob', 'hello')
    const data = network.queue.shift()?.line ?? ''
    expectIgnored(bob, 'alice', retagged(data, { receiverTag: 0 }), 'bad-instance-tag')
    const pieces = inPieces(data, alice.core.instanceTag, 0)
    const seen = pieces.flatMap((piece) => bob.receive('alice', piece))
    expect(seen.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['fragment-discarded'])
    bob.receive('alice', data)
    expect(bob.texts).to.deep.equal(['hello'])
  })

  it('I1: the first message of a handshake may come in fragments that are for any instance', () => {
    const network = new Network()
    const alice = add(network, 'alice')
    const bob = add(network, 'bob', { policy: { maxMessageLength: 150 } })
    alice.start('bob')
    network.run()
    expect(network.lines('bob', 'alice').filter((line) => line.includes('|00000000,'))).to.have.length.greaterThan(1)
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice')).and.not.equal(undefined)
  })

  it('I2: tags up to 0xffffffff are accepted and shown unsigned', () => {
    for (const [a, b] of [[0xffffffff, 0x80000000], [0x11111112, 0xfffffffe], [0x100, 0xdeadbeef]] as const) {
      const { alice, bob } = encryptedPair({ alice: { tag: a }, bob: { tag: b } })
      expect(alice.core.conversation('bob').status.selected).to.equal(b)
      expect(bob.core.conversation('alice').status.selected).to.equal(a)
      expect(bob.all('state').every(({ instance }) => instance >= 0)).to.equal(true)
    }
  })

  it('I3: a message for another instance of the account changes no session and gives one event, no error reply', () => {
    const { network, alice, bob } = encryptedPair()
    const phone = add(network, 'bob', { tag: 0xbbbb, key: 2 })
    alice.send('bob', 'for the laptop')
    const [packet] = network.queue
    const before = phone.core.exportState().conversations
    phone.receive('alice', packet?.line ?? '')
    expect(phone.notices).to.deep.equal(['earlier-installation'])
    // That it was told is all that is remembered.
    const [{ unreadable, ...rest } = newConversation('alice'), ...more] = phone.core.exportState().conversations
    expect([before, more, rest, unreadable]).to.deep.equal([[], [], without(newConversation('alice')), { version: Number(versions), at: network.now }])
    expectIgnored(phone, 'alice', packet?.line ?? '', 'other-instance')
    network.run()
    expect(bob.texts).to.deep.equal(['for the laptop'])
    expect(network.log.some(({ line }) => line.startsWith('?OTR Error'))).to.equal(false)
    const [piece = ''] = inPieces(packet?.line ?? '', 0x1001, 0x2001)
    expectIgnored(phone, 'alice', piece, 'other-instance')
  })

  it('I3: a line of our own that comes back is reported as such, whatever its receiver', () => {
    const { network, alice } = encryptedPair()
    alice.send('bob', 'x')
    const [packet] = network.queue
    const events = alice.receive('bob', packet?.line ?? '')
    expect(events).to.have.length(1)
    expect(events[0]).to.include({ type: 'notice', code: 'unexpected', detail: 'a message of our own came back' })
    expectIgnored(alice, 'bob', packet?.line ?? '', 'unexpected')
  })

  it('I5: two instances of a correspondent have two independent sessions; data for one under the keys of the other leaves both intact', () => {
    const network = new Network()
    const alice = add(network, 'alice')
    const laptop = add(network, 'bob', { tag: 0xb001 })
    const phone = add(network, 'bob', { tag: 0xb002 })
    alice.start('bob')
    network.run()
    const status = alice.core.conversation('bob').status
    expect(status.sessions.map(({ state }) => state)).to.deep.equal(['encrypted', 'encrypted'])
    expect(new Set(status.sessions.map(({ ssid }) => ssid)).size).to.equal(2)
    expect(new Set([laptop.ssid('alice'), phone.ssid('alice')])).to.deep.equal(new Set(status.sessions.map(({ ssid }) => ssid)))

    for (const instance of [0xb001, 0xb002]) alice.take(alice.core.conversation('bob').trust('verified', { instance }))
    alice.take(alice.core.conversation('bob').send('to the laptop', { to: 0xb001 }).events)
    const line = network.queue[0]?.line ?? ''
    const before = structuredClone(phone.core.exportState().conversations[0]?.sessions)
    const events = phone.receive('alice', retagged(line, { receiverTag: 0xb002 }))
    expect(events.filter((event) => event.type === 'message')).to.deep.equal([])
    expect(phone.notices.at(-1)).to.equal('unreadable')
    expect(phone.core.exportState().conversations[0]?.sessions).to.deep.equal(before)
    network.run()
    alice.take(alice.core.conversation('bob').send('to the phone', { to: 0xb002 }).events)
    network.run()
    expect(laptop.texts).to.deep.equal(['to the laptop'])
    expect(phone.texts).to.deep.equal(['to the phone'])
  })

  it('I6: a thousand handshakes from a thousand new tags leave a bounded number of half-open sessions, and the genuine one intact', () => {
    const { network, alice, bob } = encryptedPair()
    for (let tag = 0x100000; tag < 0x100000 + 1000; tag++) alice.receive('bob', commitFrom(tag))
    expect(alice.core.conversation('bob').status.sessions.length).to.be.at.most(9)
    expect(alice.core.exportState().conversations[0]?.sessions.length).to.be.at.most(9)
    expect(alice.notices.filter((code) => code === 'limit').length).to.be.greaterThan(900)
    network.queue.length = 0
    alice.send('bob', 'still here')
    network.run()
    expect(bob.texts).to.deep.equal(['still here'])
    network.advance(100)
    expect(alice.core.conversation('bob').status.sessions.map(({ state }) => state).filter((state) => state === 'handshake')).to.deep.equal([])
  })

  it('I6: a thousand strangers do not make the client remember more than its limit, nor forget the correspondents it talks to', () => {
    const { network, alice, bob } = encryptedPair()
    for (let i = 0; i < 12_000; i++) alice.core.receive(`stranger ${i}`, 'buy this')
    expect(alice.core.peers().length).to.be.at.most(10_001)
    alice.send('bob', 'hello')
    network.run()
    expect(bob.texts).to.deep.equal(['hello'])
  })

  it('I7: a session is found by the instance tag, whatever resource the line came from', () => {
    // All devices have the account's address; only the messages distinguish them.
    const { network, alice, bob } = encryptedPair()
    const again = add(network, 'bob', { tag: bob.core.instanceTag, key: 2, state: structuredClone(bob.core.exportState()) })
    alice.send('bob', 'after the reconnect')
    expect(again.receive('alice', network.queue[0]?.line ?? '').map((event) => event.type)).to.include('message')
  })

  it('I8: a new unverified instance never becomes the default while a verified one lives', () => {
    const { network, alice, bob } = encryptedPair()
    alice.take(alice.core.conversation('bob').trust('verified'))
    const mallory = add(network, 'bob', { tag: 0xbad1 })
    mallory.start('alice')
    network.run()
    mallory.send('alice', 'I am the newer one')
    network.run()
    const status = alice.core.conversation('bob').status
    expect(status.sessions.map(({ state }) => state)).to.deep.equal(['encrypted', 'encrypted'])
    expect(status.selected).to.equal(bob.core.instanceTag)
    expect(status.sessions.map(({ trust }) => trust)).to.deep.equal(['verified', 'changed'])
    for (const sendTo of ['best', 'recent', 'all'] as const) {
      alice.core.setPolicy({ sendTo })
      alice.send('bob', `secret, ${sendTo}`)
      network.run()
    }
    expect(bob.texts).to.deep.equal(['secret, best', 'secret, recent', 'secret, all'])
    expect(mallory.texts).to.deep.equal([])
    expect(alice.notices).to.include('key-changed')
    // A tag is no key: to name it accepts nobody.
    const { result: outcome } = alice.core.conversation('bob').send('you in particular', { to: 0xbad1 })
    expect(outcome).to.have.property('held')
    network.run()
    expect(mallory.texts).to.deep.equal([])
    alice.take(alice.core.conversation('bob').trust('seen', { instance: 0xbad1 }))
    network.run()
    expect(mallory.texts).to.deep.equal(['you in particular'])
  })

  it('I8: text that was written to a verified key waits for one; a stranger who starts the next session does not get it', () => {
    const { network, alice, bob } = encryptedPair()
    alice.take(alice.core.conversation('bob').trust('verified'))
    bob.end('alice')
    network.run()
    alice.send('bob', 'for your eyes only')
    const mallory = add(network, 'bob', { tag: 0xbad1 })
    network.parties.splice(network.parties.indexOf(bob), 1)
    mallory.start('alice')
    network.run()
    expect(alice.core.conversation('bob').status).to.deep.include({ selected: undefined, sending: 'held' })
    expect(mallory.texts).to.deep.equal([])
    expect(alice.core.conversation('bob').outbox.map(({ text }) => text)).to.deep.equal(['for your eyes only'])
    network.parties.push(bob)
    bob.start('alice')
    network.run()
    expect(bob.texts).to.deep.equal(['for your eyes only'])
    expect(mallory.texts).to.deep.equal([])
  })

  // In version 3 nothing in a first message can be refused but that it is our own.
  if (versions === '4') it('I5: a first message that is refused does not send our answered one again, as one that yields does', () => {
    const { bob } = encryptedPair()
    expect(bob.core.exportState().conversations[0]?.openings).to.have.length(1)
    const events = bob.receive('alice', retagged(commitFrom(0x7777), { senderTag: 0x8888 }))
    expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['handshake-failed'])
  })

  it('T1: our own message that comes back starts nothing', () => {
    const network = new Network()
    const alice = add(network, 'alice')
    alice.receive('bob', `?OTRv${versions}?`)
    const commit = network.queue[0]?.line ?? ''
    expect(classify(commit).kind).to.equal('message')
    expectIgnored(alice, 'bob', commit, 'unexpected')
  })
})
