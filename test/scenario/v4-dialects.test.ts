import { expect } from 'chai'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import {
  abandonHandshake, endSession, createSession, nextTimer, answerSmp, startSmp, runTimers, type LearnedDialect, type V4Dialect,
} from '../../src/v4/index.js'
import { javaGroupKey, rfc6979Key } from '../support/dsa.js'
import { notices, settle, strangers, talk, type V4Party } from '../support/v4-parties.js'

const all: readonly V4Dialect[] = ['spec', 'otrr', 'otr4j', 'auto']
const ringForm = { spec: 'bare', otrr: 'data', otr4j: 'data' } as const
const smpForm = { spec: 'pruned', otrr: 'pruned', otr4j: 'wide', auto: 'pruned' } as const

/** Two parties who have not met, each with a dialect of its own. Bob will send the Identity message. */
function pair(alice: V4Dialect, bob: V4Dialect, seed = `${alice} ${bob}`): { alice: V4Party, bob: V4Party } {
  return strangers(seed, { alice: { dialect: alice }, bob: { dialect: bob } })
}

/** Advances the clock for both, and runs the timers that are due. */
function wait(seconds: number, ...parties: V4Party[]): void {
  for (const party of parties) {
    party.now += seconds
    party.do((p) => runTimers(p.session, p.context))
  }
}

/** One SMP that this party begins. Returns the outcome on both sides. */
function smp(asking: V4Party, asked: V4Party, secrets: readonly [string, string] = ['secret', 'secret']): [string[], string[]] {
  asking.do((p) => startSmp(p.session, { secret: secrets[0] }, p.context))
  settle(asking, asked)
  asked.said()
  asked.do((p) => answerSmp(p.session, secrets[1], p.context))
  settle(asking, asked)
  const result = (events: readonly ProtocolEvent[]): string[] => [
    ...events.flatMap((event) => event.type === 'smp' && event.event !== 'in-progress' ? [event.event] : []), ...notices(events),
  ]
  return [result(asking.said()), result(asked.said())]
}

const isEncrypted = (...parties: V4Party[]): boolean => parties.every(({ session }) => session.state === 'encrypted')

/** Both end the session and begin again, with nothing but what they have learned. */
function meetAgain(alice: V4Party, bob: V4Party, begins: V4Party): void {
  alice.do(() => endSession(alice.session, alice.context))
  settle(alice, bob)
  for (const party of [alice, bob]) {
    party.session = createSession({ theirTag: 0, learned: structuredClone(party.session.learned) })
    party.said()
  }
  begins.start()
  settle(alice, bob)
}

describe('dialects of version 4 between two of ours', () => {
  describe('which dialects understand each other', () => {
    for (const answerer of all) {
      for (const initiator of all) {
        const common = answerer === 'auto' || initiator === 'auto' || ringForm[answerer] === ringForm[initiator]
        const late = answerer === 'auto' && initiator !== 'auto' && ringForm[initiator] === 'data'
        it(`${initiator} begins with ${answerer}: ${!common ? 'never' : late ? 'after three seconds' : 'at once'}`, () => {
          const { alice, bob } = pair(answerer, initiator)
          bob.start()
          settle(alice, bob)
          expect(isEncrypted(alice, bob)).to.equal(common && !late)
          if (!common) {
            expect(notices(bob.said())).to.deep.equal(['handshake-failed'])
            expect(nextTimer(alice.session, {})).to.equal(undefined)
            wait(4, alice, bob)
            settle(alice, bob)
            expect([alice.session.dake.kind, bob.session.dake.kind]).to.deep.equal(['awaiting-auth-i', 'awaiting-auth-r'])
            return
          }
          if (late) {
            wait(2.9, alice, bob)
            expect(alice.outgoing).to.have.length(0)
            expect(nextTimer(alice.session, {})).to.equal(alice.now + 0.1)
            wait(0.1, alice, bob)
            settle(alice, bob)
            expect(nextTimer(alice.session, {})).to.equal(undefined)
          }
          expect(isEncrypted(alice, bob)).to.equal(true)
          const form = answerer !== 'auto' ? ringForm[answerer] : initiator !== 'auto' ? ringForm[initiator] : 'bare'
          expect([alice.session.learned.ring, bob.session.learned.ring]).to.deep.equal([form, form])
          talk(alice, bob, 2)
        })
      }
    }

    for (const asking of all) {
      for (const asked of all) {
        // They have no session to ask in.
        if (asking !== 'auto' && asked !== 'auto' && ringForm[asking] !== ringForm[asked]) continue
        it(`SMP that ${asking} asks ${asked}`, () => {
          const { alice, bob } = pair(asked, asking)
          bob.start()
          settle(alice, bob)
          wait(4, alice, bob)
          settle(alice, bob)
          alice.said()
          bob.said()
          const result = smp(bob, alice)
          if (smpForm[asking] === smpForm[asked]) {
            expect(result).to.deep.equal([['succeeded'], ['succeeded']])
            return
          }
          // A side that adapts says so; a side with a fixed dialect speaks that one.
          const adapts = (dialect: V4Dialect): string[] => dialect === 'auto' ? ['failed', 'smp-dialect'] : ['failed']
          expect(result).to.deep.equal([adapts(asking), adapts(asked)])
          const second = smp(bob, alice)
          const expected = asking === 'auto' || asked === 'auto' ? ['succeeded'] : ['failed']
          expect(second).to.deep.equal([expected, expected])
        })
      }
    }
  })

  describe('the answer once more, in the other form', () => {
    it('is sent once, with the same keys, and only the signature is another', () => {
      const { alice, bob } = pair('auto', 'otrr')
      bob.start()
      const identity = bob.takeOne('v4-identity')
      alice.receive(identity)
      const first = alice.takeOne('v4-auth-r')
      wait(3, alice)
      const second = alice.takeOne('v4-auth-r')
      expect({ ...second, sigma: first.sigma }).to.deep.equal(first)
      expect(second.sigma).to.not.deep.equal(first.sigma)
      wait(3, alice)
      wait(1000, alice)
      expect(alice.outgoing).to.have.length(0)
      // The same Identity again gets the answer of last.
      alice.receive(identity)
      expect(alice.takeOne('v4-auth-r')).to.deep.equal(second)
      bob.receive(second)
      settle(alice, bob)
      talk(alice, bob)
    })

    it('is ignored by one who took the first, and an Auth-I to the first still completes', () => {
      const { alice, bob } = pair('auto', 'spec')
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.receive(alice.takeOne('v4-auth-r'))
      wait(3, alice)
      const { outgoing, events } = bob.receive(alice.takeOne('v4-auth-r'))
      expect(outgoing).to.have.length(0)
      expect(notices(events)).to.deep.equal(['unexpected'])
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      expect(alice.session.learned).to.deep.equal({ ring: 'bare' })
      talk(alice, bob)
    })

    it('a correspondent who begins again is answered in the other form at once', () => {
      const { alice, bob } = pair('auto', 'otr4j')
      bob.start()
      settle(alice, bob)
      expect(isEncrypted(bob)).to.equal(false)
      bob.do(() => abandonHandshake(bob.session))
      bob.start()
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      expect(alice.session.learned.ring).to.equal('data')
      talk(alice, bob)
    })
  })

  describe('what a profile reveals', () => {
    const otr4j = { dialect: 'otr4j', account: { dsa: javaGroupKey } } as const
    const meet = (options: Parameters<typeof strangers>[1]): ReturnType<typeof pair> => strangers('told', options)

    it('a version 3 key made by Java is otr4j: first contact succeeds at once, whichever side begins, and so does the first SMP', () => {
      for (const begins of ['alice', 'bob'] as const) {
        const { alice, bob } = meet({ alice: { dialect: 'auto' }, bob: otr4j })
        const starter = begins === 'alice' ? alice : bob
        starter.start()
        settle(alice, bob)
        expect(isEncrypted(alice, bob)).to.equal(true)
        expect(alice.session.learned).to.deep.equal({ ring: 'data', smpSecret: 'wide' })
        talk(alice, bob)
        alice.said()
        expect(smp(bob, alice)).to.deep.equal([['succeeded'], ['succeeded']])
        expect(alice.session.learned).to.deep.equal({ ring: 'data', smpSecret: 'wide', smpConfirmed: true })
      }
    })

    it('when it begins again, because lines were lost, the answer is in the same form', () => {
      const { alice, bob } = meet({ alice: { dialect: 'auto' }, bob: otr4j })
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      alice.takeOne('v4-auth-r')
      bob.do(() => abandonHandshake(bob.session))
      bob.start()
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
    })

    it('it decides only what is tried first: a program that signs as the draft says has a session after three seconds, and the next at once', () => {
      const { alice, bob } = meet({ alice: { dialect: 'auto' }, bob: { dialect: 'spec', account: { dsa: javaGroupKey } } })
      bob.start()
      settle(alice, bob)
      expect(isEncrypted(bob)).to.equal(false)
      wait(3, alice, bob)
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      expect(alice.session.learned).to.deep.equal({ ring: 'bare' })
      meetAgain(alice, bob, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      alice.said()
      expect(smp(bob, alice)).to.deep.equal([['succeeded'], ['succeeded']])
    })

    it('if the application has fixed a dialect, nothing is reported', () => {
      const { alice, bob } = meet({ alice: { dialect: 'otrr' }, bob: otr4j })
      bob.start()
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      expect(alice.session.learned).to.deep.equal({ ring: 'data' })
    })

    it('a key in a group of its own, or none, reveals nothing: the draft\'s form is first', () => {
      for (const account of [{ dsa: rfc6979Key }, {}]) {
        const { alice, bob } = meet({ alice: { dialect: 'auto' }, bob: { dialect: 'spec', account } })
        bob.start()
        settle(alice, bob)
        expect(isEncrypted(alice, bob)).to.equal(true)
        expect(alice.session.learned).to.deep.equal({ ring: 'bare' })
      }
    })
  })

  describe('what is remembered', () => {
    it('the form of the ring signature: the next answer is in it at once', () => {
      const { alice, bob } = pair('auto', 'otr4j')
      bob.start()
      settle(alice, bob)
      wait(3, alice, bob)
      settle(alice, bob)
      expect(alice.session.learned).to.deep.equal({ ring: 'data' })
      meetAgain(alice, bob, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      talk(alice, bob)
    })

    it('a correspondent who has changed to another program is understood again, and what was learned of its SMP is void', () => {
      const { alice, bob } = pair('auto', 'otr4j')
      bob.start()
      settle(alice, bob)
      wait(3, alice, bob)
      settle(alice, bob)
      alice.said()
      expect(smp(alice, bob)[0]).to.deep.equal(['failed', 'smp-dialect'])
      expect(smp(alice, bob)[0]).to.deep.equal(['succeeded'])
      expect(alice.session.learned).to.deep.equal({ ring: 'data', smpSecret: 'wide', smpConfirmed: true })
      bob.options = { ...bob.options, dialect: 'spec' }
      meetAgain(alice, bob, bob)
      expect(isEncrypted(bob)).to.equal(false)
      wait(3, alice, bob)
      settle(alice, bob)
      expect(isEncrypted(alice, bob)).to.equal(true)
      expect(alice.session.learned).to.deep.equal({ ring: 'bare' })
      alice.said()
      expect(smp(alice, bob)[0]).to.deep.equal(['succeeded'])
    })

    it('the form of the SMP secret that succeeded, over sessions; one wrong word does not shake it, a second failure does', () => {
      const { alice, bob } = pair('otr4j', 'auto')
      bob.start()
      settle(alice, bob)
      bob.said()
      expect(smp(bob, alice)).to.deep.equal([['failed', 'smp-dialect'], ['failed']])
      expect(smp(bob, alice)).to.deep.equal([['succeeded'], ['succeeded']])
      meetAgain(alice, bob, bob)
      bob.said()
      expect(smp(bob, alice, ['right', 'wrong'])).to.deep.equal([['failed'], ['failed']])
      expect(smp(alice, bob)).to.deep.equal([['succeeded'], ['succeeded']])
      // The correspondent has another program now, which signs alike.
      alice.options = { ...alice.options, dialect: 'otrr' }
      expect(smp(bob, alice)[0]).to.deep.equal(['failed'])
      expect(smp(bob, alice)[0]).to.deep.equal(['failed', 'smp-dialect'])
      expect(smp(bob, alice)[0]).to.deep.equal(['succeeded'])
      expect(bob.session.learned).to.deep.equal({ ring: 'data', smpSecret: 'pruned', smpConfirmed: true })
    })

    it('between two that both adapt, a wrong word makes both try the other form: the right one then succeeds', () => {
      const { alice, bob } = pair('auto', 'auto')
      const learned: LearnedDialect = { ring: 'data' }
      for (const party of [alice, bob]) party.session = createSession({ theirTag: 0, learned })
      bob.start()
      settle(alice, bob)
      expect([alice.session.learned, bob.session.learned]).to.deep.equal([learned, learned])
      alice.said()
      bob.said()
      expect(smp(bob, alice, ['right', 'wrong'])).to.deep.equal([['failed', 'smp-dialect'], ['failed', 'smp-dialect']])
      expect(smp(alice, bob)).to.deep.equal([['succeeded'], ['succeeded']])
    })

    it('with one who signs as the specification says, a failure of SMP is a wrong word and nothing else', () => {
      const { alice, bob } = pair('auto', 'auto')
      bob.start()
      settle(alice, bob)
      alice.said()
      bob.said()
      expect(smp(bob, alice, ['right', 'wrong'])).to.deep.equal([['failed'], ['failed']])
      expect(smp(bob, alice)).to.deep.equal([['succeeded'], ['succeeded']])
    })
  })
})
