import { expect } from 'chai'
import type { RandomSource } from '../../src/crypto/index.js'
import { OtrError } from '../../src/errors.js'
import { defaultRatchetLimits } from '../../src/ratchet/index.js'
import {
  endSession, expireSession, sendExtraKey, receiveMessage, sendMessage, answerSmp, startSmp, startHandshake, runTimers, type V4Step,
} from '../../src/v4/index.js'
import { isWiped, reachable, watchedRandom, watchingArithmetic, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { encryptedPair, notices, overTheWire, settle, strangers, talk, texts, type V4Party } from '../support/v4-parties.js'

/** One operation that draws randomness: which party does it, and how to check that everything works after it. */
interface Operation {
  readonly party: V4Party
  readonly run: () => V4Step
  readonly check: () => void
}

const operations: readonly (readonly [name: string, prepare: () => Operation])[] = [
  ['starting', () => {
    const { alice, bob } = strangers()
    return { party: bob, run: () => startHandshake(bob.session, bob.context), check: () => { settle(alice, bob); talk(alice, bob) } }
  }],
  ['receiving an Identity message', () => {
    const { alice, bob } = strangers()
    bob.start()
    return receiving(alice, bob)
  }],
  ['receiving an Identity message that crosses ours and wins', () => {
    for (let n = 0; ; n++) {
      const { alice, bob } = strangers(`crossing ${n}`)
      alice.start()
      alice.take()
      bob.start()
      const [message] = bob.outgoing
      const trial = receiveMessage(structuredClone(alice.session), overTheWire(message!), alice.context)
      if (trial.outgoing[0]?.kind === 'v4-auth-r') return receiving(alice, bob)
    }
  }],
  ['receiving an Identity message in an encrypted session', () => {
    const { alice, bob } = encryptedPair()
    bob.start()
    return receiving(alice, bob)
  }],
  ['receiving an Auth-R message', () => {
    const { alice, bob } = strangers()
    bob.start()
    alice.receive(bob.takeOne('v4-identity'))
    return receiving(bob, alice)
  }],
  ['receiving an Auth-R message in an encrypted session', () => {
    const { alice, bob } = encryptedPair()
    bob.start()
    alice.receive(bob.takeOne('v4-identity'))
    return receiving(bob, alice)
  }],
  ['sending the first message of a chain', () => {
    const { alice, bob } = encryptedPair()
    talk(bob, alice)
    return { party: bob, run: () => sendMessage(bob.session, { text: 'x' }, bob.context), check: () => { settle(alice, bob); talk(alice, bob) } }
  }],
  ['an extra symmetric key', () => {
    const { alice, bob } = encryptedPair()
    talk(bob, alice)
    return {
      party: bob, run: () => sendExtraKey(bob.session, { use: 1, data: new Uint8Array(0) }, bob.context), check: () => { settle(alice, bob); talk(alice, bob) },
    }
  }],
  ['ending', () => {
    const { alice, bob } = encryptedPair()
    talk(bob, alice)
    return {
      party: bob, run: () => endSession(bob.session, bob.context),
      check: () => { settle(alice, bob); expect([alice.session.state, bob.session.state]).to.deep.equal(['finished', 'plaintext']) },
    }
  }],
  ['expiring', () => {
    const { alice, bob } = encryptedPair()
    talk(bob, alice)
    return {
      party: bob, run: () => expireSession(bob.session, bob.context),
      check: () => { settle(alice, bob); expect([alice.session.state, bob.session.state]).to.deep.equal(['finished', 'finished']) },
    }
  }],
  ['receiving the end of the session, which is answered', () => {
    const { alice, bob } = encryptedPair()
    alice.do(() => endSession(alice.session, alice.context))
    return { ...receiving(bob, alice), check: () => { expect(bob.session.state).to.equal('finished') } }
  }],
  ['an answer in its other form', () => {
    const { alice, bob } = strangers()
    bob.start()
    alice.receive(bob.takeOne('v4-identity'))
    alice.take()
    alice.now += 4
    return {
      party: alice, run: () => runTimers(alice.session, alice.context), check: () => { settle(alice, bob); talk(alice, bob) },
    }
  }],
  ['a heartbeat, by the clock, while stored keys end', () => {
    const { alice, bob } = encryptedPair()
    alice.send('lost')
    const lost = alice.takeOne('v4-data')
    alice.send('x')
    bob.receive(alice.takeOne('v4-data'))
    bob.options = { ...bob.options, heartbeatAfter: 60 }
    bob.now += defaultRatchetLimits.storedSeconds + 1
    return {
      party: bob,
      run: () => runTimers(bob.session, bob.context),
      check: () => {
        expect(notices(bob.receive(lost).events)).to.deep.equal(['duplicate'])
        settle(alice, bob)
        talk(alice, bob)
      },
    }
  }],
  ['a message that is answered with a heartbeat', () => {
    const { alice, bob } = encryptedPair()
    bob.options = { ...bob.options, heartbeatAfter: 60 }
    bob.now += 61
    alice.send('hello')
    return receiving(bob, alice)
  }],
  ['beginning SMP', () => {
    const { alice, bob } = encryptedPair()
    return {
      party: bob, run: () => startSmp(bob.session, { secret: 's' }, bob.context),
      check: () => { settle(alice, bob); expect(alice.encrypted.smp.state).to.equal('asked'); talk(alice, bob) },
    }
  }],
  ['answering SMP', () => {
    const { alice, bob } = smpUpTo(1)
    return {
      party: alice, run: () => answerSmp(alice.session, 's', alice.context),
      check: () => { settle(alice, bob); expect(bob.encrypted.smp.state).to.equal('expect1'); talk(alice, bob) },
    }
  }],
  ['receiving SMP message 2', () => {
    const { alice, bob } = smpUpTo(2)
    return receiving(bob, alice)
  }],
  ['receiving SMP message 3', () => {
    const { alice, bob } = smpUpTo(3)
    return receiving(alice, bob)
  }],
]

/** Bob asks. */
function smpUpTo(step: number): { alice: V4Party, bob: V4Party } {
  const { alice, bob } = encryptedPair()
  talk(alice, bob)
  bob.do(() => startSmp(bob.session, { secret: 's' }, bob.context))
  settle(alice, bob)
  if (step >= 2) alice.do(() => answerSmp(alice.session, 's', alice.context))
  if (step >= 3) bob.receive(alice.takeOne('v4-data'))
  return { alice, bob }
}

/** The party receives the messages that the other one has just sent. */
function receiving(party: V4Party, other: V4Party): Operation {
  const [message] = other.take()
  return {
    party,
    run: () => receiveMessage(party.session, overTheWire(message!), party.context),
    check: () => { settle(party, other); talk(party, other) },
  }
}

/** Ways in which the call number `nth` fails. */
const failures: readonly (readonly [name: string, make: (good: RandomSource, nth: number) => RandomSource])[] = [
  ['throws', (good, nth) => at(good, nth, () => { throw new Error('no entropy') })],
  ['gives too few bytes', (good, nth) => at(good, nth, (length) => new Uint8Array(length - 1))],
  ['gives nothing', (good, nth) => at(good, nth, () => undefined as unknown as Uint8Array)],
]

function at(good: RandomSource, nth: number, bad: RandomSource): RandomSource {
  let calls = 0
  return (length) => calls++ === nth ? bad(length) : good(length)
}

describe('K9: a random source that fails in the middle, version 4', () => {
  for (const [name, prepare] of operations) {
    it(`K9: ${name}: at whichever draw it fails, nothing changes, nothing is sent, and no secret is left; and it works when tried again`, () => {
      withArithmetic(toyArithmetic, () => {
        let draws = 0
        for (;; draws++) {
          const { party, run, check } = prepare()
          let failed = 0
          for (const [how, make] of failures) {
            const before = party.session
            const copy = structuredClone(before)
            const good = party.random
            const seen: Seen[] = []
            party.random = watchedRandom(make(seededRandom('K9'), draws), seen)
            const watching = watchingArithmetic(toyArithmetic, seen)
            try {
              const result = withArithmetic(watching, run)
              // So many draws there are not.
              party.random = good
              party.do(() => result)
              check()
              break
            } catch (error) {
              expect(error, how).to.be.instanceOf(OtrError).with.property('code', 'OTR_RANDOM_FAILED')
              party.random = good
              failed++
            }
            expect(party.session).to.equal(before)
            expect(party.session, how).to.deep.equal(copy)
            expect(party.outgoing).to.have.length(0)
            const live = new Set([...reachable(party.session), ...reachable(party.account), ...reachable(party.options)])
            const left = seen.filter(({ bytes }) => bytes instanceof Uint8Array && bytes.length >= 16 && !live.has(bytes) && !isWiped(bytes))
            expect(left.map(({ what }) => what), `draw ${draws} ${how}`).to.deep.equal([])
          }
          if (failed === 0) break
          expect(failed).to.equal(failures.length)
          party.do(run)
          check()
        }
        expect(draws).to.be.greaterThan(0)
      })
    })
  }

  it('K9: an early message whose reply cannot be made is lost; the session that the Auth-I began is not', () => {
    withArithmetic(toyArithmetic, () => {
      const { alice, bob } = strangers()
      bob.start()
      alice.receive(bob.takeOne('v4-identity'))
      bob.receive(alice.takeOne('v4-auth-r'))
      const authI = bob.takeOne('v4-auth-i')
      bob.send('one')
      bob.do(() => endSession(bob.session, bob.context))
      for (const early of bob.take()) alice.receive(early)
      alice.random = () => { throw new Error('no entropy') }
      const { events } = alice.receive(authI)
      expect(texts(events)).to.deep.equal(['one'])
      expect(events.at(-1)).to.deep.equal({ type: 'notice', code: 'internal', detail: 'OTR_RANDOM_FAILED' })
      expect(alice.session.state).to.equal('encrypted')
    })
  })
})
