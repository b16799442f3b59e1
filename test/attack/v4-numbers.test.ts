import { expect } from 'chai'
import { ratchetReceive, ratchetSend, type RatchetState } from '../../src/ratchet/index.js'
import { endSession, expireSession, sendExtraKey, nextTimer, abortSmp, startSmp, runTimers, type V4Encrypted } from '../../src/v4/index.js'
import { seededRandom } from '../support/seeded.js'
import { ratchetPair } from '../support/ratchet-pair.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { encryptedPair, overTheWire, texts, type V4Party } from '../support/v4-parties.js'

const LAST = 0xffff_ffff

/** Runs in the toy group: the ratchet's logic alone. */
const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

/** The same ratchet after `by` more rotations: a multiple of 3, so that the DH keys are in the same chains. */
function later<State extends RatchetState>(state: State, by: number): State {
  const { receiving } = state
  return {
    ...state,
    ratchetId: state.ratchetId + by,
    ...receiving !== undefined && { receiving: { ...receiving, ratchetId: receiving.ratchetId + by } },
    ...state.turn === 'theirs' && { sending: { ...state.sending, ratchetId: state.sending.ratchetId + by } },
  }
}

function shift(party: V4Party, by: number): void {
  const session = party.encrypted
  party.session = { ...session, ratchet: later(session.ratchet, by) }
}

/** Each says something; gives which of the two were read. */
function round(alice: V4Party, bob: V4Party): boolean[] {
  return ([[alice, bob], [bob, alice]] as const).map(([from, to]) => {
    const message = from.send('text')
    from.take()
    expect(overTheWire(message)).to.deep.equal(message)
    return texts(to.receive(message).events).length === 1
  })
}

/** Checks that every operation of a session works, and that it can end. */
function expectUsable(party: V4Party): void {
  party.options = { ...party.options, heartbeatAfter: 60 }
  party.session = { ...party.encrypted, heartbeatOwed: true }
  party.now += 61
  party.do(() => runTimers(party.session, party.context))
  const due = nextTimer(party.session, party.options)
  expect(due === undefined || due > party.now, 'a tick does what is due').to.equal(true)
  party.do(() => startSmp(party.session, { secret: 'secret' }, party.context))
  party.do(() => abortSmp(party.session, party.context))
  party.do(() => sendExtraKey(party.session, { use: 1, data: new Uint8Array(0) }, party.context))
  expect(expireSession(structuredClone(party.session), party.context).state.state).to.equal('finished')
  party.do(() => endSession(party.session, party.context))
  expect(party.session.state).to.equal('plaintext')
  const sent = party.take()
  expect(sent).to.have.length(5)
  for (const message of sent) expect(overTheWire(message)).to.deep.equal(message)
}

describe('numbers that grow, in version 4', () => {
  for (const before of [0, 3, 6]) {
    it(`A6: some rotations before the last ratchet id, ${before} more or less: both go on to send, and end`, toy(() => {
      const { alice, bob } = encryptedPair(`ids ${before}`)
      expect(round(alice, bob)).to.deep.equal([true, true])
      // LAST is a multiple of 3.
      for (const party of [alice, bob]) shift(party, LAST - 6 - before)
      const read = Array.from({ length: 12 }, () => round(alice, bob))
      // Whoever rotates last is not followed; the other one still is read.
      expect(read.slice(0, 2)).to.deep.equal([[true, true], [true, true]])
      expect(read.at(-1)!.filter(Boolean)).to.have.length(1)
      for (const party of [alice, bob]) {
        const { ratchet } = party.encrypted
        expect(ratchet.turn === 'theirs' && ratchet.sending.ratchetId).to.be.at.most(LAST)
        expectUsable(party)
      }
    }))
  }

  it('A6: a rotation that would leave no id for our answer is not followed, and costs nothing', toy(() => {
    const { alice, bob } = ratchetPair('interactive', seededRandom('last id'))
    for (let n = 0; n < 2; n++) {
      bob.receive(alice.send('a'))
      alice.receive(bob.send('b'))
    }
    bob.receive(alice.send('a'))
    alice.state = { ...alice.state, ratchetId: LAST }
    const { state } = alice
    expect(state.turn).to.equal('theirs')
    const header = { previousChain: 0, ratchetId: LAST, messageId: 0, ecdh: new Uint8Array(57).fill(1), dh: Uint8Array.of(5) }
    expect(ratchetReceive(state, header, { now: 0 })).to.deep.equal({ kind: 'refused', reason: 'unknown-ratchet' })
  }))

  it('A6: message ids and chain lengths as high as they can be are refused or read, and never thrown at', toy(() => {
    const { alice, bob } = encryptedPair('high')
    expect(round(alice, bob)).to.deep.equal([true, true])
    const genuine = alice.send('genuine')
    alice.take()
    if (genuine.kind !== 'v4-data') throw new Error('no data message')
    const { session } = bob
    for (const field of ['messageId', 'previousChain', 'ratchetId'] as const) {
      for (const value of [0, 1, 0x7fff_ffff, 0x8000_0000, LAST - 1, LAST]) {
        if (value === genuine[field]) continue
        expect(texts(bob.receive({ ...genuine, [field]: value }).events)).to.deep.equal([])
        expect(bob.session).to.equal(session)
      }
    }
    expect(texts(bob.receive(genuine).events)).to.deep.equal(['genuine'])
  }))

  it('A6: when no message can be made any more the session ends without one, timers still run, and only sending reports it', toy(() => {
    const spoilt = (): V4Party => {
      const { alice } = encryptedPair('spoilt')
      const session = alice.encrypted
      if (session.ratchet.turn !== 'theirs') throw new Error('Alice sends first')
      const ratchet = { ...session.ratchet, sending: { ...session.ratchet.sending, messageId: LAST } }
      alice.session = { ...session, ratchet, heartbeatOwed: true } satisfies V4Encrypted
      return alice
    }
    const alice = spoilt()
    expect(() => alice.send('x')).to.throw().with.property('code', 'OTR_CHAIN_EXHAUSTED')
    const options = { ...alice.options, heartbeatAfter: 60 }
    alice.now += 61
    alice.do(() => runTimers(alice.session, { ...alice.context, ...options }))
    expect(alice.take()).to.deep.equal([])
    expect(nextTimer(alice.session, options)).to.equal(undefined)
    const { ratchet } = alice.encrypted
    const { state, outgoing, events } = endSession(alice.session, alice.context)
    expect(state.state).to.equal('plaintext')
    expect(outgoing).to.deep.equal([])
    expect(events.map((event) => event.type === 'notice' ? event.code : event.type)).to.deep.equal(['state', 'internal'])
    expect(ratchet.rootKey.every((byte) => byte === 0)).to.equal(true)
    const expired = expireSession(spoilt().session, alice.context)
    expect(expired.state.state).to.equal('finished')
    expect(expired.outgoing).to.deep.equal([])
    const ids: RatchetState = { ...ratchetPair('interactive', seededRandom('x')).bob.state, ratchetId: LAST + 1 }
    expect(() => ratchetSend(ids, 'due', { random: seededRandom('y'), now: 0 })).to.throw().with.property('code', 'OTR_CHAIN_EXHAUSTED')
  }))

  it('A6: the end that the other side sends is the end, where we have nothing more to say it with', toy(() => {
    const { alice, bob } = encryptedPair('their end')
    const session = alice.encrypted
    if (session.ratchet.turn !== 'theirs') throw new Error('Alice sends first')
    // Bob does not rotate with the last message: so Alice answers in the chain that she has.
    bob.receive(alice.send('x'))
    alice.take()
    const standing = alice.encrypted
    if (standing.ratchet.turn !== 'theirs') throw new Error('Bob has not written')
    alice.receive(bob.send('y'))
    bob.take()
    const ours = alice.encrypted
    if (ours.ratchet.turn !== 'ours') throw new Error('Bob has written')
    alice.session = { ...ours, ratchet: { ...ours.ratchet, ratchetId: LAST + 1 } }
    bob.do(() => endSession(bob.session, bob.context))
    const { events } = alice.receive(bob.takeOne('v4-data'))
    expect(alice.session.state).to.equal('finished')
    expect(events.at(-1)).to.deep.equal({ type: 'state', state: 'finished' })
  }))
})
