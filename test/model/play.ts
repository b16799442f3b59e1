import { limits } from '../../src/session/budget/limits.js'
import { Cast } from './cast.js'
import type { Move, Moves } from './moves.js'
import { newOracle, type Oracle } from './oracle.js'
import type { Scenario } from './scenario.js'
import { Copies, Living, type Stepper } from './snapshot.js'
import { Stage, type Tally, type Violation } from './stage.js'
import { Digester, START, Tokens } from './tokens.js'
import type { World } from './world.js'

/** The result of a move. */
export interface Made {
  readonly world: World
  readonly violations: readonly Violation[]
}

/** A scenario with its participants, whose keys belong to the arithmetic in use. */
export class Play {
  readonly scenario: Scenario
  readonly cast: Cast
  readonly tokens: Tokens
  readonly tally: Tally = { read: 0, unread: 0, crossed: 0 }
  /** Called with a description of everything that happens. */
  readonly tell: ((line: string) => void) | undefined
  readonly #digester = new Digester()
  readonly #oracles = new WeakMap<Oracle, Int32Array>()
  readonly #seed: string

  constructor(scenario: Scenario, seed: string, tell?: (line: string) => void) {
    this.scenario = scenario
    this.cast = new Cast(scenario.roles)
    this.tokens = new Tokens(this.cast.constants)
    this.#seed = seed
    this.tell = tell
  }

  copies(): Copies {
    return new Copies(this.cast, this.scenario.addresses, this.#seed)
  }

  living(): Living {
    return new Living(this.cast, this.scenario.addresses, this.#seed)
  }

  /** The world that the scenario begins with. */
  begin(stepper: Stepper): Made {
    const { policy, before = [], moves, moreBefore, addresses } = this.scenario
    const { actors } = this.cast
    let world: World = {
      now: START, actors: actors.map((_, at) => stepper.first(at, START)), addresses: actors.map(({ address }) => address), wire: [],
      oracle: newOracle(addresses), texts: 0, past: actors.map(() => []), published: [],
    }
    if (policy !== undefined) world = this.make(world, { name: 'the account', do: (stage) => { stage.forAlice({ do: 'policy', changes: policy }) } }, stepper).world
    const violations: Violation[] = []
    for (const name of before) {
      const made = this.makeNamed(world, name, stepper, [moves, ...(moreBefore === undefined ? [] : [moreBefore])])
      world = made.world
      violations.push(...made.violations)
    }
    return { world, violations }
  }

  make(world: World, move: Move, stepper: Stepper): Made {
    const stage = new Stage(world, stepper, this.tokens, this.tally, this.tell)
    this.tell?.(move.name)
    under(this.scenario.limits, () => { move.do(stage) })
    const { counts = () => true } = this.scenario
    const violations = stage.violations.filter(counts)
    for (const { rule, what } of violations) this.tell?.(`    *** ${rule}: ${what}`)
    return { world: stage.world(), violations }
  }

  /** Makes the move with a name. @throws Error if it is not possible */
  makeNamed(world: World, name: string, stepper: Stepper, all: readonly Moves[] = [this.scenario.moves]): Made {
    const [move, another] = all.flatMap((moves) => moves(world)).filter((one) => one.name === name)
    if (move === undefined) throw new Error(`${this.scenario.name}: "${name}" is not possible here`)
    if (another !== undefined && all.length === 1) throw new Error(`${this.scenario.name}: "${name}" means two things`)
    return this.make(world, move, stepper)
  }

  /** 64 bits that are equal for worlds that differ only in names and in the time. */
  digest({ actors, wire, oracle, now, addresses, published }: World): readonly [number, number] {
    let rules = this.#oracles.get(oracle)
    if (rules === undefined) this.#oracles.set(oracle, rules = this.tokens.of(oracle))
    const posted = Int32Array.from(wire, ({ pending, heard }) => -2 - 2 * pending - (heard ? 1 : 0))
    const parts = [
      ...actors.map(({ tokens }) => tokens), ...wire.map(({ line }) => line.tokens), ...published.map(({ tokens }) => tokens), posted, rules, this.tokens.of(addresses),
    ]
    return this.#digester.digest(parts, now)
  }
}

/** Runs something under other limits, which apply to the whole process. */
function under<T>(changes: Scenario['limits'], action: () => T): T {
  if (changes === undefined) return action()
  const before = { ...limits }
  Object.assign(limits, changes)
  try {
    return action()
  } finally {
    Object.assign(limits, before)
  }
}

/** Describes what happened on a path, for people. */
export function retell(scenario: Scenario, path: readonly string[], seed: string): string[] {
  const lines: string[] = []
  const play = new Play(scenario, seed, (line) => { lines.push(line) })
  const stepper = play.copies()
  let { world } = play.begin(stepper)
  for (const name of path) ({ world } = play.makeNamed(world, name, stepper))
  return lines
}
