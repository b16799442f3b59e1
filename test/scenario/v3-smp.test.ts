import { expect } from 'chai'
import { endSession, sendMessage, abortSmp, answerSmp, startSmp, startHandshake, describeSession } from '../../src/v3/index.js'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import { SMP_QUESTION_LENGTH } from '../../src/smp/index.js'
import { encryptedPair, settle, type Party } from './v3-parties.js'

const begin = (party: Party, secret: string | Uint8Array, question?: string): void => {
  party.do(() => startSmp(party.session, { secret, question }, party.context))
}
const answer = (party: Party, secret: string | Uint8Array): void => {
  party.do(() => answerSmp(party.session, secret, party.context))
}
const smpOf = (party: Party): ProtocolEvent[] => party.said().filter(({ type }) => type === 'smp')
const ends = (party: Party): string[] => smpOf(party).map((event) => event.type === 'smp' ? event.event : '')

describe('v3 SMP', () => {
  for (const [secret, result] of [['the café', 'succeeded'], ['another place', 'failed']] as const) {
    for (const question of [undefined, 'Where did we meet? 😀', '']) {
      it(`${result}, asked ${question === undefined ? 'without a question' : `«${question}»`}, begun by either side`, () => {
        const { a, b } = encryptedPair()
        for (const [from, to] of [[a, b], [b, a]] as const) {
          begin(from, 'the café', question)
          settle(a, b)
          expect(smpOf(to)).to.deep.equal([{ type: 'smp', event: 'asked', attempts: 1, ...(question === undefined ? {} : { question }) }])
          answer(to, secret)
          settle(a, b)
          expect(ends(from)).to.deep.equal(['in-progress', result])
          expect(ends(to)).to.deep.equal([result])
        }
        expect([describeSession(a.session).smp, describeSession(b.session).smp]).to.deep.equal(['expect1', 'expect1'])
      })
    }
  }

  it('flags its messages IGNORE_UNREADABLE and puts each in a data message of its own', () => {
    const { a, b } = encryptedPair()
    begin(a, 'x')
    begin(a, 'y')
    const messages = a.take()
    expect(messages.map((message) => message.kind === 'v3-data' && message.flags)).to.deep.equal([1, 1, 1])
    for (const message of messages) b.receive(message)
    // The first attempt, its abort, the second attempt.
    expect(ends(b)).to.deep.equal(['asked', 'aborted', 'asked'])
    expect(ends(a)).to.deep.equal(['aborted'])
  })

  it('S8: compares composed and decomposed characters as equal, and bytes as they are', () => {
    const { a, b } = encryptedPair()
    begin(a, 'caf\u00e9')
    settle(a, b)
    answer(b, 'cafe\u0301')
    settle(a, b)
    expect(ends(a)).to.include('succeeded')
    begin(a, new TextEncoder().encode('caf\u00e9'))
    settle(a, b)
    answer(b, 'caf\u00e9')
    settle(a, b)
    expect(ends(a)).to.include('succeeded')
    begin(a, new TextEncoder().encode('cafe\u0301'))
    settle(a, b)
    answer(b, 'cafe\u0301')
    settle(a, b)
    expect(ends(a)).to.include('failed')
  })

  it('leaves the bytes that the application passes unchanged', () => {
    const { a } = encryptedPair()
    const secret = Uint8Array.of(1, 2, 3)
    begin(a, secret)
    expect(secret).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('is aborted by either user, and said once on each side', () => {
    const { a, b } = encryptedPair()
    const abort = (party: Party): void => { party.do(() => abortSmp(party.session, party.context)) }
    begin(a, 'x')
    settle(a, b)
    b.said()
    abort(b)
    settle(a, b)
    expect([ends(a), ends(b)]).to.deep.equal([['aborted'], ['aborted']])
    begin(a, 'x')
    settle(a, b)
    b.said()
    abort(a)
    settle(a, b)
    expect([ends(a), ends(b)]).to.deep.equal([['aborted'], ['aborted']])
    // Even with nothing under way the other side is told, and answers nothing.
    abort(a)
    expect(a.outgoing.length).to.equal(1)
    settle(a, b)
    expect([ends(a), ends(b)]).to.deep.equal([[], []])
  })

  it('begun by both at the same time is aborted on both sides, and the one with the lower instance tag asks again', () => {
    for (const beginners of ['ab', 'ba']) {
      const { a, b } = encryptedPair()
      for (const one of beginners) begin(one === 'a' ? a : b, 'x')
      settle(a, b)
      // Alice has the lower tag: nothing changed for her, and Bob is asked.
      expect([ends(a), ends(b)]).to.deep.equal([[], ['aborted', 'asked']])
      answer(b, 'x')
      settle(a, b)
      expect([ends(a), ends(b)]).to.deep.equal([['in-progress', 'succeeded'], ['succeeded']])
    }
  })

  it('goes on while messages are exchanged and keys rotate', () => {
    const { a, b } = encryptedPair()
    begin(a, 'x')
    for (let i = 0; i < 6; i++) {
      const party = i % 2 === 0 ? b : a
      party.do(() => sendMessage(party.session, { text: 'meanwhile' }, party.context))
      settle(a, b)
    }
    answer(b, 'x')
    settle(a, b)
    expect(ends(a)).to.deep.equal(['in-progress', 'succeeded'])
  })

  it('cannot be answered when nobody asked, nor begun without a session', () => {
    const { a, b } = encryptedPair()
    expect(() => { answer(b, 'x') }).to.throw().with.property('code', 'OTR_SMP_NOT_ASKED')
    begin(a, 'x')
    expect(() => { answer(a, 'x') }).to.throw().with.property('code', 'OTR_SMP_NOT_ASKED')
    a.do(() => endSession(a.session, a.context))
    expect(() => { begin(a, 'x') }).to.throw().with.property('code', 'OTR_NOT_ENCRYPTED')
  })

  it('refuses questions that cannot be sent', () => {
    const { a } = encryptedPair()
    const { session } = a
    for (const question of ['a\0b', 'x'.repeat(SMP_QUESTION_LENGTH + 1)]) {
      expect(() => { begin(a, 'x', question) }).to.throw().with.property('code', 'OTR_SMP_QUESTION')
    }
    expect(a.session).to.equal(session)
  })

  it('ends with the session it runs in: ended, or replaced by a new one', () => {
    const { a, b } = encryptedPair()
    begin(a, 'x')
    settle(a, b)
    expect(ends(b)).to.deep.equal(['asked'])
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    expect([ends(a), ends(b)]).to.deep.equal([['aborted'], ['aborted']])
    begin(a, 'x')
    settle(a, b)
    b.said()
    a.do(() => endSession(a.session, a.context))
    settle(a, b)
    expect([ends(a), ends(b)]).to.deep.equal([['aborted'], ['aborted']])
  })
})
