import { expect } from 'chai'
import { deriveDsaPublicKey } from '../../src/crypto/index.js'
import { ClientCore, generateEd448Keys, makeV4Identity, type Account, type ClientEvent, type ClientState } from '../../src/index.js'
import { rfc6979Key } from '../support/dsa.js'
import { seededRandom } from '../support/seeded.js'

/** The two accounts, for each set of versions. */
const accounts = new Map<string, Account>()

function account(versions: '3' | '34', side: Side): Account {
  const name = `${versions} ${side}`
  const made = accounts.get(name)
  if (made !== undefined) return made
  const key = Uint8Array.of(9, side + 1)
  const dsa = { ...deriveDsaPublicKey(rfc6979Key, key), x: key }
  const instanceTag = 0x1000 + side
  const random = seededRandom(side)
  const v4 = versions === '34' ? makeV4Identity(generateEd448Keys(random), { instanceTag, dsa, now: start }, random) : undefined
  const account = { address: names[side], instanceTag, v3: { dsa }, ...(v4 !== undefined && { v4 }) }
  accounts.set(name, account)
  return account
}

const start = 1_700_000_000

/** The whole world of two clients as data: it can be copied, and gone on with from any point in any order. */
interface World {
  readonly now: number
  readonly versions: '3' | '34'
  readonly states: readonly [ClientState, ClientState]
  /** What each has drawn from its random source. */
  readonly drawn: readonly [number, number]
  /** On the way from the first and from the second. */
  readonly queues: readonly [readonly string[], readonly string[]]
  /** How often each will still start of its own accord. */
  readonly starts: readonly [number, number]
}

type Side = 0 | 1
type Action = { readonly kind: 'start', readonly side: Side } | { readonly kind: 'deliver', readonly from: Side, readonly at: number }

const names = ['alice', 'bob'] as const

function core(world: World, side: Side, seed: number, drawn: { count: number }): ClientCore {
  return new ClientCore({
    account: account(world.versions, side),
    clock: () => world.now,
    random: (length) => seededRandom(seed * 100_000 + side * 10_000 + drawn.count++)(length),
    state: structuredClone(world.states[side]),
  })
}

/** One call to one of the two clients. */
function act(world: World, side: Side, seed: number, work: (client: ClientCore) => ClientEvent[]): { world: World, events: ClientEvent[] } {
  const drawn = { count: world.drawn[side] }
  const client = core(world, side, seed, drawn)
  const events = work(client)
  const lines = events.filter((event) => event.type === 'send').map(({ message }) => message)
  const put = <T>(pair: readonly [T, T], value: T): readonly [T, T] => side === 0 ? [value, pair[1]] : [pair[0], value]
  return {
    events,
    world: {
      ...world,
      states: put(world.states, structuredClone(client.exportState())),
      drawn: put(world.drawn, drawn.count),
      queues: put(world.queues, [...world.queues[side], ...lines]),
    },
  }
}

function actions(world: World, ordered: boolean): Action[] {
  const sides: readonly Side[] = [0, 1]
  const starts = sides.filter((side) => world.starts[side] > 0).map((side): Action => ({ kind: 'start', side }))
  const deliveries = sides.flatMap((from) => world.queues[from].slice(0, ordered ? 1 : undefined).map((_, at): Action => ({ kind: 'deliver', from, at })))
  return [...starts, ...deliveries]
}

function perform(world: World, action: Action, seed: number): World {
  if (action.kind === 'start') {
    const { side } = action
    const starts: [number, number] = [...world.starts]
    starts[side] -= 1
    return act({ ...world, starts }, side, seed, (client) => client.conversation(names[1 - side] ?? '').start()).world
  }
  const { from, at } = action
  const line = world.queues[from][at] ?? ''
  const queues: [readonly string[], readonly string[]] = [...world.queues]
  queues[from] = world.queues[from].filter((_, index) => index !== at)
  return act({ ...world, queues }, from === 0 ? 1 : 0, seed, (client) => client.receive(names[from], line)).world
}

/** Delivers all that is on its way, oldest first, then lets the clock run until nothing more is due. */
function settle(world: World, seed: number): World {
  let current = world
  for (let rounds = 0; rounds < 40; rounds++) {
    for (let action = actions(current, true)[0]; action !== undefined; action = actions(current, true)[0]) current = perform(current, action, seed)
    current = { ...current, now: current.now + 5 }
    for (const side of [0, 1] as const) current = act(current, side, seed, (client) => client.tick()).world
  }
  return current
}

function sessions(world: World, seed: number): { state: string, ssid: string | undefined }[][] {
  return ([0, 1] as const).map((side) => core(world, side, seed, { count: 0 }).conversation(names[1 - side] ?? '').status.sessions
    .map(({ state, ssid }) => ({ state, ssid })))
}

/** Both have exactly one session, the same, and it carries text both ways. */
function expectOneSession(world: World, seed: number): void {
  const [a, b] = sessions(world, seed)
  expect(a?.map(({ state }) => state)).to.deep.equal(['encrypted'])
  expect(a).to.deep.equal(b)
  for (const side of [0, 1] as const) {
    const sent = act(world, side, seed, (client) => client.conversation(names[1 - side] ?? '').send('are you there?').events)
    const lines = sent.events.filter((event) => event.type === 'send')
    expect(lines).to.have.length(1)
    const received = act(sent.world, side === 0 ? 1 : 0, seed, (client) => client.receive(names[side], lines[0]?.message ?? ''))
    expect(received.events.filter((event) => event.type === 'message').map(({ text, encrypted }) => [text, encrypted]))
      .to.deep.equal([['are you there?', true]])
  }
}

const nothing: ClientState = { policy: {}, conversations: [] }
const begin = (versions: '3' | '34', starts: readonly [number, number]): World =>
  ({ now: start, versions, states: [nothing, nothing], drawn: [0, 0], queues: [[], []], starts })

/** Visits every world that any order of actions leads to, each once; calls `final` where nothing is left to do. */
function explore(first: World, seed: number, most: number, final: (world: World) => void): number {
  const seen = new Set<string>()
  const ahead = [first]
  for (let world = ahead.pop(); world !== undefined; world = ahead.pop()) {
    const id = JSON.stringify(world, (_, value: unknown) => value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value)
    if (seen.has(id)) continue
    seen.add(id)
    if (seen.size > most) throw new Error('more worlds than expected')
    const next = actions(world, true)
    if (next.length === 0) final(world)
    for (const action of next) ahead.push(perform(world, action, seed))
  }
  return seen.size
}

/** Follows one path through the worlds: the seed decides what is next, lost, repeated or early. Queries always arrive. */
function wander(first: World, seed: number, chaos: number): World {
  const random = seededRandom(seed)
  const draw = (below: number): number => (random(1)[0] ?? 0) % below
  let world = first
  for (let next = actions(world, false); next.length > 0; next = actions(world, false)) {
    const inOrder = next.filter((action) => action.kind === 'start' || action.at === 0)
    const action = (draw(100) < chaos ? next : inOrder)[draw(next.length) % inOrder.length] ?? inOrder[0]
    if (action === undefined) break
    const line = action.kind === 'deliver' ? world.queues[action.from][action.at] ?? '' : ''
    const precious = !line.startsWith('?OTR:')
    if (action.kind === 'deliver' && !precious && draw(100) < chaos) {
      const queues: [readonly string[], readonly string[]] = [...world.queues]
      const rest = queues[action.from].filter((_, at) => at !== action.at)
      queues[action.from] = draw(2) === 0 ? rest : [...rest, line]
      world = { ...world, queues }
    } else {
      world = perform(world, action, seed)
    }
  }
  return world
}

/** Everything that was ever tried, with `OTR4_FULL=1`: minutes. */
const full = process.env['OTR4_FULL'] === '1'

describe('crossing key exchanges', function () {
  this.timeout(240_000)

  for (const [versions, starts, seeds] of [
    ['3', [1, 1], [1, 2, 3, 4]], ['3', [2, 1], [2]], ['34', [1, 1], [1, 2]],
    ...(full ? [['3', [1, 2], [1, 3]], ['3', [2, 2], [1, 2, 3, 4]], ['34', [2, 1], [1, 2]], ['34', [1, 2], [3]]] as const : []),
  ] as const) {
    for (const seed of seeds) {
      it(`end in one session in every order of delivery: versions ${versions}, ${starts.join(' and ')} starts, keys ${seed}`, () => {
        let ends = 0
        const worlds = explore(begin(versions, starts), seed, 6000, (world) => {
          ends++
          expectOneSession(world, seed)
        })
        expect(ends).to.be.greaterThan(0)
        expect(worlds).to.be.greaterThan(20)
      })
    }
  }

  for (const versions of ['3', '34'] as const) {
    it(`end in one session by retries on the clock when messages are lost, repeated and reordered: versions ${versions}`, () => {
      for (let seed = 1; seed <= ((versions === '3' ? 40 : 15) * (full ? 10 : 1)); seed++) {
        const lossy = wander(begin(versions, seed % 3 === 0 ? [2, 1] : [1, 1]), seed, 5 + seed % 25)
        const settled = settle(lossy, seed)
        try {
          expectOneSession(settled, seed)
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error })
        }
      }
    })
  }
})
