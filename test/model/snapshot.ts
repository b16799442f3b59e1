import { createHash } from 'node:crypto'
import { ClientCore, type ClientState } from '../../src/index.js'
import { seededRandom } from '../support/seeded.js'
import { nameOf, perform, type Call, type Given } from './call.js'
import type { Actor, Cast } from './cast.js'
import { pack, unpack } from './pack.js'
import { Tokens } from './tokens.js'
import { look, type View } from './view.js'

/** A client between two steps. Equal snapshots are the same object while they are cached. */
export interface Snapshot {
  readonly id: number
  /** Its state, packed. */
  readonly packed: Uint8Array
  readonly tokens: Int32Array
  /** How often it drew from its random source. */
  readonly draws: number
  readonly view: View
}

/** The result of one step. */
export interface StepResult extends Given {
  readonly after: Snapshot
  /** What the call threw. */
  readonly error?: unknown
}

/** Who does a step. */
export interface Stepper {
  readonly cast: Cast
  /** `address`: under which the actor is known now; `line`: the number of the line in the call. */
  step(actor: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult
  /** The same, for a trial step that does not count. */
  imagine(actor: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult
  /** A client before its first step. */
  first(actor: number, now: number): Snapshot
}

/** What both kinds of steppers have in common. */
abstract class Base implements Stepper {
  readonly cast: Cast
  readonly #tokens: Tokens
  readonly #seed: string
  /** The addresses that alice's view contains; the views of others contain alice's. */
  readonly #addresses: readonly string[]

  constructor(cast: Cast, addresses: readonly string[], seed: string) {
    this.cast = cast
    this.#addresses = addresses
    this.#seed = seed
    this.#tokens = new Tokens(cast.constants)
  }

  abstract step(actor: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult
  abstract imagine(actor: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult
  abstract first(actor: number, now: number): Snapshot

  protected actor(index: number): Actor {
    return this.cast.actors[index]!
  }

  /** A client; `drawn.count` goes up with each draw. */
  protected open(index: number, address: string, clock: () => number, drawn: { count: number }, state?: ClientState): ClientCore {
    const { account, name, policy } = this.actor(index)
    return new ClientCore({
      account: address === account.address ? account : { ...account, address },
      clock,
      random: (length) => seededRandom(`${this.#seed} ${name} ${drawn.count++}`)(length),
      ...(state === undefined ? { policy: policy ?? {} } : { state }),
    })
  }

  protected call(core: ClientCore, call: Call): Given & Pick<StepResult, 'error'> {
    try {
      return perform(core, call, (key) => this.cast.fingerprint(key))
    } catch (error) {
      return { events: [], error }
    }
  }

  protected read(core: ClientCore): { readonly state: ClientState, readonly tokens: Int32Array } {
    const { policy, conversations, ...rest } = core.exportState()
    // The order in which a client met its correspondents does not matter.
    const state = { policy, conversations: [...conversations].sort((a, b) => a.peer < b.peer ? -1 : 1), ...rest }
    return { state, tokens: this.#tokens.of(state) }
  }

  protected view(index: number, core: ClientCore, state: ClientState): View {
    return look(core, state, this.cast, index === 0 ? this.#addresses : [this.actor(0).address], index === 0)
  }
}

/** How many snapshots and steps are remembered. */
const REMEMBERED = 16_000

/** Does each step with a new client, made of a copy of the state, so that a world can be continued in many ways. */
export class Copies extends Base {
  readonly #snapshots = new Map<string, Snapshot>()
  readonly #steps = new Map<string, StepResult>()
  #next = 0
  /** How many steps were done, and how many of them were remembered. */
  readonly count = { steps: 0, remembered: 0 }

  override first(index: number, now: number): Snapshot {
    const drawn = { count: 0 }
    return this.#keep(index, this.open(index, this.actor(index).address, () => now, drawn), drawn.count)
  }

  override step(index: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult {
    const name = `${index} ${before.id} ${now} ${address} ${nameOf(call, line)}`
    this.count.steps += 1
    const known = this.#steps.get(name)
    if (known !== undefined) {
      this.count.remembered += 1
      return known
    }
    const drawn = { count: before.draws }
    const core = this.open(index, address, () => now, drawn, unpack(before.packed) as ClientState)
    const done = this.call(core, call)
    const result: StepResult = { ...done, after: this.#keep(index, core, drawn.count, before) }
    if (this.#steps.size >= REMEMBERED) this.#steps.clear()
    this.#steps.set(name, result)
    return result
  }

  override imagine(index: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult {
    return this.step(index, before, now, call, address, line)
  }

  #keep(index: number, core: ClientCore, draws: number, before?: Snapshot): Snapshot {
    const { state, tokens } = this.read(core)
    if (before !== undefined && draws === before.draws && same(tokens, before.tokens)) return before
    const name = `${index} ${draws} ${createHash('sha1').update(tokens).digest('base64')}`
    const known = this.#snapshots.get(name)
    if (known !== undefined) return known
    if (this.#snapshots.size >= REMEMBERED) this.#snapshots.clear()
    const packed = pack(state)
    const snapshot: Snapshot = { id: this.#next++, packed, tokens, draws, view: this.view(index, core, state) }
    this.#snapshots.set(name, snapshot)
    return snapshot
  }
}

function same(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((number, at) => number === b[at])
}

/** Does the steps of one path with clients that live for the whole path: nothing is copied or cached. */
export class Living extends Base {
  #now = 0
  #next = 0
  readonly #copies: Copies
  readonly #clients: { readonly core: ClientCore, readonly drawn: { count: number } }[] = []

  constructor(cast: Cast, addresses: readonly string[], seed: string) {
    super(cast, addresses, seed)
    this.#copies = new Copies(cast, addresses, seed)
  }

  override imagine(index: number, before: Snapshot, now: number, call: Call, address: string, line: number): StepResult {
    return this.#copies.step(index, before, now, call, address, line)
  }

  override first(index: number, now: number): Snapshot {
    const drawn = { count: 0 }
    this.#now = now
    const core = this.open(index, this.actor(index).address, () => this.#now, drawn)
    this.#clients[index] = { core, drawn }
    return this.#snapshot(index)
  }

  override step(index: number, _before: Snapshot, now: number, call: Call, address: string): StepResult {
    const client = this.#clients[index]!
    this.#now = now
    if (client.core.address !== address) client.core.changeAddress(address)
    const done = this.call(client.core, call)
    return { ...done, after: this.#snapshot(index) }
  }

  #snapshot(index: number): Snapshot {
    const { core, drawn } = this.#clients[index]!
    const { state, tokens } = this.read(core)
    // Negative: the numbers of the copies are positive.
    return { id: -1 - this.#next++, packed: pack(state), tokens, draws: drawn.count, view: this.view(index, core, state) }
  }
}
