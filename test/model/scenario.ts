import type { PolicyChanges } from '../../src/index.js'
import type { limits } from '../../src/session/budget/limits.js'
import type { Role } from './cast.js'
import type { Moves } from './moves.js'
import type { Violation } from './stage.js'

/** A part of what may happen, which is explored in all orders. */
export interface Scenario {
  readonly name: string
  /** A description for people. */
  readonly about: string
  readonly roles: readonly Role[]
  /** The addresses from which alice may receive lines. */
  readonly addresses: readonly string[]
  /** The policy of alice's account. */
  readonly policy?: PolicyChanges
  /** The names of moves that happened before. */
  readonly before?: readonly string[]
  readonly moves: Moves
  /** Moves that may only have happened before. */
  readonly moreBefore?: Moves
  /** Lower limits of memory, so that they are reached. */
  readonly limits?: Partial<Record<keyof typeof limits, number>>
  /** The rules to look for, if not all. */
  readonly counts?: (violation: Violation) => boolean
}
