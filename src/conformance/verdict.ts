import type { FaultKind } from './fault.js'

/**
 * How a scenario ended. `deviates`: the program does not do something that it should do. `unsupported`: the scenario needs something that the program
 * does not claim to have. `not-run`: the run ended before this scenario.
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
  /** The fault is in the partner's program, not in the judged one. */
  readonly byPartner?: boolean
}

/** Every outcome, in the order in which reports have them. */
export const outcomes: readonly Outcome[] = ['passed', 'failed', 'deviates', 'unsupported', 'not-run']
