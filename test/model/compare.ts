import type { Arithmetic } from '../../src/crypto/index.js'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { Play } from './play.js'
import type { Scenario } from './scenario.js'
import type { Violation } from './stage.js'

/** What came of going one way twice. */
export type Compared =
  | { readonly kind: 'same' }
  /**
   * Two key exchanges crossed: who yields, the bytes of the keys say, and those are others. Up to there it was the same, and no rule was
   * broken beyond.
   */
  | { readonly kind: 'crossed' }
  | { readonly kind: 'different', readonly at: number }
  | { readonly kind: 'broken', readonly violations: readonly Violation[], readonly at: number }

/**
 * Goes a way once more with the real arithmetic and with clients that live as long as the way, between two moves of which nothing is
 * copied; and beside it with that of the check. After every move both worlds must be the same but for names.
 */
export function compare(scenario: Scenario, path: readonly string[], seed: string, model: Arithmetic, real: Arithmetic): Compared {
  const [a, b] = [withArithmetic(model, () => new Play(scenario, seed)), withArithmetic(real, () => new Play(scenario, seed))]
  const [copies, living] = [a.copies(), b.living()]
  let first = withArithmetic(model, () => a.begin(copies)).world
  let second = withArithmetic(real, () => b.begin(living)).world
  let together = true
  for (const [at, name] of path.entries()) {
    if (together) first = withArithmetic(model, () => a.makeNamed(first, name, copies)).world
    const possible = scenario.moves(second).some((move) => move.name === name)
    // Where they went apart the way may have an end.
    if (!together && !possible) return { kind: 'crossed' }
    const made = withArithmetic(real, () => b.makeNamed(second, name, living))
    if (made.violations.length > 0) return { kind: 'broken', violations: made.violations, at }
    second = made.world
    if (!together) continue
    const [mine, theirs] = [a.digest(first), b.digest(second)]
    if (mine[0] === theirs[0] && mine[1] === theirs[1]) continue
    if (a.tally.crossed === 0) return { kind: 'different', at }
    together = false
  }
  return { kind: together ? 'same' : 'crossed' }
}

/** What a world leads to: each move with the digest of the world behind it. */
function futureOf(scenario: Scenario, path: readonly string[], seed: string): readonly string[] {
  const play = new Play(scenario, seed)
  const stepper = play.copies()
  let { world } = play.begin(stepper)
  for (const name of path) ({ world } = play.makeNamed(world, name, stepper))
  return scenario.moves(world).map((move) => {
    const made = play.make(world, move, stepper)
    return `${move.name}: ${play.digest(made.world).join()} ${made.violations.map(({ rule, what }) => `${rule} ${what}`).join()}`
  })
}

/** Where two ways led to worlds that were taken for one: the moves whose outcomes differ. */
export function differences(scenario: Scenario, [one, other]: readonly [readonly string[], readonly string[]], seed: string): readonly string[] {
  const [a, b] = [futureOf(scenario, one, seed), futureOf(scenario, other, seed)]
  return a.filter((outcome) => !b.includes(outcome)).concat(b.filter((outcome) => !a.includes(outcome)))
}
