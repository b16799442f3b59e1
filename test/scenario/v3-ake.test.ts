import { expect } from 'chai'
import { equalBytes } from '../../src/crypto/compare.js'
import { compareIntegers } from '../../src/crypto/integer.js'
import { abandonHandshake, adoptHandshake, endSession, sendMessage, startHandshake, runTimers, describeSession } from '../../src/v3/index.js'
import { SIDE_SESSION_SECONDS } from '../../src/v3/side-session.js'
import type { DhCommitMessage, DhKeyMessage } from '../../src/wire/index.js'
import { alice, bob, encryptedPair, overTheWire, Party, settle } from './v3-parties.js'

const start = (party: Party): void => { party.do(() => startHandshake(party.session, party.context)) }
const say = (party: Party, text: string): void => { party.do(() => sendMessage(party.session, { text }, party.context)) }

/** Two parties whose D-H Commit messages cross; `higher` is the one whose hash is the greater. */
function crossing(): { higher: Party, lower: Party, commits: { higher: DhCommitMessage, lower: DhCommitMessage } } {
  const a = new Party(alice, 'crossing alice', bob.instanceTag)
  const b = new Party(bob, 'crossing bob', alice.instanceTag)
  start(a)
  start(b)
  const [fromA, fromB] = [a.take()[0] as DhCommitMessage, b.take()[0] as DhCommitMessage]
  return compareIntegers(fromA.hashedGx, fromB.hashedGx) > 0
    ? { higher: a, lower: b, commits: { higher: fromA, lower: fromB } }
    : { higher: b, lower: a, commits: { higher: fromB, lower: fromA } }
}

describe('v3 AKE', () => {
  it('goes from plaintext over a handshake to one encrypted session with one session id', () => {
    const a = new Party(alice, 'a')
    const b = new Party(bob, 'b')
    start(a)
    expect(describeSession(a.session)).to.deep.equal({
      state: 'handshake', messageState: 'plaintext', committed: true, theirTag: 0, handshakeSince: a.now,
    })
    const commit = a.take()[0]!
    expect(commit).to.include({ kind: 'v3-dh-commit', senderTag: alice.instanceTag, receiverTag: 0 })
    b.receive(commit)
    expect(b.session.theirTag).to.equal(alice.instanceTag)
    a.receive(b.take()[0]!)
    expect(a.session.theirTag).to.equal(bob.instanceTag)
    b.receive(a.take()[0]!)
    expect(describeSession(b.session).state).to.equal('encrypted')
    a.receive(b.take()[0]!)
    expect([...a.said(), ...b.said()]).to.deep.equal([
      { type: 'state', state: 'handshake' }, { type: 'state', state: 'encrypted' },
      { type: 'state', state: 'handshake' }, { type: 'state', state: 'encrypted' },
    ])
    const [ofA, ofB] = [describeSession(a.session), describeSession(b.session)]
    expect(ofA.ssid).to.deep.equal(ofB.ssid)
    expect([ofA.ssidBold, ofB.ssidBold]).to.deep.equal(['first', 'second'])
    expect([ofA.initiator, ofB.initiator]).to.deep.equal([true, false])
    expect(ofA.theirPublicKey!.y).to.deep.equal(bob.dsa.y)
    expect(ofB.theirPublicKey!.y).to.deep.equal(alice.dsa.y)
  })

  it('resends the higher of two crossing commitments and answers it with the same D-H Key message each time', () => {
    const { higher, lower, commits } = crossing()
    higher.receive(commits.lower)
    const again = higher.take()
    expect(again).to.deep.equal([commits.higher])
    lower.receive(commits.higher)
    const first = lower.take()
    lower.receive(again[0]!)
    const second = lower.take()
    expect(first[0]!.kind).to.equal('v3-dh-key')
    expect(second).to.deep.equal(first)
    higher.receive(first[0]!)
    const reveal = higher.take()
    higher.receive(second[0]!)
    expect(higher.take()).to.deep.equal(reveal)
    lower.receive(reveal[0]!)
    higher.receive(lower.take()[0]!)
    expect(describeSession(higher.session).ssid).to.deep.equal(describeSession(lower.session).ssid)
  })

  it('uses the newest commitment while it waits for a Reveal Signature message', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    const b = new Party(bob, 'b', alice.instanceTag)
    start(a)
    b.receive(a.take()[0]!)
    const first = b.take()[0] as DhKeyMessage
    // Alice lost everything and begins again.
    const again = new Party(alice, 'again', bob.instanceTag)
    start(again)
    b.receive(again.take()[0]!)
    const second = b.take()[0] as DhKeyMessage
    expect(equalBytes(first.gy, second.gy)).to.equal(true)
    again.receive(second)
    settle(again, b)
    expect(describeSession(again.session).ssid).to.deep.equal(describeSession(b.session).ssid)
  })

  it('answers a new commitment with a new D-H Key message while it waits for a Signature message', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    const b = new Party(bob, 'b', alice.instanceTag)
    start(a)
    b.receive(a.take()[0]!)
    a.receive(b.take()[0]!)
    a.take()
    expect(a.session.ake.kind).to.equal('awaiting-signature')
    const again = new Party(bob, 'again', alice.instanceTag)
    start(again)
    a.receive(again.take()[0]!)
    expect(a.session.ake.kind).to.equal('awaiting-reveal-signature')
    expect(a.outgoing[0]!.kind).to.equal('v3-dh-key')
    settle(a, again)
    expect(describeSession(a.session).ssid).to.deep.equal(describeSession(again.session).ssid)
  })

  it('renews an existing session, which stays in use until the new one is established', () => {
    const { a, b } = encryptedPair()
    const old = describeSession(a.session).ssid
    start(b)
    expect(describeSession(b.session)).to.include({ state: 'encrypted', committed: true })
    say(a, 'under the old keys')
    const [text] = a.take()
    b.receive(text!)
    expect(b.said()).to.deep.equal([{ type: 'message', text: 'under the old keys' }])
    settle(a, b)
    expect(a.said()).to.deep.equal([{ type: 'state', state: 'encrypted' }])
    expect(describeSession(a.session).ssid).to.deep.equal(describeSession(b.session).ssid)
    expect(describeSession(a.session).ssid).to.not.deep.equal(old)
    expect(describeSession(b.session).initiator).to.equal(true)
    say(a, 'under the new ones')
    b.said()
    settle(a, b)
    expect(b.said()).to.deep.equal([{ type: 'message', text: 'under the new ones' }])
    say(b, 'and back')
    settle(a, b)
    expect(a.said()).to.deep.equal([{ type: 'message', text: 'and back' }])
    // The side that verified something with the MAC key of the old session reveals it when that session is no longer read.
    b.now += SIDE_SESSION_SECONDS + 1
    b.do(() => runTimers(b.session, b.context))
    say(b, 'a day later')
    settle(a, b)
    expect(a.said().map(({ type }) => type)).to.deep.equal(['message', 'revealed-mac-keys'])
  })

  it('starts again after the other side ended the session', () => {
    const { a, b } = encryptedPair()
    a.do(() => endSession(a.session, a.context))
    settle(a, b)
    expect([a.session.state, b.session.state]).to.deep.equal(['plaintext', 'finished'])
    start(b)
    expect(describeSession(b.session)).to.include({ state: 'handshake', messageState: 'finished' })
    settle(a, b)
    expect([a.session.state, b.session.state]).to.deep.equal(['encrypted', 'encrypted'])
  })

  it('gives every instance that answers one commitment a session of its own', () => {
    const a = new Party(alice, 'a')
    start(a)
    const commit = a.take()[0]!
    const answers = [0x1001, 0x1002].map((tag) => {
      const instance = new Party({ ...bob, instanceTag: tag }, `bob ${tag}`)
      instance.receive(commit)
      const own = new Party(alice, `alice ${tag}`)
      own.session = adoptHandshake(a.session, undefined, tag)
      expect(own.session.theirTag).to.equal(tag)
      return { instance, own }
    })
    for (const { instance, own } of answers) settle(own, instance)
    const ssids = answers.map(({ instance, own }) => {
      expect(describeSession(own.session).ssid).to.deep.equal(describeSession(instance.session).ssid)
      return describeSession(own.session).ssid
    })
    expect(ssids[0]).to.not.deep.equal(ssids[1])
    // The master still can be adopted: its secrets are its own.
    const third = new Party({ ...bob, instanceTag: 0x1003 }, 'bob 3')
    third.receive(commit)
    a.session = adoptHandshake(a.session, undefined, 0x1003)
    settle(a, third)
    expect(describeSession(a.session).state).to.equal('encrypted')
  })

  it('adopts nothing from a session that waits for nothing', () => {
    const { a } = encryptedPair()
    expect(adoptHandshake(a.session, undefined, 0x1001)).to.deep.equal({ state: 'plaintext', theirTag: 0x1001, ake: { kind: 'none' }, side: [] })
  })

  it('sends the same commitment again as long as nobody answers it', () => {
    const a = new Party(alice, 'a')
    start(a)
    a.now += 10
    start(a)
    const [first, second] = a.take()
    expect(second).to.deep.equal(first)
    expect(describeSession(a.session).handshakeSince).to.equal(a.now)
    expect(a.said()).to.deep.equal([{ type: 'state', state: 'handshake' }])
  })

  it('is given up, and begins again', () => {
    const a = new Party(alice, 'a')
    start(a)
    const [first] = a.take()
    a.said()
    a.do(() => abandonHandshake(a.session))
    expect(a.said()).to.deep.equal([{ type: 'state', state: 'plaintext' }])
    const idle = a.session
    expect(a.do(() => abandonHandshake(a.session)).state).to.equal(idle)
    start(a)
    expect(a.take()[0]).to.not.deep.equal(first)

    const { a: c } = encryptedPair()
    start(c)
    c.do(() => abandonHandshake(c.session))
    expect(c.said()).to.deep.equal([])
    expect(describeSession(c.session)).to.include({ state: 'encrypted', committed: false })
  })

  it('is over when our user ends the conversation in the middle of it', () => {
    const a = new Party(alice, 'a', bob.instanceTag)
    const b = new Party(bob, 'b', alice.instanceTag)
    start(a)
    b.receive(a.take()[0]!)
    a.receive(b.take()[0]!)
    a.said()
    a.do(() => endSession(a.session, a.context))
    expect(a.said()).to.deep.equal([{ type: 'state', state: 'plaintext' }])
    b.receive(a.take()[0]!)
    const signature = b.take()[0]!
    expect(a.receive(overTheWire(signature)).events).to.deep.equal([
      { type: 'notice', code: 'unexpected', detail: 'a Signature message that nobody waits for' },
    ])
    const { session } = a
    expect(a.do(() => endSession(a.session, a.context)).state).to.equal(session)
  })
})
