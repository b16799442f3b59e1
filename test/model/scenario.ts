import type { PolicyChanges } from '../../src/index.js'
import type { limits } from '../../src/session/budget/limits.js'
import type { Role } from './cast.js'
import type { Moves } from './moves.js'
import type { Violation } from './stage.js'

/** A corner of what may happen that is looked at in all orders. */
export interface Scenario {
  readonly name: string
  /** For people: what it is about. */
  readonly about: string
  readonly roles: readonly Role[]
  /** The addresses that alice may hear from. */
  readonly addresses: readonly string[]
  /** Of alice's account. */
  readonly policy?: PolicyChanges
  /** Moves that happened before: by name. */
  readonly before?: readonly string[]
  readonly moves: Moves
  /** What may only have happened before. */
  readonly moreBefore?: Moves
  /** Lower limits of memory, so that they are reached. */
  readonly limits?: Partial<Record<keyof typeof limits, number>>
  /** What is looked for, where not everything is. */
  readonly counts?: (violation: Violation) => boolean
}
