import { seededIntegers } from '../support/seeded-integers.js'
import type { Play } from './play.js'
import { Seen } from './seen.js'
import type { Stepper } from './snapshot.js'
import type { Tally, Violation } from './stage.js'
import type { World } from './world.js'

/** The progress of an exploration. */
export interface Progress {
  /** Distinct worlds that were seen. */
  readonly states: number
  /** From every world that fewer moves lead to, all moves were tried. */
  readonly depth: number
  /** How many worlds the current level has, and how many of them are done. */
  readonly level: number
  readonly done: number
  readonly transitions: number
}

/** A path to a broken rule. */
export interface Failure {
  readonly violations: readonly Violation[]
  readonly path: readonly string[]
}

/** What was found. */
export interface Found extends Progress {
  readonly tally: Tally
  /** Rules that were broken, each with a shortest path to it. */
  readonly failures: readonly Failure[]
  /** The paths to some of the worlds: see `sampleEvery`. */
  readonly samples: readonly (readonly string[])[]
  /** Pairs of paths that lead to the same world: for one in so many. */
  readonly meetings: readonly (readonly [readonly string[], readonly string[]])[]
  /** Whether everything was seen. */
  readonly whole: boolean
}

export interface ExploreOptions {
  /** The number of worlds at which to stop. */
  readonly states: number
  readonly progress?: (progress: Progress) => void
  /** The path to every so many-th new world is kept. */
  readonly sampleEvery?: number
  /** Whether these broken rules are the ones to look for; the search stops at them. Default: any. */
  readonly enough?: (violations: readonly Violation[]) => boolean
}

/**
 * The worlds of an exploration by their numbers. Only the paths to them are stored, because a million worlds would not fit into memory. Worlds
 * that are requested one after another share most of their path.
 */
class Worlds {
  readonly #play: Play
  readonly #stepper: Stepper
  readonly #seen: Seen
  /** The last path. */
  readonly #way: { readonly number: number, readonly world: World }[]

  constructor(play: Play, stepper: Stepper, seen: Seen, first: World) {
    this.#play = play
    this.#stepper = stepper
    this.#seen = seen
    this.#way = [{ number: 0, world: first }]
  }

  get(number: number): World {
    const way = this.#seen.ancestry(number)
    let together = 0
    while (together < way.length && this.#way[together]?.number === way[together]) together += 1
    this.#way.length = together
    let { world } = this.#way[together - 1]!
    for (const next of way.slice(together)) {
      ({ world } = this.#play.makeNamed(world, this.#seen.moveTo(next), this.#stepper))
      this.#way.push({ number: next, world })
    }
    return world
  }
}

/** Visits all worlds of a scenario, those with the fewest moves first, until a rule is broken or the given number was seen. */
export function explore(play: Play, { states, progress, sampleEvery = 5000, enough = () => true }: ExploreOptions): Found {
  const stepper = play.copies()
  const seen = new Seen()
  const samples: (readonly string[])[] = []
  const meetings: (readonly [readonly string[], readonly string[]])[] = []
  const failures = new Map<string, Failure>()
  let transitions = 0
  let depth = 0
  // Numbers are assigned in the order of discovery, so a level is a range of numbers.
  let [from, to] = [0, 1]
  const at = (number: number): Progress => ({ states: seen.size, depth, level: to - from, done: number - from, transitions })
  const found = (number: number, whole = false): Found =>
    ({ ...at(number), tally: play.tally, failures: [...failures.values()], samples, meetings, whole })
  const fail = (violations: readonly Violation[], path: readonly string[]): void => {
    const name = violations.map(({ rule, what }) => `${rule} ${what}`).join()
    if (!failures.has(name)) failures.set(name, { violations, path })
  }
  const first = play.begin(stepper)
  if (first.violations.length > 0) {
    fail(first.violations, [])
    return found(0)
  }
  seen.add(play.digest(first.world), 0, '')
  const worlds = new Worlds(play, stepper, seen, first.world)
  for (let number = 0; number < seen.size; number++) {
    if (number === to) {
      depth += 1
      ;[from, to] = [to, seen.size]
    }
    const world = worlds.get(number)
    for (const move of play.scenario.moves(world)) {
      transitions += 1
      const made = play.make(world, move, stepper)
      if (made.violations.length > 0) {
        fail(made.violations, [...seen.pathTo(number), move.name])
        if (enough(made.violations)) return found(number)
        continue
      }
      if (isSame(world, made.world)) continue
      const { number: next, isNew } = seen.add(play.digest(made.world), number, move.name)
      if (!isNew) {
        if (transitions % sampleEvery === 0) meetings.push([seen.pathTo(next), [...seen.pathTo(number), move.name]])
        continue
      }
      if (next % sampleEvery === 0) samples.push(seen.pathTo(next))
      if (seen.size >= states) return found(number)
    }
    if ((number & 63) === 0) progress?.(at(number))
  }
  return found(seen.size, true)
}

/** Whether nothing happened. */
function isSame(before: World, after: World): boolean {
  return before.now === after.now && before.wire === after.wire && before.oracle === after.oracle && before.addresses === after.addresses &&
    before.actors.every((actor, at) => actor === after.actors[at])
}

/** Follows one long path, drawn from a seed. Returns how many moves it had, or the path to a broken rule. */
export function wander(play: Play, length: number, seed: number): { readonly moves: number, readonly failure?: Failure } {
  const roll = seededIntegers(seed)
  const stepper = play.copies()
  let { world } = play.begin(stepper)
  const path: string[] = []
  while (path.length < length) {
    const moves = play.scenario.moves(world)
    const move = moves[roll(moves.length)]
    if (move === undefined) break
    const made = play.make(world, move, stepper)
    path.push(move.name)
    if (made.violations.length > 0) return { moves: path.length, failure: { violations: made.violations, path } }
    world = made.world
  }
  return { moves: path.length }
}
