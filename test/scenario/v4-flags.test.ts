import { expect } from 'chai'
import { abortSmp, answerSmp, endSession, expireSession, runTimers, sendExtraKey, sendMessage, startSmp } from '../../src/v4/index.js'
import { IGNORE_UNREADABLE, type DataMessageV4 } from '../../src/wire/index.js'
import { encryptedPair, type V4Party } from '../support/v4-parties.js'

/** Takes one data message to send, and its flags. */
function flagsOf(party: V4Party): { readonly message: DataMessageV4, readonly flags: number } {
  const message = party.takeOne('v4-data')
  return { message, flags: message.flags }
}

describe('flags of version 4', () => {
  it('IGNORE_UNREADABLE is set on all four messages of SMP, on its abort, and on the announcement of an extra key', () => {
    const { alice, bob } = encryptedPair('flags of SMP')
    alice.do(({ session, context }) => startSmp(session, { secret: 'word' }, context))
    const one = flagsOf(alice)
    bob.receive(one.message)
    bob.do(({ session, context }) => answerSmp(session, 'word', context))
    const two = flagsOf(bob)
    alice.receive(two.message)
    const three = flagsOf(alice)
    bob.receive(three.message)
    const four = flagsOf(bob)
    alice.receive(four.message)
    alice.do(({ session, context }) => abortSmp(session, context))
    const abort = flagsOf(alice)
    alice.do(({ session, context }) => sendExtraKey(session, { use: 1, data: new Uint8Array(0) }, context))
    const extraKey = flagsOf(alice)
    for (const { flags } of [one, two, three, four, abort, extraKey]) expect(flags).to.equal(IGNORE_UNREADABLE)
  })

  it('IGNORE_UNREADABLE is set on the end of a session, by the person or by time, on the answer to it, and on heartbeats; not on text', () => {
    const { alice, bob } = encryptedPair('flags of the end')
    bob.options = { ...bob.options, heartbeatAfter: 60 }
    alice.do(({ session, context }) => sendMessage(session, { text: 'text' }, context))
    const text = flagsOf(alice)
    bob.receive(text.message)
    bob.now += 61
    bob.do(({ session, context }) => runTimers(session, context))
    const heartbeat = flagsOf(bob)
    alice.do(({ session, context }) => endSession(session, context))
    const end = flagsOf(alice)
    bob.receive(end.message)
    const answer = flagsOf(bob)
    const other = encryptedPair('flags of the expiry')
    other.alice.do(({ session, context }) => expireSession(session, context))
    const expired = flagsOf(other.alice)
    for (const { flags } of [heartbeat, end, answer, expired]) expect(flags).to.equal(IGNORE_UNREADABLE)
    expect(text.flags).to.equal(0)
  })
})
