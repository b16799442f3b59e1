import { expect } from 'chai'
import fc from 'fast-check'
import { PRIME_1536 } from '../../src/crypto/noble/modp.js'
import { SMP_ATTEMPT_SECONDS, SMP_ATTEMPTS, SMP_QUESTION_LENGTH } from '../../src/smp/index.js'
import { answerSmp, startSmp, sendMessage, startHandshake, describeSession } from '../../src/v3/index.js'
import { smpSecret } from '../../src/v3/smp.js'
import { decryptData } from '../../src/v3/data-message.js'
import { smpArithmetic } from '../../src/v3/smp-arithmetic.js'
import { decodeMpis, encodeMpis } from '../../src/v3/smp-values.js'
import { makeCoordinates } from '../../src/v3/smp-proofs.js'
import { getArithmetic } from '../../src/crypto/provider.js'
import type { ProtocolEvent } from '../../src/protocol/index.js'
import { hexDecode, Reader, tlvTypeV3, utf8Encode, type DataMessageV3, type Tlv } from '../../src/wire/index.js'
import { inBothVersions, encryptedPair, settle, type Party } from '../scenario/v3-parties.js'
import { isWiped, watchedRandom, type Seen } from '../support/secrets.js'
import { seededRandom } from '../support/seeded.js'
import { asSecret, secretBytes } from '../../src/crypto/secret.js'

const send = (party: Party, ...tlvs: Tlv[]): void => {
  party.do(() => sendMessage(party.session, { text: '', tlvs }, party.context))
}
const begin = (party: Party, secret: string, question?: string): void => {
  party.do(() => startSmp(party.session, { secret, question }, party.context))
}
const answer = (party: Party, secret: string): void => {
  party.do(() => answerSmp(party.session, secret, party.context))
}
const smpOf = (party: Party): ProtocolEvent[] => party.said().filter(({ type }) => type === 'smp' || type === 'notice')

/** One honest run of the arithmetic: its four messages and the state that each side keeps. */
function run(secretA = 'same', secretB = 'same') {
  const random = seededRandom('smp run')
  const x = secretBytes(32)
  x.set(utf8Encode(secretA))
  const y = secretBytes(32)
  y.set(utf8Encode(secretB))
  const offer = smpArithmetic.offer(x, random)
  const asked = smpArithmetic.ask(offer.message)!
  const reply = smpArithmetic.answer(asked, y, random)
  const proof = smpArithmetic.prove(offer.values, reply.message, random)!
  const end = smpArithmetic.conclude(reply.values, proof.message, random)!
  const result = smpArithmetic.compare(proof.values, end.message)!
  return { random, offer, asked, reply, proof, end, result }
}

/** The numbers of an SMP message, in order. */
function numbersOf(message: Uint8Array): Uint8Array[] {
  const reader = new Reader(message)
  return Array.from({ length: reader.int('count') }, () => reader.mpi('number'))
}

/** The message with one number changed. */
function changed(message: Uint8Array, index: number, change: (number: Uint8Array) => Uint8Array): Uint8Array {
  return encodeMpis(...numbersOf(message).map((number, i) => i === index ? change(number) : number))
}

inBothVersions('V7: what version 3 draws', () => {
  it('is overwritten at its source, in the key exchange, the ratchet and SMP', () => {
    const { a: alice, b: bob } = encryptedPair()
    const seen: Seen[] = []
    for (const party of [alice, bob]) party.random = watchedRandom(party.random, seen)
    for (const party of [alice, bob]) {
      party.do(() => startHandshake(party.session, party.context))
      settle(alice, bob)
      begin(party, 'same')
      settle(alice, bob)
      answer(party === alice ? bob : alice, 'same')
      settle(alice, bob)
    }
    expect(smpOf(alice).filter((event) => event.type === 'smp' && event.event === 'succeeded')).to.have.length(2)
    expect(seen.length).to.be.greaterThan(40)
    expect(seen.filter(({ bytes }) => !isWiped(bytes)).map(({ what }) => what)).to.deep.equal([])
  })

  it('makes responses as long as libotr does: numbers mod q that tell nothing, over many runs', () => {
    const lengths: number[] = []
    for (let n = 0; n < 40; n++) {
      const { message } = smpArithmetic.offer(secretBytes(32), seededRandom(`length ${n}`))
      const reader = new Reader(message)
      reader.int('count')
      const mpis = Array.from({ length: 6 }, () => reader.mpi('number'))
      lengths.push(mpis[2]!.length, mpis[5]!.length)
    }
    expect(Math.max(...lengths)).to.equal(192)
    expect(Math.min(...lengths)).to.be.at.least(190)
  })
})

inBothVersions('SMP under attack, version 3', function (version) {
  this.timeout(60_000)

  describe('S1: a message out of turn ends the exchange with an abort, and the session lives', () => {
    const values: Record<number, Uint8Array> = {
      [tlvTypeV3.smp1]: run().offer.message, [tlvTypeV3.smp2]: run().reply.message, [tlvTypeV3.smp3]: run().proof.message,
      [tlvTypeV3.smp4]: run().end.message,
    }
    /** Brings Bob into a state; Alice is the attacker and may send anything. */
    const states: Record<string, (a: Party, b: Party) => void> = {
      expect1: () => undefined,
      asked: (a, b) => { begin(a, 'x'); settle(a, b) },
      expect2: (_, b) => { begin(b, 'x'); b.take() },
      expect3: (a, b) => { begin(a, 'x'); settle(a, b); answer(b, 'x'); b.take() },
      expect4: (a, b) => {
        begin(b, 'x')
        settle(a, b)
        answer(a, 'x')
        for (const message of a.take()) b.receive(message)
        b.take()
      },
    }
    const expected: Record<string, number> = {
      expect1: tlvTypeV3.smp1, expect2: tlvTypeV3.smp2, expect3: tlvTypeV3.smp3, expect4: tlvTypeV3.smp4,
    }
    for (const [state, arrange] of Object.entries(states)) {
      for (const type of [tlvTypeV3.smp1, tlvTypeV3.smp2, tlvTypeV3.smp3, tlvTypeV3.smp4]) {
        if (type === expected[state]) continue
        it(`S1: TLV ${type} in ${state}`, () => {
          const { a, b } = encryptedPair()
          arrange(a, b)
          expect(describeSession(b.session).smp).to.equal(state)
          a.said()
          b.said()
          send(a, { type, value: values[type]! })
          for (const message of a.take()) b.receive(message)
          expect(describeSession(b.session).smp).to.equal('expect1')
          expect(b.outgoing.length).to.equal(1)
          const [event] = smpOf(b)
          expect(event).to.deep.equal(state === 'expect1'
            ? { type: 'notice', code: 'unexpected', detail: 'an SMP message out of turn' }
            : { type: 'smp', event: type === tlvTypeV3.smp1 ? 'aborted' : 'cheated' })
          for (const message of b.take()) a.receive(message)
          expect(describeSession(a.session).smp).to.equal('expect1')
          // Alive, and SMP can begin again.
          begin(b, 'z')
          settle(a, b)
          answer(a, 'z')
          settle(a, b)
          expect(smpOf(b)).to.deep.include({ type: 'smp', event: 'succeeded' })
        })
      }
    }

    it('S1: messages from the wrong role', () => {
      const { a, b } = encryptedPair()
      begin(a, 'x')
      settle(a, b)
      answer(b, 'x')
      // Bob gets his own message 2 back.
      const own = b.take()[0] as DataMessageV3
      expect(own.kind).to.equal(`v${version}-data`)
      send(a, { type: tlvTypeV3.smp2, value: values[tlvTypeV3.smp2]! })
      for (const message of a.take()) b.receive(message)
      expect(smpOf(b).at(-1)).to.deep.equal({ type: 'smp', event: 'cheated' })
      expect(describeSession(b.session).state).to.equal('encrypted')
    })

    it('S1: an abort is not answered by an abort', () => {
      const { a, b } = encryptedPair()
      send(a, { type: tlvTypeV3.smpAbort, value: new Uint8Array(0) })
      settle(a, b)
      expect(smpOf(b)).to.deep.equal([])
      expect(smpOf(a)).to.deep.equal([])
    })
  })

  describe('S2: every proof is verified', () => {
    const { random, offer, asked, reply, proof, end, result } = run()
    const group = getArithmetic().modp1536
    const receive: { name: string, message: Uint8Array, verify: (message: Uint8Array) => unknown }[] = [
      { name: 'message 1', message: offer.message, verify: (message) => smpArithmetic.ask(message) },
      { name: 'message 2', message: reply.message, verify: (message) => smpArithmetic.prove(offer.values, message, random) },
      { name: 'message 3', message: proof.message, verify: (message) => smpArithmetic.conclude(reply.values, message, random) },
      { name: 'message 4', message: end.message, verify: (message) => smpArithmetic.compare(proof.values, message) },
    ]

    it('S2: the honest run succeeds, and fails for other secrets', () => {
      expect([end.equal, result.equal]).to.deep.equal([true, true])
      const other = run('one', 'two')
      expect([other.end.equal, other.result.equal]).to.deep.equal([false, false])
    })

    for (const { name, message, verify } of receive) {
      it(`S2: ${name} with any number changed`, () => {
        expect(verify(message)).to.not.equal(undefined)
        numbersOf(message).forEach((_, index) => {
          const flipped = changed(message, index, (number) => number.map((byte, i) => i === number.length - 1 ? byte ^ 1 : byte))
          expect(verify(flipped), `number ${index} flipped`).to.equal(undefined)
          expect(verify(changed(message, index, () => new Uint8Array(0))), `number ${index} zero`).to.equal(undefined)
        })
      })

      it(`S2, K4: ${name} with numbers out of range`, () => {
        const p = hexDecode(PRIME_1536)
        const near = (offset: number): Uint8Array => p.map((byte, i) => i === p.length - 1 ? byte + offset : byte)
        const bad = [Uint8Array.of(1), near(-1), p, Uint8Array.of(1, ...new Uint8Array(192)), new Uint8Array(400).fill(0xff), group.order]
        for (let index = 0; index < numbersOf(message).length; index++) {
          for (const value of bad) expect(verify(changed(message, index, () => value)), `number ${index}`).to.equal(undefined)
        }
      })

      it(`S2: ${name} with too many or too few numbers, cut, or with bytes behind`, () => {
        const numbers = numbersOf(message)
        expect(verify(encodeMpis(...numbers, Uint8Array.of(2)))).to.equal(undefined)
        expect(verify(encodeMpis(...numbers.slice(1)))).to.equal(undefined)
        expect(verify(Uint8Array.of(...message, 0))).to.equal(undefined)
        expect(verify(new Uint8Array(0))).to.equal(undefined)
        fc.assert(fc.property(fc.nat(message.length - 1), (length) => verify(message.slice(0, length)) === undefined), { numRuns: 40 })
        const counted = message.slice()
        counted.set([0xff, 0xff, 0xff, 0xff])
        expect(verify(counted)).to.equal(undefined)
      })
    }

    it('S2: arbitrary bytes are refused and never thrown', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const { verify } of receive) expect(verify(bytes)).to.equal(undefined)
      }), { numRuns: 50 })
    })

    it('S2: exponents of q and above', () => {
      for (const index of [2, 5]) {
        const [number] = numbersOf(offer.message).slice(index)
        const sum = (BigInt(`0x${Buffer.from(number!).toString('hex')}`) + BigInt(`0x${Buffer.from(group.order).toString('hex')}`)).toString(16)
        const aboveQ = hexDecode(sum.length % 2 === 0 ? sum : `0${sum}`)
        expect(smpArithmetic.ask(changed(offer.message, index, () => aboveQ))).to.equal(undefined)
      }
    })

    it('S2: Pa = Pb or Qa = Qb', () => {
      const { pb, qb, g2, g3, b3 } = reply.values
      // An initiator who knew our r4 could prove these: with their own r4 for the one and ours for the other.
      const honest = decodeMpis(proof.message, ['element', 'element', 'hash', 'exponent', 'exponent', 'element', 'hash', 'exponent'])!
      const rest = honest.slice(2)
      expect(smpArithmetic.conclude(reply.values, encodeMpis(pb, honest[1], ...rest), random)).to.equal(undefined)
      expect(smpArithmetic.conclude(reply.values, encodeMpis(honest[0], qb, ...rest), random)).to.equal(undefined)
      // With a proof that holds: P and Q of the very numbers that we are made to hold as ours.
      const made = makeCoordinates(6, g2, g3, asSecret(new Uint8Array(32).fill(7)), random)
      const power = group.power(group.multiply(made.q, group.invert(qb)), b3)
      const forged = encodeMpis(made.p, made.q, made.c, made.d5, made.d6, power, made.c, made.d5)
      expect(smpArithmetic.conclude({ ...reply.values, pb: made.p }, forged, random)).to.equal(undefined)
      expect(smpArithmetic.conclude({ ...reply.values, qb: made.q }, forged, random)).to.equal(undefined)
      expect(asked.g2a.length).to.equal(192)
    })

    it('S2: a false proof inside a session is called cheating, and the session lives', () => {
      const { a, b } = encryptedPair()
      send(a, { type: tlvTypeV3.smp1, value: changed(offer.message, 1, (number) => number.map((byte) => byte ^ 1)) })
      settle(a, b)
      expect(smpOf(b)).to.deep.equal([{ type: 'smp', event: 'cheated' }])
      expect(describeSession(b.session)).to.include({ state: 'encrypted', smp: 'expect1' })
    })
  })

  it('S3: the same secret between other fingerprints or another session id never succeeds', () => {
    // Mallory sits between two sessions and passes the TLVs on.
    const left = encryptedPair('left')
    const right = encryptedPair('right')
    const [alice, mallory1] = [left.a, left.b]
    const [mallory2, bob] = [right.a, right.b]
    begin(alice, 'our secret')
    const pass = (from: Party, through: Party, out: Party, to: Party): void => {
      const tlvs: Tlv[] = []
      for (const message of from.take()) {
        // What Mallory reads in one session she says in the other: as unknown types first, to see the bytes.
        const { session } = through
        if (session.state !== 'encrypted') throw new Error('no session')
        tlvs.push(...readTlvs(through, message as DataMessageV3))
      }
      send(out, ...tlvs)
      for (const message of out.take()) to.receive(message)
    }
    pass(alice, mallory1, mallory2, bob)
    expect(smpOf(bob)).to.deep.include({ type: 'smp', event: 'asked', attempts: 1 })
    answer(bob, 'our secret')
    pass(bob, mallory2, mallory1, alice)
    pass(alice, mallory1, mallory2, bob)
    pass(bob, mallory2, mallory1, alice)
    const said = [...smpOf(alice), ...smpOf(bob)].map((event) => event.type === 'smp' ? event.event : event.type)
    expect(said).to.include('failed')
    expect(said).to.not.include('succeeded')
  })

  it('S3: the compared value depends on both fingerprints, their order, the session id and the secret', () => {
    const [first, second] = [new Uint8Array(20).fill(1), new Uint8Array(20).fill(2)]
    const ssid = new Uint8Array(8).fill(3)
    const values = [
      smpSecret(first, second, ssid, utf8Encode('x')), smpSecret(second, first, ssid, utf8Encode('x')),
      smpSecret(first, first, ssid, utf8Encode('x')), smpSecret(first, second, new Uint8Array(8), utf8Encode('x')),
      smpSecret(first, second, ssid, utf8Encode('y')),
    ]
    expect(new Set(values.map((value) => Buffer.from(value).toString('hex'))).size).to.equal(values.length)
  })

  it('S5: a wrong secret is failed on both sides and changes nothing else', () => {
    const { a, b } = encryptedPair()
    begin(a, 'right')
    settle(a, b)
    answer(b, 'wrong')
    settle(a, b)
    expect(smpOf(a).at(-1)).to.deep.equal({ type: 'smp', event: 'failed' })
    expect(smpOf(b).at(-1)).to.deep.equal({ type: 'smp', event: 'failed' })
    expect(describeSession(a.session)).to.include({ state: 'encrypted', smp: 'expect1' })
  })

  it('S6: neither question nor secret can be seen from outside', () => {
    const { a } = encryptedPair()
    begin(a, 'the secret itself', 'the question itself')
    const seen = JSON.stringify(a.take(), (_, value: unknown) => value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value)
    expect(seen).to.not.contain('question')
    expect(seen).to.not.contain('secret')
    const kept = JSON.stringify(a.session, (_, value: unknown) => value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value)
    expect(kept).to.not.contain('the secret itself')
  })

  it('S7: any question arrives as inert text within the limit, or not at all', () => {
    const { a, b } = encryptedPair()
    const { message } = run().offer
    const ask = (question: Uint8Array): ProtocolEvent | undefined => {
      send(a, { type: tlvTypeV3.smp1Question, value: Uint8Array.of(...question, 0, ...message) })
      for (const sent of a.take()) b.receive(sent)
      const event = smpOf(b).at(-1)
      send(a, { type: tlvTypeV3.smpAbort, value: new Uint8Array(0) })
      for (const sent of a.take()) b.receive(sent)
      b.said()
      b.take()
      return event
    }
    const html = '<img src=x onerror=alert(1)>\u202e\u2066'
    expect(ask(utf8Encode(html))).to.deep.include({ event: 'asked', question: html })
    const long = ask(new Uint8Array(63_000).fill(0x78))
    expect(long).to.deep.include({ event: 'asked', question: 'x'.repeat(SMP_QUESTION_LENGTH) })
    const split = ask(utf8Encode(`${'x'.repeat(SMP_QUESTION_LENGTH - 1)}😀😀`))
    expect(split).to.deep.include({ event: 'asked', question: 'x'.repeat(SMP_QUESTION_LENGTH - 1) })
    expect(ask(Uint8Array.of(0xff, 0xfe))).to.deep.include({ event: 'asked', question: '\ufffd\ufffd' })
    // A second NUL belongs to the message, which is then none.
    expect(ask(Uint8Array.of(0x61, 0, 0x62))).to.deep.equal({ type: 'smp', event: 'cheated' })
    send(a, { type: tlvTypeV3.smp1Question, value: utf8Encode('no NUL at all') })
    settle(a, b)
    expect(smpOf(b)).to.deep.equal([{ type: 'smp', event: 'cheated' }])
  })

  it('S9: attempts are counted in the event and limited, success gives them back', () => {
    const { a, b } = encryptedPair()
    const { message } = run().offer
    const attempt = (): ProtocolEvent | undefined => {
      send(a, { type: tlvTypeV3.smp1, value: message })
      for (const sent of a.take()) b.receive(sent)
      const event = smpOf(b).at(0)
      send(a, { type: tlvTypeV3.smpAbort, value: new Uint8Array(0) })
      for (const sent of a.take()) b.receive(sent)
      b.said()
      b.take()
      return event
    }
    for (let i = 1; i <= SMP_ATTEMPTS; i++) expect(attempt()).to.deep.equal({ type: 'smp', event: 'asked', attempts: i })
    const refused = { type: 'notice', code: 'limit', detail: 'too many attempts at SMP in a short time' }
    expect(attempt()).to.deep.equal(refused)
    b.now += SMP_ATTEMPT_SECONDS - 1
    expect(attempt()).to.deep.equal(refused)
    b.now += 1
    expect(attempt()).to.deep.include({ event: 'asked', attempts: SMP_ATTEMPTS + 1 })
    expect(attempt()).to.deep.equal(refused)
    // Our own attempts are not limited, and one that succeeds ends the suspicion.
    begin(b, 'x')
    settle(a, b)
    answer(a, 'x')
    settle(a, b)
    expect(smpOf(b).at(-1)).to.deep.equal({ type: 'smp', event: 'succeeded' })
    expect(attempt()).to.deep.include({ event: 'asked', attempts: SMP_ATTEMPTS + 2 })
  })

  it('S10: TLV 7 asks a question and TLV 8 announces the extra key, as version 3 says', () => {
    const { a, b } = encryptedPair()
    send(a, { type: 7, value: Uint8Array.of(0, 0, 0, 1, 0xaa) })
    settle(a, b)
    // In version 4 this would have been an extra key.
    expect(smpOf(b)).to.deep.equal([{ type: 'smp', event: 'cheated' }])
    // To version 2 it is a TLV of the application.
    send(a, { type: 8, value: Uint8Array.of(0, 0, 0, 1, 0xaa) })
    settle(a, b)
    expect(b.said().map(({ type }) => type)).to.include(version === 3 ? 'extra-key' : 'tlv')
    // SMP message 1 of version 4 begins with the length of a question, then Ed448 points.
    send(a, { type: 2, value: Uint8Array.of(0, 0, 0, 0, ...new Uint8Array(57 * 6)) })
    settle(a, b)
    expect(smpOf(b)).to.deep.equal([{ type: 'smp', event: 'cheated' }])
  })
})

/** What an owner of the session reads in a data message, without telling the machine. */
function readTlvs(party: Party, message: DataMessageV3): Tlv[] {
  // Types that the machine does not handle come out as events: move SMP's types there, inside the attacker's own client.
  const { session } = party
  if (session.state !== 'encrypted') throw new Error('no session')
  const decrypted = decryptData(session.keys, message)
  if (decrypted.kind !== 'accepted') throw new Error('unreadable')
  party.receive(message)
  party.take()
  return [...decrypted.plaintext.tlvs]
}
