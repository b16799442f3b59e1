import type { FaultKind } from './fault.js'

/**
 * How a scenario ended. `deviates`: something that a program should do, it does not. `unsupported`: it needs what the program does not claim.
 * `not-run`: the run ended before.
 */
export type Outcome = 'passed' | 'failed' | 'deviates' | 'unsupported' | 'not-run'

export interface Verdict {
  readonly outcome: Outcome
  /** What was expected and not seen, or what is missing; undefined where it passed. */
  readonly reason?: string
  /** How the program broke the peer protocol, if it did. */
  readonly fault?: FaultKind
  /** Where a program died or fell silent: the request that preceded it. */
  readonly preceding?: string
  /** The program that is not as it should be is the partner. */
  readonly byPartner?: boolean
}

/** Every outcome, in the order in which reports have them. */
export const outcomes: readonly Outcome[] = ['passed', 'failed', 'deviates', 'unsupported', 'not-run']
