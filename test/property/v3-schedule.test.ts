import { expect } from 'chai'
import fc from 'fast-check'
import {
  endSession, sendExtraKey, createSession, sendMessage, abortSmp, answerSmp, startSmp, startHandshake, runTimers, describeSession, type V3Message,
} from '../../src/v3/index.js'
import { sessionKeys } from '../../src/v3/session-keys.js'
import { encodeMessage, hexEncode } from '../../src/wire/index.js'
import { alice, bob, encryptedPair, Party, settle } from '../scenario/v3-parties.js'

/** What the users, the network and an attacker may do next. `party` and `pick` choose the party and the message. */
type Action = { readonly kind: typeof kinds[number], readonly party: number, readonly pick: number }

const kinds = [
  'send', 'send', 'send', 'deliver', 'deliver', 'deliver', 'deliver', 'deliver', 'drop', 'duplicate', 'reorder', 'forge', 'heartbeat', 'start',
  'end', 'smp-start', 'smp-answer', 'smp-abort', 'extra-key', 'wait', 'lose-state',
] as const

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(...kinds), party: fc.nat(1), pick: fc.nat(1000),
})

/** The message with one bit changed, or some field of another. */
function forge(message: V3Message, pick: number): V3Message {
  const fields = Object.entries(message).filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array && entry[1].length > 0)
  const [name, bytes] = fields[pick % fields.length]!
  // The codec would refuse a leading zero before the machine sees it.
  const at = name === 'gy' || name === 'nextDh' ? bytes.length - 1 : pick % bytes.length
  return { ...message, [name]: bytes.map((byte, i) => i === at ? byte ^ (1 << (pick & 7)) : byte) }
}

/** A message changed like this leaves the state as it is: all but the commitment and the key list, which nothing authenticates. */
function mustBeRefused(before: V3Message, pick: number): boolean {
  const changed = forge(before, pick)
  if (before.kind === 'v3-dh-commit' || before.kind === 'v3-dh-key') return false
  if (before.kind !== 'v3-data') return true
  return changed.kind === 'v3-data' && changed.oldMacKeys.every((byte, i) => byte === before.oldMacKeys[i])
}

class World {
  readonly parties: readonly [Party, Party]
  /** What is under way to each. */
  readonly underWay: [V3Message[], V3Message[]] = [[], []]
  /** The texts that each sent, and those that each read, in order. */
  readonly sent: [string[], string[]] = [[], []]
  readonly read: [string[], string[]] = [[], []]
  count = 0

  constructor(seed: number) {
    this.parties = [new Party(alice, `${seed} a`, bob.instanceTag), new Party(bob, `${seed} b`, alice.instanceTag)]
    for (const party of this.parties) party.options = { heartbeatAfter: 60 }
  }

  /** Applies a step; every message on the wire is examined. */
  collect(): void {
    for (const at of [0, 1] as const) {
      const party = this.parties[at]
      for (const message of party.take()) {
        if (message.kind === 'v3-data') expectUnreadable(party, message.oldMacKeys)
        const bytes = Buffer.from(encodeMessage(message)).toString('latin1')
        for (const text of this.sent[at]) expect(bytes, 'no text in clear').to.not.contain(text)
        this.underWay[at === 0 ? 1 : 0].push(message)
      }
      for (const event of party.said()) {
        if (event.type !== 'message') continue
        const from = this.sent[at === 0 ? 1 : 0]
        expect(from, 'only what was sent').to.include(event.text)
        expect(this.read[at], 'nothing twice').to.not.include(event.text)
        this.read[at].push(event.text)
      }
    }
  }

  /** An operation of a user's: it may be refused with an error of ours, and then nothing has changed. */
  attempt(party: Party, operate: () => void): boolean {
    const { session } = party
    try {
      operate()
      return true
    } catch (error) {
      expect(error).to.have.property('code').that.is.oneOf(['OTR_NOT_ENCRYPTED', 'OTR_SMP_NOT_ASKED'])
      expect(party.session).to.equal(session)
      return false
    }
  }

  step({ kind, party: at, pick }: Action): void {
    const side = at === 0 ? 0 : 1
    const party = this.parties[side]
    const queue = this.underWay[side]
    const chosen = pick % Math.max(1, queue.length)
    switch (kind) {
      case 'send': {
        const text = `secret text number ${this.count++} of ${side}`
        if (this.attempt(party, () => { party.do(() => sendMessage(party.session, { text }, party.context)) })) this.sent[side].push(text)
        break
      }
      case 'heartbeat':
        this.attempt(party, () => { party.do(() => runTimers(party.session, party.context)) })
        break
      case 'deliver':
        if (queue[0] !== undefined) party.receive(queue.shift()!)
        break
      case 'drop':
        queue.splice(chosen, 1)
        break
      case 'duplicate':
        if (queue[chosen] !== undefined) queue.push(queue[chosen])
        break
      case 'reorder':
        queue.push(...queue.splice(0, chosen))
        break
      case 'forge': {
        const message = queue[chosen]
        if (message === undefined) break
        const { session } = party
        const before = structuredClone(session)
        party.receive(forge(message, pick))
        if (mustBeRefused(message, pick)) {
          expect(party.session).to.equal(session)
          expect(party.session).to.deep.equal(before)
        }
        break
      }
      case 'start':
        party.do(() => startHandshake(party.session, party.context))
        break
      case 'end':
        if (pick % 4 === 0) party.do(() => endSession(party.session, party.context))
        break
      case 'smp-start':
        this.attempt(party, () => { party.do(() => startSmp(party.session, { secret: `secret ${pick % 2}` }, party.context)) })
        break
      case 'smp-answer':
        this.attempt(party, () => { party.do(() => answerSmp(party.session, `secret ${pick % 2}`, party.context)) })
        break
      case 'smp-abort':
        this.attempt(party, () => { party.do(() => abortSmp(party.session, party.context)) })
        break
      case 'extra-key':
        this.attempt(party, () => { party.do(() => sendExtraKey(party.session, { use: pick, data: new Uint8Array(3) }, party.context)) })
        break
      case 'wait':
        party.now += pick / 10
        break
      case 'lose-state':
        if (pick % 8 === 0) party.session = createSession({ theirTag: party.session.theirTag })
        break
    }
    this.collect()
  }

  /** However it went: a start over a network that works ends in a session that works. */
  heal(): void {
    for (const queue of this.underWay) queue.length = 0
    const [a, b] = this.parties
    for (const party of this.parties) party.do(() => endSession(party.session, party.context))
    a.take()
    b.take()
    a.do(() => startHandshake(a.session, a.context))
    settle(a, b)
    expect(describeSession(a.session).ssid).to.deep.equal(describeSession(b.session).ssid)
    expect([a.session.state, b.session.state]).to.deep.equal(['encrypted', 'encrypted'])
  }
}

describe('two sessions of version 3 under random schedules', function () {
  this.timeout(120_000)

  it('never throw, never leak, read only what was sent and nothing twice, and always find together again', () => {
    fc.assert(fc.property(fc.nat(), fc.array(action, { minLength: 20, maxLength: 80 }), (seed, actions) => {
      const world = new World(seed)
      // Start in a session, or not.
      if (seed % 4 > 0) {
        const [a, b] = world.parties
        a.do(() => startHandshake(a.session, a.context))
        settle(a, b)
        world.collect()
      }
      for (const next of actions) world.step(next)
      world.heal()
    }), { numRuns: 150 })
  })

  for (const renewing of [false, true]) {
    const title = `read everything in order when the network keeps the order and loses nothing${renewing ? ', however often either renews the session' : ''}`
    it(title, () => {
      const turn = fc.record({ party: fc.nat(1), act: fc.constantFrom('send', 'deliver', 'deliver', ...renewing ? ['start' as const] : []) })
      fc.assert(fc.property(fc.array(turn, { minLength: 10, maxLength: 60 }), (turns) => {
        const { a, b } = encryptedPair('in order')
        const parties = [a, b] as const
        const underWay: [V3Message[], V3Message[]] = [[], []]
        const sent: [string[], string[]] = [[], []]
        const read: [string[], string[]] = [[], []]
        const collect = (at: 0 | 1): void => {
          const party = parties[at]
          for (const event of party.said()) if (event.type === 'message') read[at].push(event.text)
          for (const message of party.take()) {
            if (message.kind === 'v3-data') expectUnreadable(party, message.oldMacKeys)
            underWay[at === 0 ? 1 : 0].push(message)
          }
        }
        const deliver = (to: 0 | 1): void => {
          const message = underWay[to].shift()
          if (message !== undefined) parties[to].receive(message)
          collect(to)
        }
        turns.forEach(({ party: number, act }, i) => {
          const at = number === 0 ? 0 : 1
          const party = parties[at]
          if (act === 'deliver') {
            deliver(at)
            return
          }
          if (act === 'start') {
            party.do(() => startHandshake(party.session, party.context))
          } else {
            party.do(() => sendMessage(party.session, { text: `text ${i}` }, party.context))
            sent[at].push(`text ${i}`)
          }
          collect(at)
        })
        while (underWay[0].length + underWay[1].length > 0) for (const to of [0, 1] as const) deliver(to)
        expect(read).to.deep.equal([sent[1], sent[0]])
      }), { numRuns: renewing ? 150 : 40 })
    })
  }
})

/** T5: MAC keys that were revealed verify nothing that the party would still accept. */
function expectUnreadable({ session }: Party, revealed: Uint8Array): void {
  if (revealed.length === 0 || session.state !== 'encrypted') return
  const keys = Array.from({ length: revealed.length / 20 }, (_, at) => hexEncode(revealed.subarray(20 * at, 20 * at + 20)))
  for (const { ours, oursPrevious, theirs, theirsPrevious } of [session.keys, ...session.side.map((one) => one.keys)]) {
    for (const own of [ours, oursPrevious]) {
      for (const other of [theirs, theirsPrevious]) {
        if (other !== undefined) expect(keys).to.not.include(hexEncode(sessionKeys(own, other).receivingMacKey))
      }
    }
  }
}
