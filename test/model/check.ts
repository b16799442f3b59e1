import { getArithmetic } from '../../src/crypto/index.js'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { modelArithmetic } from './arithmetic.js'
import { compare, differences } from './compare.js'
import { explore, wander, type Failure, type Progress } from './explore.js'
import { Play, retell } from './play.js'
import type { Scenario } from './scenario.js'

/** How much of a scenario to examine. */
export interface Extent {
  /** Distinct states. */
  readonly states: number
  readonly seed: string
  /** One path in so many is repeated with the real arithmetic, and one meeting of two paths in so many is compared. */
  readonly sampleEvery: number
  /** Long paths that are drawn from the seed, beyond those that are explored in all orders. */
  readonly walks: number
  readonly progress?: (progress: Progress) => void
}

/** What was found in one scenario. */
export interface Report {
  readonly scenario: string
  readonly about: string
  readonly states: number
  /** Everything that this many moves lead to was seen. */
  readonly depth: number
  /** The scenario was explored completely. */
  readonly whole: boolean
  readonly transitions: number
  /** Texts, extra keys and answers that somebody decrypted, and those that nobody could decrypt any more. */
  readonly read: number
  readonly unread: number
  /** Paths that were repeated with the real arithmetic; of these, how many diverged because two key exchanges crossed. */
  readonly compared: number
  readonly crossed: number
  /** Pairs of paths to the same state whose next steps were compared. */
  readonly meetings: number
  /** Long paths, and how many moves they had together. */
  readonly walks: number
  readonly walked: number
  readonly seconds: number
  /** What is wrong, in words, and the path to it. */
  readonly problems: readonly Problem[]
}

/** A rule that was broken, or a fault of the check itself. */
export interface Problem {
  readonly rules: readonly string[]
  readonly what: string
  /** How it happened, step by step. */
  readonly story: readonly string[]
}

/** The length of a long path. */
const LONG = 30

/** Examines a scenario. */
export function check(scenario: Scenario, { states, seed, sampleEvery, walks, progress }: Extent): Report {
  const real = getArithmetic()
  const model = modelArithmetic(real)
  const began = performance.now()
  return withArithmetic(model, () => {
    const play = new Play(scenario, seed)
    const found = explore(play, { states, sampleEvery, ...(progress !== undefined && { progress }) })
    const problems = found.failures.map((failure) => problemOf(scenario, failure, seed))
    const compared = { same: 0, crossed: 0 }
    for (const path of problems.length > 0 ? [] : found.samples) {
      const result = compare(scenario, path, seed, model, real)
      if (result.kind === 'same' || result.kind === 'crossed') compared[result.kind] += 1
      else problems.push(ofComparison(scenario, path, seed, result))
    }
    for (const meeting of problems.length > 0 ? [] : found.meetings) {
      const [difference] = differences(scenario, meeting, seed)
      if (difference === undefined) continue
      problems.push({ rules: [], what: `two states that were taken for one differ in what follows: ${difference}`, story: [...meeting[0], '--', ...meeting[1]] })
    }
    let walked = 0
    for (let walk = 0; walk < walks && problems.length === 0; walk++) {
      const { moves, failure } = wander(play, LONG, numberOf(`${seed} ${scenario.name} ${walk}`))
      walked += moves
      if (failure !== undefined) problems.push(problemOf(scenario, failure, seed))
    }
    const { name, about } = scenario
    const { depth, whole, transitions, tally: { read, unread } } = found
    return {
      scenario: name, about, states: found.states, depth, whole, transitions, read, unread, compared: compared.same + compared.crossed, crossed: compared.crossed,
      meetings: found.meetings.length, walks, walked, seconds: (performance.now() - began) / 1000, problems,
    }
  })
}

function problemOf(scenario: Scenario, { violations, path }: Failure, seed: string): Problem {
  return {
    rules: [...new Set(violations.map(({ rule }) => rule))],
    what: violations.map(({ rule, what }) => `${rule}: ${what}`).join('; '),
    story: retell(scenario, path, seed),
  }
}

function ofComparison(
  scenario: Scenario, path: readonly string[], seed: string, result: Extract<ReturnType<typeof compare>, { kind: 'different' | 'broken' }>,
): Problem {
  const story = retell(scenario, path.slice(0, result.at + 1), seed)
  if (result.kind === 'broken') {
    return { rules: result.violations.map(({ rule }) => rule), what: `with the real arithmetic: ${result.violations.map(({ what }) => what).join('; ')}`, story }
  }
  return { rules: [], what: 'with the real arithmetic, in clients that go on without copies, something else comes of it', story }
}

function numberOf(text: string): number {
  let number = 0
  for (const character of text) number = Math.imul(number, 31) + character.charCodeAt(0)
  return number >>> 0
}
