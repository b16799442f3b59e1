import { expect } from 'chai'
import { chacha20, getArithmetic, hcmac, usage } from '../../src/crypto/index.js'
import { OtrError } from '../../src/errors.js'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import { ratchetReceive } from '../../src/ratchet/index.js'
import { SMP_ATTEMPT_SECONDS, SMP_ATTEMPTS, SMP_QUESTION_LENGTH } from '../../src/smp/index.js'
import { endSession, createSession, abortSmp, answerSmp, startSmp, describeSession } from '../../src/v4/index.js'
import { smpArithmetic } from '../../src/v4/smp-arithmetic.js'
import { makeCoordinates, makePower, proveKnowledge } from '../../src/v4/smp-proofs.js'
import {
  concatBytes, dataMessageV4MacInput, decodePlaintext, encodeMessage, encodePlaintext, utf8Encode, Writer, type DataMessageV4, type Tlv,
} from '../../src/wire/index.js'
import { badPoints, ed448Order, fromLittle, inverseScalar, little } from '../support/bad-values.js'
import { isWiped, reachable, secretsIn, watchingArithmetic, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { craft, encryptedPair, notices, settle, talk, V4Party } from '../support/v4-parties.js'
import { asSecret } from '../../src/crypto/secret.js'

/** Runs in the toy group. */
const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

const ask = (party: V4Party, secret: string | Uint8Array, question?: string): void => {
  party.do((p) => startSmp(p.session, { secret, question }, p.context))
}
const answer = (party: V4Party, secret: string | Uint8Array): void => {
  party.do((p) => answerSmp(p.session, secret, p.context))
}
const abort = (party: V4Party): void => { party.do((p) => abortSmp(p.session, p.context)) }

const smpEvents = (events: readonly ProtocolEvent[]): string[] => events.flatMap((event) => event.type === 'smp' ? [event.event] : [])

/** The keys of a message that is on its way to this party. */
function keysOf(to: V4Party, message: DataMessageV4) {
  const received = ratchetReceive(structuredClone(to.encrypted.ratchet), message, to)
  if (received.kind !== 'keys') throw new Error(received.kind)
  return received.keys
}

/** What a message on its way to this party holds. */
function peek(to: V4Party, message: DataMessageV4): readonly Tlv[] {
  return decodePlaintext(chacha20(keysOf(to, message).mkEnc, message.ciphertext)).tlvs
}

/** The message with other TLVs, as its sender could have made it. */
function resealed(to: V4Party, message: DataMessageV4, tlvs: readonly Tlv[]): DataMessageV4 {
  const keys = keysOf(to, message)
  const draft = { ...message, ciphertext: chacha20(keys.mkEnc, encodePlaintext('', tlvs)) }
  return { ...draft, authenticator: hcmac(usage.authenticator, [keys.mkMac, dataMessageV4MacInput(draft)], 64) }
}

/** One party's next message with these TLVs. */
const sealed = (from: V4Party, ...tlvs: Tlv[]): DataMessageV4 => craft(from, encodePlaintext('', tlvs))

/** An exchange in which message `step` is on its way: alice asks. */
function exchangeUpTo(step: 1 | 2 | 3 | 4, seed = 'smp'): { from: V4Party, to: V4Party, message: DataMessageV4 } {
  const { alice, bob } = encryptedPair(seed)
  ask(alice, 'secret')
  if (step === 1) return { from: alice, to: bob, message: alice.takeOne('v4-data') }
  bob.receive(alice.takeOne('v4-data'))
  answer(bob, 'secret')
  if (step === 2) return { from: bob, to: alice, message: bob.takeOne('v4-data') }
  alice.receive(bob.takeOne('v4-data'))
  if (step === 3) return { from: alice, to: bob, message: alice.takeOne('v4-data') }
  bob.receive(alice.takeOne('v4-data'))
  return { from: bob, to: alice, message: bob.takeOne('v4-data') }
}

/** Checks that SMP is over, that a TLV of type 6 and nothing else tells the other side, and that the session goes on. */
function expectAborted(party: V4Party, from: V4Party): void {
  const message = party.takeOne('v4-data')
  expect(peek(from, message)).to.deep.equal([{ type: 6, value: new Uint8Array(0) }])
  expect(party.encrypted.smp.state).to.equal('expect1')
  from.receive(message)
  from.take()
  from.said()
  talk(party, from)
  talk(from, party)
}

const values = { 1: 'psspss', 2: 'psspssppsss', 3: 'ppssspss', 4: 'pss' } as const

describe('attack: SMP of version 4', function () {
  this.timeout(60_000)

  it('succeeds on both sides with the same secret, with a question and without, begun by either', () => {
    for (const [question, swap] of [[undefined, false], ['Where?', true]] as const) {
      const { alice, bob } = encryptedPair('good')
      const [asking, asked] = swap ? [bob, alice] : [alice, bob]
      ask(asking, 'caf\u00e9', question)
      settle(alice, bob)
      expect(asked.said()).to.deep.equal([{ type: 'smp', event: 'asked', attempts: 1, ...(question !== undefined && { question }) }])
      // The same letters, composed otherwise; and as the bytes they come to.
      answer(asked, swap ? 'cafe\u0301' : utf8Encode('caf\u00e9'))
      settle(alice, bob)
      expect(smpEvents(asking.said())).to.deep.equal(['in-progress', 'succeeded'])
      expect(smpEvents(asked.said())).to.deep.equal(['succeeded'])
      talk(alice, bob)
    }
  })

  describe('S1: out of turn', () => {
    const tlvs = new Map<number, Tlv>()
    before(toy(() => {
      for (const step of [1, 2, 3, 4] as const) {
        const { to, message } = exchangeUpTo(step)
        tlvs.set(step, peek(to, message)[0]!)
      }
      tlvs.set(5, { type: 6, value: new Uint8Array(0) })
    }))

    /** A party in a state of SMP, and the other one. */
    const states = {
      expect1: () => encryptedPair('S1'),
      asked: () => { const { from, to, message } = exchangeUpTo(1, 'S1'); to.receive(message); return { alice: to, bob: from } },
      expect2: () => { const { from, to } = exchangeUpTo(1, 'S1'); return { alice: from, bob: to } },
      expect3: () => { const { from, to } = exchangeUpTo(2, 'S1'); return { alice: from, bob: to } },
      expect4: () => { const { from, to } = exchangeUpTo(3, 'S1'); return { alice: from, bob: to } },
    } as const
    const inTurn: Record<keyof typeof states, number> = { expect1: 1, asked: 0, expect2: 2, expect3: 3, expect4: 4 }

    for (const [state, make] of Object.entries(states) as [keyof typeof states, () => { alice: V4Party, bob: V4Party }][]) {
      for (const step of [1, 2, 3, 4]) {
        if (inTurn[state] === step) continue
        it(`S1: message ${step} in ${state}: an abort goes out, the state is EXPECT1, the session lives`, toy(() => {
          const { alice, bob } = make()
          alice.said()
          expect(alice.encrypted.smp.state).to.equal(state)
          alice.receive(sealed(bob, tlvs.get(step)!))
          const said = alice.said()
          if (state === 'expect1') expect(notices(said)).to.deep.equal(['unexpected'])
          else expect(smpEvents(said)).to.deep.equal([step === 1 ? 'aborted' : 'cheated'])
          expect(said).to.have.length(1)
          expectAborted(alice, bob)
        }))
      }

      it(`S1: an abort in ${state}: said ${state === 'expect1' ? 'never' : 'once'}, and not answered`, toy(() => {
        const { alice, bob } = make()
        alice.said()
        alice.receive(sealed(bob, tlvs.get(5)!))
        alice.receive(sealed(bob, tlvs.get(5)!))
        expect(smpEvents(alice.said())).to.deep.equal(state === 'expect1' ? [] : ['aborted'])
        expect(alice.take()).to.have.length(0)
        expect(alice.encrypted.smp.state).to.equal('expect1')
      }))
    }

    for (const step of [1, 2, 3, 4] as const) {
      it(`S1: message ${step} twice in one data message, and once more as a replay`, toy(() => {
        const { from, to, message } = exchangeUpTo(step, 'twice')
        to.said()
        const [tlv] = peek(to, message)
        const twice = resealed(to, message, [tlv!, tlv!])
        to.receive(twice)
        expect(to.encrypted.smp.state).to.equal('expect1')
        const said = to.said()
        const last = { 1: 'aborted', 2: 'cheated', 3: 'succeeded', 4: 'succeeded' }[step]
        expect(smpEvents(said).at(-1)).to.equal(last)
        const before = to.session
        to.receive(twice)
        expect(to.session).to.equal(before)
        expect(notices(to.said())).to.deep.equal(['duplicate'])
        to.take()
        from.do((p) => abortSmp(p.session, p.context))
        from.take()
        talk(from, to)
      }))
    }

    /** Both have asked, and nothing of it has arrived. The one with the lower instance tag first. */
    const crossed = (question?: string): { readonly lower: V4Party, readonly higher: V4Party } => {
      const { alice, bob } = encryptedPair('both')
      const [lower, higher] = alice.account.instanceTag < bob.account.instanceTag ? [alice, bob] : [bob, alice]
      ask(lower, 'secret', question)
      ask(higher, 'secret')
      return { lower, higher }
    }

    it('S1: both begin at the same time: both abort, nobody is called a cheat, and the lower instance tag asks again', () => {
      const { lower, higher } = crossed('Where?')
      settle(lower, higher)
      expect(smpEvents(lower.said())).to.deep.equal([])
      expect(lower.encrypted.smp).to.include({ state: 'expect2', again: true })
      const asked = higher.said()
      expect(smpEvents(asked)).to.deep.equal(['aborted', 'asked'])
      expect(asked.at(-1)).to.include({ question: 'Where?' })
      answer(higher, 'secret')
      settle(lower, higher)
      expect(smpEvents(lower.said()).at(-1)).to.equal('succeeded')
      expect(smpEvents(higher.said()).at(-1)).to.equal('succeeded')
    })

    it('S1: it asks again once: crossed a second time, both abort as the draft has it', toy(() => {
      const { lower, higher } = crossed()
      settle(lower, higher)
      ask(higher, 'secret')
      const [, first] = higher.take() as [DataMessageV4, DataMessageV4]
      lower.receive(first)
      expect(smpEvents(lower.said())).to.deep.equal(['aborted'])
      expectAborted(lower, higher)
    }))

    it('S1: the waiting secret is wiped as soon as SMP is asked again, begun again, or aborted', toy(() => {
      const ends: Readonly<Record<string, (lower: V4Party, higher: V4Party) => void>> = {
        again: (lower, higher) => { settle(lower, higher) },
        anew: (lower) => { ask(lower, 'another') },
        aborted: (lower) => { lower.do((p) => abortSmp(p.session, p.context)) },
        asked: (lower, higher) => { lower.receive(sealed(higher, tlvs.get(1)!)) },
        over: (lower, higher) => { lower.receive(sealed(higher, { type: 1, value: new Uint8Array(0) })) },
      }
      for (const [how, end] of Object.entries(ends)) {
        const { lower, higher } = crossed()
        lower.receive(higher.takeOne('v4-data'))
        const { smp } = lower.encrypted
        if (smp.state !== 'crossed') throw new Error(smp.state)
        for (const message of lower.take()) higher.receive(message)
        lower.said()
        end(lower, higher)
        expect(smp.values.secret.some((byte) => byte !== 0), how).to.equal(false)
        expect(smpEvents(lower.said()), how).to.deep.equal({ again: [], asked: ['aborted', 'asked'] }[how] ?? ['aborted'])
      }
    }))

    it('S1: late messages of the exchange that crossed do not keep the question from being asked again', toy(() => {
      for (const step of [2, 3, 4]) {
        const { lower, higher } = crossed()
        lower.receive(higher.takeOne('v4-data'))
        lower.receive(sealed(higher, tlvs.get(step)!))
        expect(notices(lower.said())).to.deep.equal(['unexpected'])
        settle(lower, higher)
        expect(smpEvents(higher.said()).at(-1)).to.equal('asked')
      }
    }))

    it('S1: one who begins again aborts the first exchange, in a message of its own', toy(() => {
      const { alice, bob } = encryptedPair('again')
      ask(alice, 'one')
      settle(alice, bob)
      bob.said()
      ask(alice, 'two')
      expect(smpEvents(alice.said())).to.deep.equal(['aborted'])
      const [first, second] = alice.take() as [DataMessageV4, DataMessageV4]
      expect(peek(bob, first).map(({ type }) => type)).to.deep.equal([6])
      bob.receive(first)
      expect(peek(bob, second).map(({ type }) => type)).to.deep.equal([2])
      bob.receive(second)
      expect(smpEvents(bob.said())).to.deep.equal(['aborted', 'asked'])
      answer(bob, 'two')
      settle(alice, bob)
      expect(smpEvents(alice.said()).at(-1)).to.equal('succeeded')
    }))

    it('S1: nothing to answer, nothing to begin', toy(() => {
      const { alice } = encryptedPair('none')
      expect(() => { answer(alice, 'x') }).to.throw(OtrError).with.property('code', 'OTR_SMP_NOT_ASKED')
      const { context } = alice
      const plaintext = createSession({ theirTag: 0 })
      expect(() => startSmp(plaintext, { secret: 'x' }, context)).to.throw(OtrError).with.property('code', 'OTR_NOT_ENCRYPTED')
      expect(() => answerSmp(plaintext, 'x', context)).to.throw(OtrError).with.property('code', 'OTR_NOT_ENCRYPTED')
      expect(() => abortSmp(plaintext, context)).to.throw(OtrError).with.property('code', 'OTR_NOT_ENCRYPTED')
    }))
  })

  describe('S2: false proofs', () => {
    for (const step of [1, 2, 3, 4] as const) {
      describe(`of message ${step}`, () => {
        let made: ReturnType<typeof exchangeUpTo>
        before(() => { made = exchangeUpTo(step, 'S2') })

        /** Delivers the message with one value changed, on a copy of the receiver. */
        function changed(place: number, change: (value: Uint8Array) => Uint8Array): { events: readonly ProtocolEvent[], to: V4Party } {
          const { from, to: original, message } = made
          const to = new V4Party('nobody', 'nobody', { seed: 'S2' })
          to.account = original.account
          to.options = original.options
          to.session = structuredClone(original.session)
          const [tlv] = peek(to, message)
          // Message 1 has a question before its values: of length 0 here.
          const start = (step === 1 ? 4 : 0) + 57 * place
          const value = tlv!.value.slice()
          value.set(change(value.slice(start, start + 57)), start)
          const { events, outgoing } = to.receive(resealed(to, message, [{ type: tlv!.type, value }]))
          if (events.some((event) => event.type === 'smp' && event.event === 'cheated')) {
            expect(to.encrypted.smp.state).to.equal('expect1')
            const copy = structuredClone(from.session)
            expect(peek(from, outgoing[0] as DataMessageV4)).to.deep.equal([{ type: 6, value: new Uint8Array(0) }])
            from.session = copy
          }
          return { events, to }
        }

        Array.from(values[step]).forEach((kind, place) => {
          if (kind === 's') {
            it(`S2: scalar ${place} changed is refused; K5: with q added it is the same scalar`, () => {
              expect(smpEvents(changed(place, (value) => little((fromLittle(value) + 1n) % ed448Order)).events)).to.deep.equal(['cheated'])
              expect(smpEvents(changed(place, (value) => value.map((byte, i) => i === 55 ? byte ^ 1 : byte)).events)).to.deep.equal(['cheated'])
              expect(smpEvents(changed(place, (value) => little(fromLittle(value) + ed448Order)).events)).to.not.include('cheated')
            })
          } else {
            it(`S2: point ${place} exchanged for another is refused; K1, K2: so is every bad one`, () => {
              const other = getArithmetic().ed448.multiplyBase(little(7n))
              expect(smpEvents(changed(place, () => other).events)).to.deep.equal(['cheated'])
              for (const [name, point] of badPoints) expect(smpEvents(changed(place, () => point).events), name).to.deep.equal(['cheated'])
            })
          }
        })

        it('S2: as it is it is accepted', () => {
          const { events } = changed(0, (value) => value)
          expect(smpEvents(events)).to.deep.equal({ 1: ['asked'], 2: ['in-progress'], 3: ['succeeded'], 4: ['succeeded'] }[step])
        })

        it('S2: cut short, too long, or empty it is refused', () => {
          for (const change of [(v: Uint8Array) => v.slice(0, -1), (v: Uint8Array) => concatBytes(v, Uint8Array.of(0)), () => new Uint8Array(0)]) {
            const { to: original, message } = made
            const to = new V4Party('nobody', 'nobody', { seed: 'S2' })
            to.account = original.account
            to.options = original.options
            to.session = structuredClone(original.session)
            const [tlv] = peek(to, message)
            const { events } = to.receive(resealed(to, message, [{ type: tlv!.type, value: change(tlv!.value) }]))
            expect(smpEvents(events)).to.deep.equal(['cheated'])
          }
        })
      })
    }

    it('S2: a proof of the other side played back as ours', () => {
      const { to: alice, from: bob, message } = exchangeUpTo(2, 'S2 playback')
      const [{ value }] = peek(alice, message) as [Tlv]
      alice.receive(message)
      const third = alice.takeOne('v4-data')
      const [tlv] = peek(bob, third) as [Tlv]
      // Pb, Qb, cp, d5 and d6 of message 2 in the place of Pa, Qa, cp, d5 and d6.
      const copied = concatBytes(value.subarray(6 * 57), tlv.value.subarray(5 * 57))
      bob.said()
      bob.receive(resealed(bob, third, [{ type: tlv.type, value: copied }]))
      expect(smpEvents(bob.said())).to.deep.equal(['cheated'])
    })

    // If discrete logarithms are easy, a cheat can prove that their P and Q are ours. They are refused even then.
    it('S2: Pa = Pb and Qa = Qb, proved', toy(() => {
      const { ed448 } = getArithmetic()
      const random = seededRandom('equal')
      const secret = asSecret(little(5n))
      const { message: first, values: offered } = smpArithmetic.offer(secret, random)
      const asked = smpArithmetic.ask(first)!
      const { values: answered } = smpArithmetic.answer(asked, secret, random)
      const { g2, g3, pb, qb, b3 } = answered
      const r4 = ed448.multiplyScalars(pb, inverseScalar(g3))
      const fixed = (scalar: Uint8Array) => {
        let calls = 0
        return (length: number): Uint8Array => calls++ === 0 ? concatBytes(scalar, new Uint8Array(57)) : random(length)
      }
      const same = makeCoordinates(6, g2, g3, secret, fixed(r4))
      expect([same.p, same.q]).to.deep.equal([pb, qb])
      // Only Pa = Pb: with another secret. Only Qa = Qb: with another r4, and the secret that makes up for it.
      const sameP = makeCoordinates(6, g2, g3, asSecret(little(6n)), fixed(r4))
      expect(sameP.p).to.deep.equal(pb)
      const shifted = ed448.addScalars(r4, little(1n))
      const sameQ = makeCoordinates(6, g2, g3, asSecret(ed448.multiplyScalars(ed448.subtractScalars(qb, shifted), inverseScalar(g2))), fixed(shifted))
      expect(sameQ.q).to.deep.equal(qb)
      for (const { p, q, c, d5, d6 } of [same, sameP, sameQ]) {
        // With Qa = Qb there is no R to prove anything of.
        const difference = asSecret(ed448.subtract(q, qb))
        const power = ed448.isIdentity(difference) || q === same.q ? { r: b3, c: b3, d7: b3 } : makePower(7, difference, offered.a3, random)
        expect(smpArithmetic.conclude(answered, concatBytes(p, q, c, d5, d6, power.r, power.c, power.d7), random)).to.equal(undefined)
      }
      // And a value that is none of these, made in the same way, is accepted.
      const good = makeCoordinates(6, g2, g3, asSecret(little(6n)), fixed(shifted))
      const proved = makePower(7, asSecret(ed448.subtract(good.q, qb)), offered.a3, random)
      expect(smpArithmetic.conclude(answered, concatBytes(good.p, good.q, good.c, good.d5, good.d6, proved.r, proved.c, proved.d7), random))
        .to.have.property('equal', false)
      // The other way round: somebody who knows what the asking side will draw.
      const drawn = ed448.reduceScalar(seededRandom('drawn')(114))
      const [b2, b] = [asSecret(little(11n)), asSecret(little(12n))]
      const [k2, k3] = [proveKnowledge(3, b2, random), proveKnowledge(4, b, random)]
      for (const [his, expected] of [[drawn, false], [little(13n), true]] as const) {
        const { p, q, c, d5, d6 } = makeCoordinates(5, asSecret(ed448.multiply(b2, asked.g2a)), asSecret(ed448.multiply(b, asked.g3a)), secret, fixed(his))
        const second = concatBytes(ed448.multiplyBase(b2), k2.c, k2.d, ed448.multiplyBase(b), k3.c, k3.d, p, q, c, d5, d6)
        expect(smpArithmetic.prove(offered, second, seededRandom('drawn')) !== undefined).to.equal(expected)
      }
    }))
  })

  describe('S3: somebody in between', () => {
    it('S3: somebody who relays SMP between two sessions of their own fails, whatever both typed', () => {
      const alice = new V4Party('alice', 'bob')
      const bob = new V4Party('bob', 'alice')
      // Mallory talks to each under the other's address, with their own keys.
      const asBob = new V4Party('mallory', 'alice')
      asBob.account = { ...asBob.account, address: bob.account.address }
      const asAlice = new V4Party('mallory', 'bob', { seed: 'as alice' })
      asAlice.account = { ...asAlice.account, address: alice.account.address }
      alice.start()
      settle(alice, asBob)
      asAlice.start()
      settle(asAlice, bob)
      for (const party of [alice, bob, asBob, asAlice]) party.said()

      const relay = (from: V4Party, ear: V4Party, mouth: V4Party, to: V4Party): void => {
        for (const message of from.take() as DataMessageV4[]) {
          const tlvs = peek(ear, message)
          ear.receive(message)
          ear.take()
          to.receive(sealed(mouth, ...tlvs))
        }
      }
      ask(alice, 'our secret')
      relay(alice, asBob, asAlice, bob)
      expect(smpEvents(bob.said())).to.deep.equal(['asked'])
      answer(bob, 'our secret')
      relay(bob, asAlice, asBob, alice)
      relay(alice, asBob, asAlice, bob)
      relay(bob, asAlice, asBob, alice)
      expect(smpEvents(alice.said())).to.deep.equal(['in-progress', 'failed'])
      expect(smpEvents(bob.said())).to.deep.equal(['failed'])
    })

    it('S3: the same two, with another session id on either side: fails', () => {
      const { alice, bob } = encryptedPair('S3')
      alice.session = { ...alice.encrypted, ssid: new Uint8Array(8) }
      ask(alice, 'secret')
      settle(alice, bob)
      answer(bob, 'secret')
      settle(alice, bob)
      expect(smpEvents(alice.said()).at(-1)).to.equal('failed')
      expect(smpEvents(bob.said()).at(-1)).to.equal('failed')
    })

    it('S3: who asked is part of the secret', () => {
      const { alice, bob } = encryptedPair('S3 roles')
      bob.session = { ...bob.encrypted, ourFingerprint: bob.encrypted.them.fingerprint, them: { ...bob.encrypted.them, fingerprint: bob.encrypted.ourFingerprint } }
      ask(alice, 'secret')
      settle(alice, bob)
      answer(bob, 'secret')
      settle(alice, bob)
      expect(smpEvents(alice.said()).at(-1)).to.equal('failed')
    })
  })

  describe('S5: how it ends', () => {
    for (const [name, one, other] of [
      ['another word', 'secret', 'Secret'], ['white space', 'secret', 'secret '], ['nothing', 'secret', ''], ['text and bytes', 'e\u0301', utf8Encode('e\u0301')],
    ] as const) {
      it(`S5: ${name}: "failed" once on both sides, and it can be tried again`, () => {
        const { alice, bob } = encryptedPair(`S5 ${name}`)
        ask(alice, one)
        settle(alice, bob)
        answer(bob, other)
        settle(alice, bob)
        expect(smpEvents(alice.said())).to.deep.equal(['in-progress', 'failed'])
        expect(smpEvents(bob.said())).to.deep.equal(['asked', 'failed'])
        ask(bob, one)
        settle(alice, bob)
        answer(alice, one)
        settle(alice, bob)
        expect(smpEvents(bob.said()).at(-1)).to.equal('succeeded')
        expect(smpEvents(alice.said()).at(-1)).to.equal('succeeded')
      })
    }

    it('S5: one abort, one "aborted" on either side, from every state', toy(() => {
      for (const step of [1, 2, 3] as const) {
        for (const who of ['from', 'to'] as const) {
          const made = exchangeUpTo(step, 'S5')
          const [party, other] = who === 'from' ? [made.from, made.to] : [made.to, made.from]
          made.from.said()
          made.to.receive(made.message)
          settle(made.from, made.to)
          const over = party.encrypted.smp.state === 'expect1'
          party.said()
          other.said()
          abort(party)
          settle(party, other)
          expect(smpEvents(party.said()), `${step} ${who}`).to.deep.equal(over ? [] : ['aborted'])
          expect(smpEvents(other.said()), `${step} ${who}`).to.deep.equal(over ? [] : ['aborted'])
          talk(party, other)
        }
      }
    }))

    it('S5: the end of the session, and a new one, end an exchange with "aborted"', toy(() => {
      for (const how of ['end', 'refresh'] as const) {
        const { alice, bob } = encryptedPair('S5 end')
        ask(alice, 'secret')
        settle(alice, bob)
        bob.said()
        if (how === 'end') alice.do(() => endSession(alice.session, alice.context))
        else alice.start()
        settle(alice, bob)
        expect(smpEvents(alice.said())).to.deep.equal(['aborted'])
        expect(smpEvents(bob.said())).to.deep.equal(['aborted'])
      }
    }))
  })

  describe('S6, S7: the question', () => {
    it('S6: is asked in an encrypted session only, and does not show on the wire', toy(() => {
      const { alice, bob } = encryptedPair('S6')
      const question = 'the question that nobody else may see'
      ask(alice, 'secret', question)
      const message = alice.takeOne('v4-data')
      expect(Buffer.from(encodeMessage(message)).includes(question)).to.equal(false)
      bob.receive(message)
      expect(bob.said()).to.deep.include({ type: 'smp', event: 'asked', attempts: 1, question })
      const ended = endSession(alice.session, alice.context).state
      expect(() => startSmp(ended, { secret: 'secret', question }, alice.context)).to.throw(OtrError)
        .with.property('code', 'OTR_NOT_ENCRYPTED')
    }))

    it('S7: one with NUL, or too long, is not sent; nothing changes', toy(() => {
      const { alice } = encryptedPair('S7')
      const before = alice.session
      for (const question of ['a\0b', 'x'.repeat(SMP_QUESTION_LENGTH + 1)]) {
        expect(() => { ask(alice, 'secret', question) }).to.throw(OtrError).with.property('code', 'OTR_SMP_QUESTION')
      }
      expect(alice.session).to.equal(before)
      expect(alice.outgoing).to.have.length(0)
    }))

    const questions: [name: string, bytes: Uint8Array, shown: string | undefined][] = [
      ['NUL', utf8Encode('a\0b'), 'a\0b'],
      ['HTML', utf8Encode('<img src=x onerror=alert(1)>'), '<img src=x onerror=alert(1)>'],
      ['bidi controls', utf8Encode('\u202eabc\u202c'), '\u202eabc\u202c'],
      ['bytes that are no UTF-8', Uint8Array.of(0x61, 0xff), 'a\ufffd'],
      ['nothing', new Uint8Array(0), undefined],
      ['60,000 letters', new Uint8Array(60_000).fill(0x78), 'x'.repeat(SMP_QUESTION_LENGTH)],
      ['a pair of surrogates at the limit', utf8Encode(`${'x'.repeat(SMP_QUESTION_LENGTH - 1)}\u{1f600}`), 'x'.repeat(SMP_QUESTION_LENGTH - 1)],
    ]
    for (const [name, bytes, shown] of questions) {
      it(`S7: ${name} arrives as inert text within the limit`, toy(() => {
        const { to, message } = exchangeUpTo(1, 'S7')
        const [tlv] = peek(to, message) as [Tlv]
        const value = new Writer().data(bytes).bytes(tlv.value.subarray(4)).finish()
        const { events } = to.receive(resealed(to, message, [{ type: 2, value }]))
        expect(events).to.deep.equal([{ type: 'smp', event: 'asked', attempts: 1, ...(shown !== undefined && { question: shown }) }])
      }))
    }

    it('S7: one whose length runs over the end is a false message 1', toy(() => {
      const { to, message } = exchangeUpTo(1, 'S7')
      const [tlv] = peek(to, message) as [Tlv]
      const value = tlv.value.slice()
      value.set([0xff, 0xff, 0xff, 0xff])
      expect(smpEvents(to.receive(resealed(to, message, [{ type: 2, value }])).events)).to.deep.equal(['cheated'])
    }))
  })

  describe('S9: attempts', () => {
    it('S9: are counted, limited in a row, and given back by time; a new DAKE gives none back', toy(() => {
      const { alice, bob } = encryptedPair('S9')
      const attempt = (): void => {
        ask(alice, 'a guess')
        settle(alice, bob)
        abort(alice)
        settle(alice, bob)
        alice.said()
      }
      for (let n = 1; n <= SMP_ATTEMPTS; n++) {
        attempt()
        expect(bob.said()[0]).to.deep.equal({ type: 'smp', event: 'asked', attempts: n })
        if (n % 7 === 0) {
          alice.start()
          settle(alice, bob)
          bob.said()
          expect(describeSession(bob.session).state).to.equal('encrypted')
        }
      }
      attempt()
      expect(notices(bob.said())).to.deep.equal(['limit'])
      alice.start()
      settle(alice, bob)
      bob.said()
      attempt()
      expect(notices(bob.said())).to.deep.equal(['limit'])
      bob.now += SMP_ATTEMPT_SECONDS
      attempt()
      expect(bob.said()[0]).to.deep.equal({ type: 'smp', event: 'asked', attempts: SMP_ATTEMPTS + 1 })
      attempt()
      expect(notices(bob.said())).to.deep.equal(['limit'])
      talk(alice, bob)
    }))
  })

  it('S9: another correspondent in the same place begins with none', toy(() => {
    const { alice, bob } = encryptedPair('S9 other')
    ask(alice, 'a guess')
    settle(alice, bob)
    expect(bob.encrypted.smp.attempts).to.equal(1)
    const before = bob.encrypted
    const imposter = new V4Party('mallory', 'bob', { account: { tag: alice.account.instanceTag } })
    imposter.account = { ...imposter.account, address: alice.account.address }
    imposter.start()
    settle(imposter, bob)
    expect(bob.beside?.state === 'encrypted' && bob.beside.smp.attempts).to.equal(0)
    expect(bob.encrypted.smp, 'A3: and the session that runs stays as it was').to.equal(before.smp)
  }))

  describe('V7: secrets of SMP', () => {
    it('V7: exponents, blindings and the secret are overwritten when they have served', () => {
      const { alice, bob } = encryptedPair('V7 smp')
      const seen: Seen[] = []
      const secrets = [utf8Encode('secret'), utf8Encode('secret')] as const
      withArithmetic(watchingArithmetic(getArithmetic(), seen), () => {
        ask(alice, 'secret')
        settle(alice, bob)
        answer(bob, 'secret')
        settle(alice, bob)
      })
      expect(smpEvents(alice.said()).at(-1)).to.equal('succeeded')
      const live = new Set([...reachable(alice.session), ...reachable(bob.session), ...reachable(alice.account), ...reachable(bob.account)])
      // What is multiplied are points that are sent, here.
      const left = seen.filter(({ what, bytes }) => what !== 'ECDH' && !live.has(bytes) && !isWiped(bytes))
      expect(left.map(({ what }) => what)).to.deep.equal([])
      expect(seen.filter(({ what }) => what === 'scalar').length).to.be.greaterThan(20)
      // Bytes that the caller passed belong to the caller.
      ask(alice, secrets[0])
      expect(secrets[0]).to.deep.equal(secrets[1])
    })

    it('V7: an exchange that is abandoned leaves nothing behind', toy(() => {
      const giveUp: [name: string, how: (party: V4Party, other: V4Party) => void][] = [
        ['by us', (party) => { abort(party) }],
        ['by another begun', (party) => { ask(party, 'another') }],
        ['by them', (party, other) => { party.receive(sealed(other, { type: 6, value: new Uint8Array(0) })) }],
        ['with the session', (party) => { party.do((p) => endSession(p.session, p.context)) }],
        ['with the session, by them', (party, other) => {
          other.do((p) => endSession(p.session, p.context))
          party.receive(other.takeOne('v4-data'))
        }],
        ['with a new DAKE', (party, other) => {
          other.start()
          settle(party, other)
        }],
      ]
      for (const step of [1, 2, 3] as const) {
        for (const [name, how] of giveUp) {
          const { from, to } = exchangeUpTo(step, 'V7')
          const secrets = secretsIn(from.encrypted.smp)
          expect(secrets.length, `${step} ${name}`).to.be.greaterThan(0)
          how(from, to)
          expect(secrets.every(({ bytes }) => isWiped(bytes)), `${step} ${name}`).to.equal(true)
        }
      }
    }))
  })
})
