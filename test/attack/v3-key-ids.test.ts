import { expect } from 'chai'
import { endSession, sendExtraKey, nextTimer, sendMessage, abortSmp, startSmp, startHandshake, runTimers } from '../../src/v3/index.js'
import { wipeKeys } from '../../src/v3/key-management.js'
import type { DataMessageV3 } from '../../src/wire/index.js'
import { inBothVersions, encryptedPair, overTheWire, settle, spokenVersion, type Party } from '../scenario/v3-parties.js'
import { craftData, encryptedOf, pairWithKeyId } from '../support/v3-crafted.js'

const LAST = 0xffff_ffff

const say = (party: Party, text: string): DataMessageV3 => {
  party.do(() => sendMessage(party.session, { text }, party.context))
  return party.take()[0] as DataMessageV3
}

/** Each side sends a message that the other reads, `rounds` times. */
function talk(a: Party, b: Party, rounds: number): void {
  for (let n = 0; n < rounds; n++) {
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const text = `${n} of ${from.account.instanceTag}`
      expect(to.receive(say(from, text)).events[0]).to.deep.equal({ type: 'message', text })
    }
  }
}

/** Checks that every operation of a session works and sends valid messages; at last the session ends, and the other side reads that. */
function expectUsable(party: Party, other: Party): void {
  talk(other, party, 3)
  party.options = { heartbeatAfter: 60 }
  party.receive(say(other, 'wants a heartbeat'))
  party.now += 61
  expect(nextTimer(party.session, party.options)).to.equal(party.now - 1)
  party.do(() => runTimers(party.session, party.context))
  expect(encryptedOf(party).heartbeatOwed, 'the heartbeat went out').to.equal(false)
  party.do(() => startSmp(party.session, { secret: 'a secret' }, party.context))
  party.do(() => abortSmp(party.session, party.context))
  if (spokenVersion() === 3) expect(party.do(() => sendExtraKey(party.session, { use: 1, data: new Uint8Array(0) }, party.context)).key).to.have.length(32)
  for (const message of party.take()) {
    expect(overTheWire(message)).to.deep.equal(message)
    other.receive(message)
  }
  other.take()
  other.said()
  party.do(() => endSession(party.session, party.context))
  expect(party.session.state).to.equal('plaintext')
  const [last, ...more] = party.take()
  expect(more).to.deep.equal([])
  expect(other.receive(last!).events.map((event) => event.type === 'state' ? event.state : event.type)).to.include('finished')
}

inBothVersions('numbers that a correspondent announces, in version 3', () => {
  for (const role of ['begins', 'answers'] as const) {
    for (const keyId of [LAST, LAST - 1, LAST - 2, 1]) {
      it(`A6: the first key of the side that ${role} the key exchange has number ${keyId}: every operation still works, and ending too`, () => {
        const { a, b } = pairWithKeyId(keyId, role)
        talk(a, b, 6)
        expect(encryptedOf(b).keys.theirKeyId).to.be.at.most(LAST)
        expectUsable(b, a)
      })
    }
  }

  it('A6: the smallest case: one message under key 2^32 - 1, and then one of ours, a tick, the end', () => {
    const { a, b } = pairWithKeyId(LAST, 'begins')
    b.options = { heartbeatAfter: 60 }
    expect(b.receive(say(a, 'x')).events).to.deep.equal([{ type: 'message', text: 'x' }])
    b.now += 60
    b.do(() => runTimers(b.session, b.context))
    expect(nextTimer(b.session, b.options)).to.equal(undefined)
    expect(say(b, 'y')).to.include({ recipientKeyId: LAST })
    expect(b.do(() => endSession(b.session, b.context)).outgoing).to.have.length(1)
    expect(b.session.state).to.equal('plaintext')
  })

  it('A6: our own serial number has come to 2^32 - 1: the session goes on with the keys that it has', () => {
    const { a, b } = encryptedPair('our last')
    const bs = encryptedOf(b)
    const as = encryptedOf(a)
    b.session = { ...bs, keys: { ...bs.keys, ourKeyId: LAST - 1 } }
    a.session = { ...as, keys: { ...as.keys, theirKeyId: LAST - 2 } }
    talk(a, b, 8)
    expect(encryptedOf(b).keys.ourKeyId).to.equal(LAST)
    const { privateKey } = encryptedOf(b).keys.ours
    talk(a, b, 3)
    expect(encryptedOf(b).keys.ours.privateKey, 'no later key').to.equal(privateKey)
    expectUsable(b, a)
  })

  it('A6: a session that is renewed by a key exchange goes on from any number', () => {
    const { a, b } = pairWithKeyId(LAST, 'begins')
    talk(a, b, 2)
    b.do(() => startHandshake(b.session, b.context))
    settle(a, b)
    talk(a, b, 2)
    expectUsable(b, a)
  })

  it('A6: the highest counter there is leaves the pair of keys unread, and harms nothing else', () => {
    const { a, b } = encryptedPair('counter')
    const { keys } = encryptedOf(b)
    const highest = craftData(b, { recipientKeyId: keys.ourKeyId - 1, nextDh: encryptedOf(a).keys.ours.publicKey, counter: LAST, text: 'high' })
    expect(b.receive(highest).events[0]).to.deep.equal({ type: 'message', text: 'high' })
    expect(b.receive(say(a, 'lower')).events[0]).to.include({ code: 'duplicate' })
    a.receive(say(b, 'and so the keys change'))
    talk(a, b, 2)
    expectUsable(b, a)
  })

  it('A6: where the last message cannot be made at all, the session ends without it, and says so', () => {
    for (const spoil of ['counter', 'keys'] as const) {
      const { b } = encryptedPair(`spoilt ${spoil}`)
      const session = encryptedOf(b)
      const { keys } = session
      if (spoil === 'keys') wipeKeys(keys)
      else {
        const used = [{ ourKeyId: keys.ourKeyId - 1, theirKeyId: keys.theirKeyId, sent: Number.MAX_SAFE_INTEGER, received: undefined }]
        b.session = { ...session, keys: { ...keys, used } }
      }
      const { state, outgoing, events } = endSession(b.session, b.context)
      expect(state).to.deep.equal({ state: 'plaintext', theirTag: session.theirTag, ake: { kind: 'none' }, side: [] })
      expect(outgoing).to.deep.equal([])
      expect(events[0]).to.deep.equal({ type: 'state', state: 'plaintext' })
      expect(events[1]).to.include({ type: 'notice', code: 'internal' })
      expect(keys.ours.privateKey.every((byte) => byte === 0) && keys.oursPrevious.privateKey.every((byte) => byte === 0)).to.equal(true)
    }
  })
})
