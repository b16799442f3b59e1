import { expect } from 'chai'
import { getArithmetic } from '../../src/crypto/index.js'
import { receiveMessage, sendMessage, answerSmp, startSmp, startHandshake, runTimers, type V4Message, type V4Session, type V4Step } from '../../src/v4/index.js'
import { decodeMessage, encodeMessage, hexEncode } from '../../src/wire/index.js'
import { seededIntegers, type IntegerSource } from '../support/seeded-integers.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'
import { encryptedPair, notices, settle, talk, texts, V4Party } from '../support/v4-parties.js'

/** A message on its way, or one that arrived. */
interface Sent {
  readonly bytes: Uint8Array
  readonly kind: V4Message['kind']
  /** Of a data message with text. */
  readonly text: string | undefined
  /** Of the session that it was sent in. */
  readonly ssid: string
  /** How often it came in. */
  arrivals: number
}

type Side = 0 | 1

/** Two sessions, the network between them, and everything that the network may do. */
class World {
  readonly parties: readonly [V4Party, V4Party]
  readonly underWay: [Sent[], Sent[]] = [[], []]
  readonly arrived: [Sent[], Sent[]] = [[], []]
  readonly read = new Map<string, number>()
  readonly #roll: IntegerSource
  #written = 0

  constructor(parties: readonly [V4Party, V4Party], roll: IntegerSource) {
    this.parties = parties
    this.#roll = roll
  }

  #ssid(at: Side): string {
    const { session } = this.parties[at]
    return session.state === 'encrypted' ? hexEncode(session.ssid) : ''
  }

  /** Sends the messages of a step. No byte of any text may be visible in them. */
  #out(from: Side, { outgoing }: V4Step, text?: string): void {
    for (const message of outgoing) {
      const bytes = encodeMessage(message)
      expect(Buffer.from(bytes).includes('plaintext')).to.equal(false)
      this.underWay[1 - from]!.push({ bytes, kind: message.kind, text, ssid: this.#ssid(from), arrivals: 0 })
    }
  }

  #take(at: Side, step: V4Step): void {
    this.parties[at].session = step.state
    for (const text of texts(step.events)) this.read.set(text, (this.read.get(text) ?? 0) + 1)
  }

  /** A user, or the program, does something. */
  do(at: Side, transition: (party: V4Party) => V4Step, text?: string): void {
    const step = transition(this.parties[at])
    this.#take(at, step)
    this.#out(at, step, text)
  }

  send(at: Side): void {
    const text = `plaintext ${this.#written++}`
    this.do(at, (p) => sendMessage(p.session, { text }, p.context), text)
  }

  #receive(at: Side, bytes: Uint8Array): V4Step {
    const { session, account, env, options } = this.parties[at]
    return receiveMessage(session, decodeMessage(bytes) as V4Message, { ...env, account, ...options })
  }

  /** The network delivers. In its own session, every message is read once, whatever the order; and never twice. */
  deliver(to: Side, sent: Sent): void {
    const before = this.parties[to].session
    const sameSession = this.#ssid(to) === sent.ssid
    const step = this.#receive(to, sent.bytes)
    const seen = texts(step.events)
    if (sent.kind === 'v4-data' && sameSession && before.state === 'encrypted') {
      // It may have arrived before its session was established, and been read afterwards.
      if (sent.arrivals === 0 && (sent.text === undefined || !this.read.has(sent.text))) {
        if (sent.text !== undefined) expect(seen).to.deep.equal([sent.text])
      } else {
        // One that could be of the session to come as well is kept for that.
        if (before.dake.kind === 'none') expect(notices(step.events)).to.deep.equal(['duplicate'])
        expect(seen).to.deep.equal([])
        expect(step.outgoing).to.have.length(0)
      }
    }
    // Kept for a session to come, a message is not read yet: should its session come by, it may arrive again.
    if (sameSession || step.state === before) sent.arrivals += sameSession ? 1 : 0
    this.#take(to, step)
    this.#out(to, step)
    this.arrived[to].push(sent)
  }

  /** A message with a change in an authenticated part. It must have no effect. */
  forge(to: Side, sent: Sent): void {
    const bytes = sent.bytes.slice()
    // Behind the header; and before the revealed MAC keys, which nobody signs.
    const message = decodeMessage(bytes)
    const end = message.kind === 'v4-data' ? bytes.length - 4 - message.revealedMacKeys.length : bytes.length
    bytes[this.#roll(end)]! ^= 1 + this.#roll(255)
    const { session } = this.parties[to]
    let step: V4Step
    try {
      step = this.#receive(to, bytes)
    } catch (error) {
      expect(error).to.have.property('code', 'OTR_MALFORMED')
      return
    }
    expect(texts(step.events)).to.deep.equal([])
    if (message.kind === 'v4-identity') {
      // Answered, perhaps: that is not an end to anything.
      this.#take(to, step)
      this.#out(to, step)
    } else if (message.kind === 'v4-data' && session.dake.kind !== 'none') {
      expect(step.state.state).to.equal(session.state)
      this.#take(to, step)
    } else {
      expect(step.state).to.equal(session)
      expect(step.outgoing).to.have.length(0)
    }
  }

  /** The program ends and starts again, with its stored state. */
  restart(at: Side): void {
    this.parties[at].session = structuredClone(this.parties[at].session)
  }

  /** Whatever is on its way arrives, in any order. */
  flush(): void {
    for (let rounds = 0; this.underWay[0].length + this.underWay[1].length > 0; rounds++) {
      expect(rounds).to.be.lessThan(1000)
      const to = (this.underWay[0].length === 0 ? 1 : this.underWay[1].length === 0 ? 0 : this.#roll(2)) as Side
      const [sent] = this.underWay[to].splice(this.#roll(this.underWay[to].length), 1)
      this.deliver(to, sent!)
    }
  }
}

/** One schedule. `refreshes`: new DAKEs begin in the middle, and their messages are lost, doubled and forged like all others. */
function run(template: readonly [V4Party, V4Party], seed: number): void {
  const roll = seededIntegers(seed)
  const refreshes = seed % 10 === 0
  const parties = template.map((party, at) => {
    const copy = new V4Party(at === 0 ? 'alice' : 'bob', at === 0 ? 'bob' : 'alice', { seed: String(seed) }, party.account)
    copy.session = structuredClone(party.session)
    return copy
  }) as [V4Party, V4Party]
  const world = new World(parties, roll)
  const actions = 10 + roll(20)
  for (let i = 0; i < actions; i++) {
    const at = roll(2) as Side
    const incoming = world.underWay[at]
    switch (roll(16)) {
      case 0: case 1: case 2: case 3:
        world.send(at)
        break
      case 4: case 5: case 6: case 7: case 8:
        if (incoming.length > 0) world.deliver(at, incoming.splice(roll(incoming.length), 1)[0]!)
        break
      case 9:
        if (incoming.length > 0) incoming.splice(roll(incoming.length), 1)
        break
      case 10: {
        // Once more: something that arrived, or a copy of something that is on its way.
        const from = roll(2) === 0 ? world.arrived[at] : incoming
        if (from.length > 0) world.deliver(at, from[roll(from.length)]!)
        break
      }
      case 11: case 12: {
        const from = roll(2) === 0 ? world.arrived[at] : incoming
        if (from.length > 0) world.forge(at, from[roll(from.length)]!)
        break
      }
      case 13:
        world.restart(at)
        break
      case 14:
        parties[at].now += roll(100)
        world.do(at, (p) => runTimers(p.session, p.context))
        break
      default:
        if (refreshes) world.do(at, (p) => startHandshake(p.session, p.context))
        else world.do(at, (p) => smp(p, p.session, roll))
    }
  }
  world.flush()
  for (const [text, times] of world.read) expect(times, text).to.equal(1)
  // What became of it: they understand each other; at once, or, where a DAKE was cut in pieces, after one more.
  if (refreshes) {
    const [a, b] = parties
    a.take()
    b.take()
    a.start()
    settle(a, b)
  }
  talk(parties[0], parties[1], 2)
  expect(hexEncode(parties[0].encrypted.ssid)).to.equal(hexEncode(parties[1].encrypted.ssid))
}

function smp(p: V4Party, session: V4Session, roll: IntegerSource): V4Step {
  if (session.state === 'encrypted' && session.smp.state === 'asked') return answerSmp(session, `${roll(2)}`, p.context)
  return startSmp(session, { secret: `${roll(2)}` }, p.context)
}

describe('D11: random schedules between two sessions of version 4', function () {
  const full = process.env['OTR4_FULL'] === '1'
  const schedules = full ? 50_000 : 5000
  this.timeout(full ? 1_200_000 : 120_000)
  const BLOCK = schedules / 5

  const hashing = getArithmetic()

  for (let block = 0; block < 5; block++) {
    it(`schedules ${block * BLOCK} to ${(block + 1) * BLOCK - 1}: every message is read once or never, no other is, and they stay together`, () => {
      // The toy group, with the hash function of the arithmetic in use: hashing is what takes the time here.
      withArithmetic({ ...toyArithmetic, shake256: (parts, length) => hashing.shake256(parts, length) }, () => {
        const { alice, bob } = encryptedPair('schedules')
        for (let seed = block * BLOCK; seed < (block + 1) * BLOCK; seed++) {
          try {
            run([alice, bob], seed)
          } catch (error) {
            throw new Error(`schedule ${seed}`, { cause: error })
          }
        }
      })
    })
  }
})
