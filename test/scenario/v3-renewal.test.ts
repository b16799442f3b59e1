import { expect } from 'chai'
import { nextTimer, sendMessage, startHandshake, runTimers, describeSession } from '../../src/v3/index.js'
import { SIDE_SESSION_SECONDS, SIDE_SESSIONS } from '../../src/v3/side-session.js'
import type { DataMessageV3 } from '../../src/wire/index.js'
import { encryptedPair as clients } from '../support/network.js'
import { encryptedPair, settle, type Party } from './v3-parties.js'

const say = (party: Party, text: string): DataMessageV3 => {
  party.do(() => sendMessage(party.session, { text }, party.context))
  return party.outgoing.at(-1) as DataMessageV3
}

const texts = (party: Party): string[] =>
  party.said().flatMap((event) => event.type === 'message' ? [event.text] : event.type === 'notice' ? [event.code] : [])

describe('a session of version 3 that is renewed', () => {
  it('reads what was under way in both directions, whichever side began', () => {
    for (const begins of ['a', 'b'] as const) {
      const { a, b } = encryptedPair(`renewed by ${begins}`)
      for (let turn = 0; turn < 4; turn++) {
        say(turn % 2 === 0 ? a : b, 'x')
        settle(a, b)
      }
      a.said()
      b.said()
      const ssid = describeSession(a.session).ssid
      const starter = begins === 'a' ? a : b
      starter.do(() => startHandshake(starter.session, starter.context))
      // Before each message of the exchange both say something in the session that they are in then.
      const queues = { a: [] as ReturnType<Party['take']>, b: [] as ReturnType<Party['take']> }
      const said = { a: [] as string[], b: [] as string[] }
      for (let round = 0; round < 12; round++) {
        for (const [name, party] of [['a', a], ['b', b]] as const) {
          const text = `${name} ${round}`
          if (round < 9) {
            say(party, text)
            said[name].push(text)
          }
          queues[name].push(...party.take())
        }
        // All that the other side sent a round before arrives now.
        const [toB, toA] = [queues.a.splice(0, 2), queues.b.splice(0, 2)]
        for (const message of toB) b.receive(message)
        for (const message of toA) a.receive(message)
      }
      for (let rest = 0; rest < 20; rest++) {
        queues.a.push(...a.take())
        queues.b.push(...b.take())
        for (const message of queues.a.splice(0)) b.receive(message)
        for (const message of queues.b.splice(0)) a.receive(message)
      }
      expect(describeSession(a.session).ssid).to.deep.equal(describeSession(b.session).ssid)
      expect(describeSession(a.session).ssid).to.not.deep.equal(ssid)
      expect(texts(b), begins).to.deep.equal(said.a)
      expect(texts(a), begins).to.deep.equal(said.b)
    }
  })

  it('reads each of the keys that the other side may still have used', () => {
    const { a, b } = encryptedPair('keys')
    const late: DataMessageV3[] = []
    // With the first pair of keys, then with our second key, then with theirs: only the messages that rotate the keys arrive.
    late.push(say(b, 'one'), say(b, 'two'))
    b.take()
    say(a, 'rotate')
    settle(a, b)
    late.push(say(b, 'three'))
    b.take()
    expect(new Set(late.map(({ senderKeyId, recipientKeyId }) => `${senderKeyId}/${recipientKeyId}`)).size).to.equal(2)
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    a.said()
    for (const message of late) a.receive(message)
    expect(texts(a)).to.deep.equal(['one', 'two', 'three'])
    say(a, 'goes on')
    say(b, 'on both sides')
    settle(a, b)
    expect(texts(a)).to.deep.equal(['on both sides'])
    expect(texts(b).at(-1)).to.equal('goes on')
  })

  it('is forgotten after a day, by the clock, and when there are too many', () => {
    const { a, b } = encryptedPair('bounds')
    for (let renewal = 1; renewal <= SIDE_SESSIONS + 2; renewal++) {
      a.now += 10
      b.now += 10
      a.do(() => startHandshake(a.session, a.context))
      settle(a, b)
      expect(a.session.side.length).to.equal(Math.min(renewal, SIDE_SESSIONS))
    }
    const [oldest] = a.session.side
    const end = oldest!.since + SIDE_SESSION_SECONDS
    expect(nextTimer(a.session, {})).to.equal(end)
    a.now = end - 1
    a.do(() => runTimers(a.session, a.context))
    expect(a.session.side).to.have.length(SIDE_SESSIONS)
    a.now = end
    a.do(() => runTimers(a.session, a.context))
    expect(a.session.side).to.have.length(SIDE_SESSIONS - 1)
    expect(oldest!.keys.ours.privateKey.every((byte) => byte === 0)).to.equal(true)
    a.now = end + 1000
    a.do(() => runTimers(a.session, a.context))
    expect(a.session.side).to.deep.equal([])
    expect(nextTimer(a.session, {})).to.equal(undefined)
  })

  it('loses nothing between clients that both go on writing, however the lines cross', () => {
    const { network, alice, bob } = clients({ alice: { versions: '3' }, bob: { versions: '3' } })
    alice.send('bob', 'alice 0')
    bob.send('alice', 'bob 0')
    network.run()
    for (let round = 1; round <= 30; round++) {
      if (round % 5 === 0) (round % 2 === 0 ? alice : bob).start(round % 2 === 0 ? 'bob' : 'alice')
      alice.send('bob', `alice ${round}`)
      bob.send('alice', `bob ${round}`)
      // Some lines are always under way.
      for (let lines = 0; lines < 3 && network.queue.length > 2; lines++) network.deliver()
    }
    network.run()
    expect(bob.texts).to.deep.equal(Array.from({ length: 31 }, (_, n) => `alice ${n}`))
    expect(alice.texts).to.deep.equal(Array.from({ length: 31 }, (_, n) => `bob ${n}`))
    expect([...alice.notices, ...bob.notices]).to.not.include('unreadable')
    expect(alice.ssid('bob')).to.equal(bob.ssid('alice'))
  })
})
