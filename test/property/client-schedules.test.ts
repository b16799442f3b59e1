import { expect } from 'chai'
import { getArithmetic, type RandomSource } from '../../src/crypto/index.js'
import { ClientCore, type Account, type ClientEvent, type ClientState, type PolicyChanges } from '../../src/index.js'
import { armor, base64Decode, base64Encode, classify, decodeMessage, defaultWireLimits, unarmor } from '../../src/wire/index.js'
import { seededIntegers, type IntegerSource } from '../support/seeded-integers.js'
import { testAccount } from '../support/network.js'
import { seededRandom } from '../support/seeded.js'
import { toyArithmetic, withArithmetic } from '../support/toy-arithmetic.js'

type Side = 0 | 1
const names = ['alice', 'bob'] as const
const START = 1_700_000_000

/** A line on its way, or one that arrived. */
interface Sent {
  readonly line: string
  /** The text in it, if it was sent in an established session. */
  readonly text: string | undefined
}

/** What a client would write to its disk. */
function serialise(state: ClientState): string {
  return JSON.stringify(state, (_, value: unknown) => value instanceof Uint8Array ? { bytes: base64Encode(value) } : value)
}

/** And read from it. */
function parse(text: string): ClientState {
  return JSON.parse(text, (_, value: unknown) => isBytes(value) ? base64Decode(value.bytes) : value) as ClientState
}

function isBytes(value: unknown): value is { readonly bytes: string } {
  return typeof value === 'object' && value !== null && 'bytes' in value && typeof value.bytes === 'string' && Object.keys(value).length === 1
}

/** What a kind of schedule may do. */
interface Kind {
  /** New key exchanges begin in the middle, and sessions end. */
  readonly exchanges: boolean
  /** The two begin without a session. */
  readonly strangers: boolean
  readonly versions: '4' | '34'
  readonly policy: PolicyChanges
}

/** Two whole clients, the network between them, and everything that may happen to these three. */
class World {
  now = START
  readonly cores: [ClientCore, ClientCore]
  readonly underWay: [Sent[], Sent[]] = [[], []]
  readonly arrived: [Sent[], Sent[]] = [[], []]
  readonly read = new Map<string, number>()
  /** Texts that were given to a client, by whom. */
  readonly written: [Set<string>, Set<string>] = [new Set(), new Set()]
  readonly #roll: IntegerSource
  readonly #accounts: readonly [Account, Account]
  readonly #random: readonly [RandomSource, RandomSource]
  readonly #kind: Kind

  constructor(accounts: readonly [Account, Account], states: readonly [string, string], kind: Kind, seed: string, roll: IntegerSource) {
    this.#accounts = accounts
    this.#random = [seededRandom(`${seed} alice`), seededRandom(`${seed} bob`)]
    this.#roll = roll
    this.#kind = kind
    this.cores = [this.#open(0, states[0]), this.#open(1, states[1])]
    for (const at of [0, 1] as const) this.cores[at].setPolicy(kind.policy)
  }

  #open(at: Side, state: string): ClientCore {
    return new ClientCore({ account: this.#accounts[at], clock: () => this.now, random: this.#random[at], state: parse(state) })
  }

  /** The other one's address. */
  peer(at: Side): string {
    return names[at === 0 ? 1 : 0]
  }

  /** One call of a client. Nothing that it sends holds a text; nothing that it reads was not written, or was read before. */
  call(at: Side, work: (core: ClientCore) => readonly ClientEvent[], text?: string): void {
    const held = this.cores[at].conversation(this.peer(at)).status.selected === undefined
    const events = work(this.cores[at])
    for (const event of events) {
      if (event.type === 'send') {
        expect(event.message).not.to.include('plaintext')
        this.underWay[at === 0 ? 1 : 0].push({ line: event.message, text: held ? undefined : text })
      } else if (event.type === 'message' && event.encrypted) {
        expect(this.written[at === 0 ? 1 : 0].has(event.text), event.text).to.equal(true)
        this.read.set(event.text, (this.read.get(event.text) ?? 0) + 1)
        expect(this.read.get(event.text), event.text).to.equal(1)
      } else if (event.type === 'notice') {
        expect(event.code, event.detail).not.to.equal('internal')
      }
    }
  }

  send(at: Side): void {
    const text = `plaintext ${this.written[0].size + this.written[1].size}`
    this.written[at].add(text)
    this.call(at, (core) => core.conversation(this.peer(at)).send(text).events, text)
  }

  deliver(to: Side, sent: Sent): void {
    this.call(to, (core) => core.receive(this.peer(to), sent.line))
    this.arrived[to].push(sent)
    if (sent.text !== undefined && !this.#kind.exchanges) expect(this.read.get(sent.text), `${sent.text} was delivered`).to.equal(1)
  }

  /** A changed line, or one that nobody sent. It must neither yield a text nor end a session. */
  forge(to: Side, sent: Sent | undefined): void {
    const before = this.read.size
    const standing = this.cores[to].conversation(this.peer(to)).status.sessions.find(({ state }) => state === 'encrypted')?.ssid
    this.call(to, (core) => core.receive(this.peer(to), sent === undefined ? this.#nonsense() : this.#altered(sent.line)))
    expect(this.read.size).to.equal(before)
    if (standing === undefined) return
    const ssids = this.cores[to].conversation(this.peer(to)).status.sessions.map(({ ssid }) => ssid)
    expect(ssids).to.include(standing)
  }

  #nonsense(): string {
    const lines = ['?OTR Error: ERROR_1: no', '?OTR:AAQDAAAA.', 'hello in clear', '?OTR|00000100|00000200,00001,00002,xyz,', '?OTR', 'AAQ=']
    return lines[this.#roll(lines.length)] ?? ''
  }

  #altered(line: string): string {
    if (classify(line, defaultWireLimits).kind !== 'message') return `${line.slice(0, -2)}*${line.slice(-1)}`
    const bytes = unarmor(line, 1_000_000).slice()
    const message = decodeMessage(bytes)
    // Not the revealed MAC keys, which nobody signs.
    const end = message.kind === 'v4-data' ? bytes.length - 4 - message.revealedMacKeys.length : bytes.length
    const at = this.#roll(end)
    bytes[at] = (bytes[at] ?? 0) ^ (1 + this.#roll(255))
    return armor(bytes)
  }

  /** The program ends and is started again, with the state that it had saved. */
  restart(at: Side): void {
    const written = serialise(this.cores[at].exportState())
    this.cores[at] = this.#open(at, written)
    expect(serialise(this.cores[at].exportState())).to.equal(written)
  }

  /** The machine loses power in the middle of a call: the effects of the call were neither saved nor sent. */
  crash(at: Side): void {
    const written = serialise(this.cores[at].exportState())
    const peer = this.peer(at)
    const [waiting] = this.underWay[at]
    if (waiting !== undefined) this.cores[at].receive(peer, waiting.line)
    else if (this.cores[at].conversation(peer).status.selected !== undefined) this.cores[at].conversation(peer).send('plaintext that nobody sees')
    this.cores[at] = this.#open(at, written)
  }

  /** Whatever is on its way arrives, in any order. */
  flush(): void {
    for (let rounds = 0; this.underWay[0].length + this.underWay[1].length > 0; rounds++) {
      expect(rounds).to.be.lessThan(2000)
      const to = (this.underWay[0].length === 0 ? 1 : this.underWay[1].length === 0 ? 0 : this.#roll(2)) as Side
      const [sent] = this.underWay[to].splice(this.#roll(this.underWay[to].length), 1)
      if (sent !== undefined) this.deliver(to, sent)
    }
  }

  /** In the order in which it was sent. */
  settle(): void {
    for (let rounds = 0; this.underWay[0].length + this.underWay[1].length > 0; rounds++) {
      expect(rounds).to.be.lessThan(2000)
      for (const to of [0, 1] as const) {
        const sent = this.underWay[to].shift()
        if (sent !== undefined) this.deliver(to, sent)
      }
    }
  }

  tick(seconds: number): void {
    this.now += seconds
    for (const at of [0, 1] as const) this.call(at, (core) => core.tick())
  }

  /** Checks that both are in one session: each reads what the other writes. */
  expectTogether(): void {
    for (const at of [0, 1, 0, 1] as const) {
      this.send(at)
      const text = [...this.written[at]].at(-1) ?? ''
      this.settle()
      expect(this.read.get(text), `${names[at]} is understood`).to.equal(1)
    }
    const [a, b] = this.cores.map((core, at) => core.conversation(this.peer(at as Side)).status.sessions.find(({ state }) => state === 'encrypted')?.ssid)
    expect(a).to.be.a('string').and.equal(b)
  }
}

/** An action of a user other than writing. */
function deed(world: World, at: Side, roll: IntegerSource, kind: Kind): void {
  const peer = world.peer(at)
  const { sessions, selected } = world.cores[at].conversation(peer).status
  const choice = roll(kind.exchanges ? 9 : 5)
  if (choice >= 7) world.call(at, (core) => core.conversation(peer).start(roll(2) === 0 ? 'query' : 'identity'))
  else if (choice === 6 && selected !== undefined) world.call(at, (core) => core.conversation(peer).end())
  else if (choice === 5) world.call(at, (core) => core.receive(peer, '?OTRv4? a query that somebody made up'))
  else if (sessions.some(({ state }) => state === 'encrypted')) {
    world.call(at, (core) => {
      try {
        return roll(2) === 0 ? core.conversation(peer).answer(`${roll(2)}`) : core.conversation(peer).abort()
      } catch {
        return choice === 0 ? core.conversation(peer).extraKey(1).events : core.conversation(peer).verify(`${roll(2)}`)
      }
    })
  }
}

/** One schedule. */
function run(template: Template, seed: number): void {
  const roll = seededIntegers(seed)
  const kind: Kind = {
    exchanges: seed % 3 === 0,
    strangers: seed % 9 === 0,
    versions: seed % 5 === 0 ? '34' : '4',
    policy: {
      requireEncryption: true,
      errorStartsAke: seed % 3 === 0,
      ...(seed % 12 === 0 && { maxMessageLength: 600 }),
      ...(seed % 7 === 0 && { heartbeatAfter: 5 }),
    },
  }
  const { accounts, states } = template[kind.versions]
  const empty = serialise({ policy: {}, conversations: [] })
  const world = new World(accounts, kind.strangers ? [empty, empty] : states, kind, `schedule ${seed}`, roll)
  const actions = 10 + roll(20)
  for (let i = 0; i < actions; i++) {
    const at = roll(2) as Side
    const incoming = world.underWay[at]
    switch (roll(18)) {
      case 0: case 1: case 2: case 3: case 4:
        world.send(at)
        break
      case 5: case 6: case 7: case 8: case 9: {
        const [sent] = incoming.splice(roll(incoming.length + 1), 1)
        if (sent !== undefined) world.deliver(at, sent)
        break
      }
      case 10:
        incoming.splice(roll(incoming.length + 1), 1)
        break
      case 11: {
        // Once more: something that arrived, or a copy of something that is on its way.
        const from = roll(2) === 0 ? world.arrived[at] : incoming
        const sent = from[roll(from.length + 1)]
        if (sent !== undefined) world.deliver(at, sent)
        break
      }
      case 12: case 13: {
        const from = roll(2) === 0 ? world.arrived[at] : incoming
        world.forge(at, from[roll(from.length + 1)])
        break
      }
      case 14:
        world.restart(at)
        break
      case 15:
        world.crash(at)
        break
      case 16:
        world.tick(roll(40))
        break
      default:
        deed(world, at, roll, kind)
    }
  }
  world.flush()
  if (kind.exchanges) {
    // What was cut in pieces is mended by the clock, or when somebody asks again.
    for (let i = 0; i < 5; i++) {
      world.tick(20)
      world.settle()
    }
    world.call(0, (core) => core.conversation(world.peer(0)).start())
    world.settle()
    world.tick(4)
    world.settle()
  }
  world.expectTogether()
}

interface Template {
  readonly [versions: string]: { readonly accounts: readonly [Account, Account], readonly states: readonly [string, string] }
  readonly '4': { readonly accounts: readonly [Account, Account], readonly states: readonly [string, string] }
  readonly '34': { readonly accounts: readonly [Account, Account], readonly states: readonly [string, string] }
}

/** Two clients that have met, written down. */
function template(): Template {
  const of = (versions: '4' | '34'): Template['4'] => {
    const accounts = [testAccount('alice', 0x1001, 1, versions, START), testAccount('bob', 0x2001, 2, versions, START)] as const
    const empty = serialise({ policy: {}, conversations: [] })
    const world = new World(accounts, [empty, empty], { exchanges: true, strangers: true, versions, policy: {} }, `template ${versions}`, seededIntegers(1))
    world.call(0, (core) => core.conversation('bob').start())
    world.settle()
    world.expectTogether()
    return { accounts, states: [serialise(world.cores[0].exportState()), serialise(world.cores[1].exportState())] }
  }
  return { 4: of('4'), 34: of('34') }
}

describe('D11: random schedules between two whole clients', function () {
  const full = process.env['OTR4_FULL'] === '1'
  const schedules = full ? 50_000 : 5000
  this.timeout(full ? 3_600_000 : 240_000)
  const BLOCK = schedules / 10
  const hashing = getArithmetic()
  const toy = { ...toyArithmetic, shake256: hashing.shake256.bind(hashing) }

  const block = (made: Template, from: number, to: number): void => {
    for (let seed = from; seed < to; seed++) {
      try {
        run(made, seed)
      } catch (error) {
        throw new Error(`schedule ${seed}`, { cause: error })
      }
    }
  }

  for (let from = 0; from < schedules; from += BLOCK) {
    it(`schedules ${from} to ${from + BLOCK - 1}: send, lose, repeat, reorder, forge, restart, crash: no text in clear, none twice, and they stay together`, () => {
      withArithmetic(toy, () => { block(template(), from, from + BLOCK) })
    })
  }

  it('go the same way with the real arithmetic', () => {
    block(template(), 0, full ? 1000 : 20)
  })
})
