import { expect } from 'chai'
import fc from 'fast-check'
import { getArithmetic } from '../../src/crypto/provider.js'
import { generateDh3072 } from '../../src/crypto/dh3072.js'
import { generateEcdh } from '../../src/crypto/ecdh.js'
import { defaultRatchetLimits, FREE_DERIVATIONS, ratchetReceive, wipeReplaced } from '../../src/ratchet/index.js'
import { costOf, planFor } from '../../src/ratchet/plan.js'
import { startHandshake, type DerivationMeter } from '../../src/v4/index.js'
import type { DataMessageV4 } from '../../src/wire/index.js'
import { countingArithmetic } from '../support/counting-arithmetic.js'
import { ratchetPair, type Dake, type RatchetPeer } from '../support/ratchet-pair.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { encryptedPair, settle, talk, texts, type V4Party } from '../support/v4-parties.js'

const toy = (action: () => void) => () => { withArithmetic(toyArithmetic, action) }

/** What is done in `action`: steps of a chain, and operations in the groups. */
function work<T>(action: () => T): { readonly result: T, readonly steps: number, readonly operations: number } {
  const { arithmetic, counter } = countingArithmetic(getArithmetic())
  let steps = 0
  const result = withArithmetic({ ...arithmetic, chainStep: (key) => { steps++; return arithmetic.chainStep(key) } }, action)
  return { result, steps, operations: counter.operations }
}

/** A meter that records the requests to it. */
class Meter implements DerivationMeter {
  readonly taken: number[] = []
  readonly returned: number[] = []
  allow: (cost: number) => boolean

  constructor(allow: (cost: number) => boolean = () => true) {
    this.allow = allow
  }

  take(cost: number): boolean {
    this.taken.push(cost)
    return this.allow(cost)
  }

  giveBack(cost: number): void {
    this.returned.push(cost)
  }
}

/** Nothing happens but a notice `limit`, and nothing is derived. */
function expectLimited(party: V4Party, message: DataMessageV4): void {
  const { session } = party
  const before = structuredClone(session)
  const { result: { events, outgoing }, steps, operations } = work(() => party.receive(message))
  expect(events).to.have.length(1)
  expect(events[0]).to.include({ type: 'notice', code: 'limit' })
  expect(outgoing).to.deep.equal([])
  expect(party.session).to.equal(session)
  expect(party.session).to.deep.equal(before)
  expect([steps, operations]).to.deep.equal([0, 0])
}

const say = (party: V4Party): DataMessageV4 => {
  const message = party.send('x')
  party.take()
  if (message.kind !== 'v4-data') throw new Error('no data message')
  return message
}

describe('what a data message of version 4 may cost', () => {
  it('A8: a forged message of 558 characters that names a new chain with a large gap costs nothing without an allowance', () => {
    const { alice, bob } = encryptedPair('smallest')
    talk(alice, bob, 3)
    const meter = new Meter(() => false)
    bob.options = { ...bob.options, derivations: meter }
    const seen = say(alice)
    const { maxSkip } = defaultRatchetLimits
    const forged = { ...seen, messageId: maxSkip, previousChain: maxSkip, authenticator: new Uint8Array(64) }
    expectLimited(bob, forged)
    expect(meter.taken[0]).to.be.greaterThan(2 * maxSkip)
    // The genuine one goes as soon as there is one.
    expectLimited(bob, seen)
    meter.allow = () => true
    expect(texts(bob.receive(seen).events)).to.deep.equal(['x'])
  })

  it('A8: the cost is known without a single derivation, and is exactly what is done then', toy(() => {
    const kinds = new Set<string>()
    fc.assert(fc.property(
      fc.constantFrom<Dake>('interactive', 'non-interactive'), fc.nat(9), fc.nat(30), fc.nat(30), fc.nat(6), fc.boolean(),
      (dake, rounds, lostBefore, lostNow, pick, forged) => {
        const { alice, bob } = ratchetPair(dake, seededRandom(`${rounds}`))
        const sent: DataMessageV4[] = []
        let [from, to] = [alice, bob]
        let read: DataMessageV4 | undefined
        for (let n = 0; n <= rounds; n++) {
          read = from.send('x')
          to.receive(read)
          ;[from, to] = [to, from]
        }
        // `to` has written last: it loses some of its chain, hears an answer, and goes on in a new one.
        for (let n = 0; n < lostBefore; n++) sent.push(to.send('lost'))
        to.receive(from.send('y'))
        for (let n = 0; n <= lostNow; n++) sent.push(to.send('z'))
        const message = [sent.at(-1), sent[0], sent[lostBefore], sent[Math.min(3, sent.length - 1)], sent[lostBefore - 1], sent[lostBefore + 1], read][pick] ?? sent[0]!
        const header = forged ? { ...message, ecdh: generateEcdh(seededRandom('forged')).publicKey } : message
        const { result: cost, ...nothing } = work(() => costOf(planFor(from.state, header, { now: 0, limits: defaultRatchetLimits })))
        expect(nothing).to.deep.equal({ steps: 0, operations: 0 })
        const { result, steps, operations } = work(() => ratchetReceive(from.state, header, { now: 0 }))
        if (result.kind === 'keys') wipeReplaced(result.state, from.state)
        const rotates = result.kind === 'keys' && header.ratchetId > (from.state.receiving?.ratchetId ?? -1)
        kinds.add(`${result.kind} ${rotates} ${cost.total > FREE_DERIVATIONS}`)
        if (result.kind === 'duplicate' || result.kind === 'refused') expect([cost.total, steps, operations]).to.deep.equal([0, 0, 0])
        else if (!rotates) {
          // A stored key costs one hash, which is counted as a step.
          expect(operations).to.equal(0)
          expect(cost).to.deep.equal({ total: Math.max(1, steps), regular: 1 })
        } else {
          const withDh = header.ratchetId % 3 === 0
          // Each key is validated, and multiplied once.
          expect(operations).to.equal(withDh ? 4 : 2)
          expect(cost).to.deep.equal({ total: steps + (withDh ? 430 : 50), regular: 1 + (withDh ? 430 : 50) })
        }
      },
    ), { numRuns: 200 })
    for (const kind of ['duplicate false false', 'refused false false', 'keys false false', 'keys false true', 'keys true true']) expect(kinds).to.include(kind)
  }))

  it('A8: the cheap ones always go, without asking: the newest chain a few messages on, and every message that was kept for', toy(() => {
    const { alice, bob } = encryptedPair('cheap')
    const meter = new Meter(() => false)
    const first = say(alice)
    bob.receive(first)
    bob.options = { ...bob.options, derivations: meter }
    for (let gap = 0; gap < FREE_DERIVATIONS; gap++) {
      const skipped = Array.from({ length: gap }, () => say(alice))
      expect(texts(bob.receive(say(alice)).events)).to.deep.equal(['x'])
      for (const late of skipped.reverse()) expect(texts(bob.receive(late).events)).to.deep.equal(['x'])
    }
    expect(meter.taken).to.deep.equal([])
    const skipped = Array.from({ length: FREE_DERIVATIONS }, () => say(alice))
    expectLimited(bob, say(alice))
    expect(meter.taken).to.deep.equal([FREE_DERIVATIONS + 1])
    for (const late of skipped) expect(texts(bob.receive(late).events)).to.deep.equal(['x'])
  }))

  it('A8: an authentic message gets back the cost of a message without a gap; a forged one gets nothing', toy(() => {
    const { alice, bob } = encryptedPair('back')
    const meter = new Meter()
    bob.options = { ...bob.options, derivations: meter }
    alice.options = { ...alice.options, derivations: new Meter() }
    for (let n = 0; n < 12; n++) talk(alice, bob)
    expect(meter.returned).to.deep.equal(meter.taken)
    expect(meter.taken.length).to.be.at.least(11)
    expect(new Set(meter.taken)).to.deep.equal(new Set([51, 431]))
    const before = meter.taken.length
    for (let n = 0; n < 40; n++) say(alice)
    const message = say(alice)
    bob.receive({ ...message, flags: 1 })
    expect(meter.returned).to.have.length(before)
    bob.receive(message)
    const [forged, genuine] = meter.taken.slice(before)
    expect(forged).to.equal(genuine)
    expect(genuine).to.be.greaterThan(90)
    expect(meter.returned.slice(before)).to.deep.equal([genuine! - 40])
  }))

  it('A8: side sessions take from the allowance one by one, and a message that is cheap in one of them is read', toy(() => {
    const { alice, bob } = encryptedPair('aside')
    talk(alice, bob, 2)
    for (let n = 0; n < 3; n++) {
      bob.do(() => startHandshake(bob.session, bob.context))
      // A message that she wrote before the new session was established arrives after it.
      settle(alice, bob)
      if (n < 2) talk(alice, bob, 2)
    }
    expect(bob.session.side).to.have.length(3)
    const meter = new Meter(() => false)
    bob.options = { ...bob.options, derivations: meter }
    // Nobody knows in which session this is: it looks like a new chain to each whose turn it is.
    const turns = [bob.encrypted.ratchet, ...bob.session.side.map(({ ratchet }) => ratchet)].filter(({ turn }) => turn === 'theirs')
    expect(turns.length).to.be.at.least(2)
    const real = say(alice)
    for (const { ratchetId } of turns) {
      const before = meter.taken.length
      const dh = ratchetId % 3 === 0 ? generateDh3072(seededRandom('dh')).publicKey : new Uint8Array(0)
      const header = { ratchetId, messageId: 500, previousChain: 0, ecdh: generateEcdh(seededRandom('forged')).publicKey, dh }
      expectLimited(bob, { ...real, ...header })
      expect(meter.taken.length - before).to.equal(turns.filter((turn) => turn.ratchetId === ratchetId).length)
    }
  }))

  it('A8: data messages that overtook the last message of a DAKE are asked for too, when it comes', toy(() => {
    const { alice, bob } = encryptedPair('early')
    talk(alice, bob)
    bob.do(() => startHandshake(bob.session, bob.context))
    const [identity] = bob.take()
    alice.receive(identity!)
    const [authR] = alice.take()
    bob.receive(authR!)
    const [authI] = bob.take()
    const genuine = say(bob)
    const meter = new Meter((cost) => cost < 1000)
    alice.options = { ...alice.options, derivations: meter }
    alice.said()
    for (let n = 0; n < 50; n++) {
      alice.receive({ ...genuine, ecdh: generateEcdh(seededRandom(`${n}`)).publicKey, messageId: 900 })
    }
    alice.receive(genuine)
    const { result: { events }, steps } = work(() => alice.receive(authI!))
    expect(texts(events)).to.deep.equal(['x'])
    expect(steps).to.be.lessThan(20)
    expect(meter.taken.filter((cost) => cost > 1000)).to.have.length(50)
    // One cheaper than that is the genuine one.
    expect(meter.returned).to.deep.equal([431])
  }))

  it('A8: whatever is refused for its cost is read when it comes again, and nothing gets out of step', toy(() => {
    let limited = 0
    fc.assert(fc.property(
      fc.array(fc.tuple(fc.nat(1), fc.nat(3), fc.boolean(), fc.nat(4)), { maxLength: 60, size: 'max' }),
      (actions) => {
        const { alice, bob } = ratchetPair('interactive', seededRandom('schedule'))
        const peers = [alice, bob] as const
        const waiting: [DataMessageV4[], DataMessageV4[]] = [[], []]
        const expected: [number, number] = [0, 0]
        const receive = (peer: RatchetPeer, message: DataMessageV4, allow: boolean): boolean => {
          const before = peer.state
          const copy = structuredClone(before)
          const asked: number[] = []
          const received = ratchetReceive(before, message, { now: 0, limits: peer.limits, mayDerive: ({ total }) => { asked.push(total); return allow } })
          if (received.kind !== 'costly') {
            if (received.kind === 'keys') wipeReplaced(received.state, before)
            const read = peer.receive(message)
            expect(read).to.have.property('text')
            return true
          }
          limited++
          expect(allow).to.equal(false)
          expect(asked).to.deep.equal([received.cost.total])
          expect(before).to.deep.equal(copy)
          return false
        }
        for (const [who, count, allow, at] of actions) {
          const to = 1 - who as 0 | 1
          for (let n = 0; n < count; n++) {
            waiting[to].push(peers[who]!.send('x'))
            expected[to]++
          }
          const message = waiting[who as 0 | 1][at]
          if (message !== undefined && receive(peers[who]!, message, allow)) {
            waiting[who as 0 | 1].splice(at, 1)
            expected[who as 0 | 1]--
          }
        }
        for (const who of [0, 1] as const) {
          for (const message of waiting[who]) if (receive(peers[who], message, true)) expected[who]--
        }
        expect(expected).to.deep.equal([0, 0])
      },
    ), { numRuns: 150 })
    expect(limited).to.be.greaterThan(100)
  }))
})
