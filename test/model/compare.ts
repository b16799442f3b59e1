import type { Arithmetic } from '../../src/crypto/index.js'
import { withArithmetic } from '../support/toy-arithmetic.js'
import { Play } from './play.js'
import type { Scenario } from './scenario.js'
import type { Violation } from './stage.js'

/** The result of following one path twice. */
export type Compared =
  | { readonly kind: 'same' }
  /**
   * Two key exchanges crossed: the bytes of the keys decide who yields, and these differ. Up to that point the worlds were the same, and no rule
   * was broken after it.
   */
  | { readonly kind: 'crossed' }
  | { readonly kind: 'different', readonly at: number }
  | { readonly kind: 'broken', readonly violations: readonly Violation[], readonly at: number }

/**
 * Follows a path again with the real arithmetic and with clients that live for the whole path, without copies between moves; and
 * in parallel with the arithmetic of the check. After every move both worlds must be the same except for names.
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
    // After they diverged, the path may end.
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

/** The successors of a world: each move with the digest of the world after it. */
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

/** For two paths to worlds that count as the same: the moves whose outcomes differ. */
export function differences(scenario: Scenario, [one, other]: readonly [readonly string[], readonly string[]], seed: string): readonly string[] {
  const [a, b] = [futureOf(scenario, one, seed), futureOf(scenario, other, seed)]
  return a.filter((outcome) => !b.includes(outcome)).concat(b.filter((outcome) => !a.includes(outcome)))
}
