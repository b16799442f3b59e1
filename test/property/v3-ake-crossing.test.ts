import { createHash } from 'node:crypto'
import { serialize } from 'node:v8'
import { expect } from 'chai'
import { getArithmetic, setArithmetic } from '../../src/crypto/provider.js'
import type { Arithmetic } from '../../src/crypto/arithmetic.js'
import { createSession, receiveMessage, sendMessage, startHandshake, describeSession, type V3Account, type V3Context, type V3Message, type V3Session } from '../../src/v3/index.js'
import { encodeMessage } from '../../src/wire/index.js'
import { alice, bob, overTheWire } from '../scenario/v3-parties.js'
import { memoArithmetic } from '../support/memoizing-arithmetic.js'
import { seededRandom } from '../support/seeded.js'

/** One side in one state of the model. */
interface Side {
  readonly session: V3Session
  /** How often it took a step: its random numbers follow from that, so that equal histories are equal states. */
  readonly steps: number
}

/** One state of the world: both sides, and the messages under way to each of them. */
interface World {
  readonly sides: readonly [Side, Side]
  /** To side 0 and to side 1, oldest first. */
  readonly underWay: readonly [readonly V3Message[], readonly V3Message[]]
  /** Everything that was ever sent to either. */
  readonly sent: readonly [readonly V3Message[], readonly V3Message[]]
  /** How many messages the network may still deliver once more. */
  readonly copies: number
  /** How many times a user may still start over. */
  readonly restarts: number
}

type Pair<T> = readonly [T, T]

interface Model {
  readonly seed: string
  /** Whether messages of one direction stay in order, as the specification assumes. */
  readonly ordered: boolean
  readonly copies: number
  readonly restarts: number
}

const accounts: Pair<V3Account> = [alice, bob]

function put<T>(pair: Pair<T>, at: 0 | 1, value: T): Pair<T> {
  return at === 0 ? [value, pair[1]] : [pair[0], value]
}

/** A side takes a step, on copies: the machine overwrites secrets of the state it leaves. */
function act(model: Model, world: World, at: 0 | 1, transition: (session: V3Session, context: V3Context) => ReturnType<typeof startHandshake>): World {
  const side = world.sides[at]
  const context = { random: seededRandom(`${model.seed} ${at} ${side.steps}`), now: 0, account: accounts[at] }
  const { state, outgoing } = transition(structuredClone(side.session), context)
  const other = at === 0 ? 1 : 0
  const messages = outgoing.map(overTheWire)
  return {
    ...world,
    sides: put<Side>(world.sides, at, { session: state, steps: side.steps + 1 }),
    underWay: put(world.underWay, other, [...world.underWay[other], ...messages]),
    sent: put(world.sent, other, [...world.sent[other], ...messages]),
  }
}

/** Every world that one event makes of this one. */
function next(model: Model, world: World): World[] {
  const worlds: World[] = []
  for (const at of [0, 1] as const) {
    const waiting = world.underWay[at]
    const deliverable = model.ordered ? waiting.slice(0, 1) : waiting
    deliverable.forEach((message, index) => {
      const left = { ...world, underWay: put(world.underWay, at, waiting.filter((_, i) => i !== index)) }
      worlds.push(act(model, left, at, (session, context) => receiveMessage(session, overTheWire(message), context)))
    })
    if (world.copies > 0) {
      for (const message of new Set(world.sent[at])) {
        const left = { ...world, copies: world.copies - 1 }
        worlds.push(act(model, left, at, (session, context) => receiveMessage(session, overTheWire(message), context)))
      }
    }
    if (world.restarts > 0) worlds.push(act(model, { ...world, restarts: world.restarts - 1 }, at, startHandshake))
  }
  return worlds
}

/** What distinguishes one world from another. Step numbers are left out: they only choose random numbers. */
function nameOf(world: World): string {
  const messages = (list: readonly V3Message[]): string[] => list.map((message) => Buffer.from(encodeMessage(message)).toString('latin1'))
  const name = serialize([
    world.sides.map(({ session }) => session), world.underWay.map(messages), world.sent.map((list) => [...new Set(messages(list))]),
    world.copies, world.restarts,
  ])
  return createHash('sha1').update(name).digest('base64')
}

/** Both sides hold the two ends of one session: same session id, opposite roles, and each can read the other. */
function expectOneSession(world: World): void {
  const [a, b] = world.sides.map(({ session }) => describeSession(session)) as [ReturnType<typeof describeSession>, ReturnType<typeof describeSession>]
  expect([a.state, b.state], 'both encrypted').to.deep.equal(['encrypted', 'encrypted'])
  expect(a.ssid).to.deep.equal(b.ssid)
  expect(a.initiator).to.equal(!b.initiator)
  for (const [from, to] of [[0, 1], [1, 0]] as const) {
    const env = { random: seededRandom('end'), now: 0 }
    const sent = sendMessage(structuredClone(world.sides[from].session), { text: 'one session' }, { ...env, account: accounts[from] })
    const read = receiveMessage(structuredClone(world.sides[to].session), overTheWire(sent.outgoing[0]!), { ...env, account: accounts[to] })
    expect(read.events[0]).to.deep.equal({ type: 'message', text: 'one session' })
  }
}

/** Visits every world that is reachable when two sides start at the same time. */
function check(model: Model): { worlds: number, ends: number } {
  const side = (at: 0 | 1): Side => ({ session: createSession({ theirTag: accounts[1 - at]!.instanceTag }), steps: 0 })
  let start: World = {
    sides: [side(0), side(1)], underWay: [[], []], sent: [[], []], copies: model.copies, restarts: model.restarts,
  }
  start = act(model, start, 0, startHandshake)
  start = act(model, start, 1, startHandshake)
  const seen = new Set<string>()
  const queue = [start]
  let ends = 0
  for (let world = queue.pop(); world !== undefined; world = queue.pop()) {
    const name = nameOf(world)
    if (seen.has(name)) continue
    seen.add(name)
    if (world.underWay[0].length + world.underWay[1].length === 0) {
      expectOneSession(world)
      ends++
    }
    queue.push(...next(model, world))
  }
  return { worlds: seen.size, ends }
}

describe('T1, T2: crossing D-H Commit messages, every interleaving', function () {
  this.timeout(120_000)
  let before: Arithmetic
  beforeEach(() => { before = setArithmetic(memoArithmetic(getArithmetic())) })
  afterEach(() => { setArithmetic(before) })

  // Two seeds, so that the first and the second of the two has the higher hash.
  for (const seed of ['one', 'two', 'three', 'four']) {
    it(`ends in one session over a network that keeps the order (${seed})`, () => {
      expect(check({ seed, ordered: true, copies: 0, restarts: 0 }).ends).to.be.greaterThan(0)
    })
    it(`ends in one session over a network that does not (${seed})`, () => {
      expect(check({ seed, ordered: false, copies: 0, restarts: 0 }).ends).to.be.greaterThan(0)
    })
  }

  it('ends in one session when any two messages may be delivered twice, at any time', () => {
    expect(check({ seed: 'four', ordered: true, copies: 2, restarts: 0 }).worlds).to.be.greaterThan(500)
  })

  it('ends in one session when any message may be delivered twice and all may overtake each other', () => {
    expect(check({ seed: 'one', ordered: false, copies: 1, restarts: 0 }).worlds).to.be.greaterThan(200)
  })

  it('ends in one session when they start over in the middle', () => {
    expect(check({ seed: 'four', ordered: true, copies: 0, restarts: 2 }).worlds).to.be.greaterThan(500)
    expect(check({ seed: 'two', ordered: true, copies: 1, restarts: 1 }).worlds).to.be.greaterThan(1000)
  })
})
