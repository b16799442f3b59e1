import type { HandCopied } from '../protocol/index.js'
import type { SmpValues } from './arithmetic.js'
import type { Secret } from '../crypto/secret.js'

/**
 * How far SMP has come: SMPSTATE_EXPECT1 to 4, and two more states that the specifications count as EXPECT1. In `asked`, a verified message 1 waits for our user's answer. In `crossed`, both users began at once, and we ask
 * again when the other side's abort has come. Plain data; each variant holds only what the next step needs.
 *
 * @see [OTRv3, "The SMP state machine"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 * @see [OTRv4, "The SMP State Machine"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#the-smp-state-machine)
 */
export type SmpState<V extends SmpValues> = SmpTally & (
  | { readonly state: 'expect1' }
  | { readonly state: 'asked', readonly values: V['asked'] }
  | {
    readonly state: 'expect2', readonly values: V['offered'], readonly question: string | undefined
    /** Whether it was asked again already, after both had begun at once. */
    readonly again: boolean
  }
  | { readonly state: 'crossed', readonly values: { readonly secret: Secret }, readonly question: string | undefined }
  | { readonly state: 'expect3', readonly values: V['answered'] }
  | { readonly state: 'expect4', readonly values: V['proved'] }
)

/** How often the other side has tried. Each attempt is one guess at the secret, so attempts are limited. */
export interface SmpTally {
  /** How many attempts the other side has begun. */
  readonly attempts: number
  /** How many more it may begin now. At most `SMP_ATTEMPTS`. */
  readonly allowance: number
  /** When the allowance was last brought up to date, seconds. */
  readonly allowanceAt: number
}

/** The tally alone. */
export function tallyOf({ attempts, allowance, allowanceAt }: SmpTally): HandCopied<SmpTally> {
  return { attempts, allowance, allowanceAt }
}

/**
 * The state with the tally that was kept for this correspondent, if it counts further. An earlier session, or one with another of their
 * instances, may have seen more attempts.
 */
export function recallTally<S extends SmpTally>(state: S, kept: SmpTally | undefined): S {
  if (kept === undefined || kept.attempts < state.attempts) return state
  return { ...state, ...tallyOf(kept) }
}

/** How many attempts the other side may begin in a row without one succeeding. */
export const SMP_ATTEMPTS = 20

/** After so many seconds one more is allowed. */
export const SMP_ATTEMPT_SECONDS = 30

/** The state of a session that has just begun. */
export function newSmp<V extends SmpValues>(now: number): SmpState<V> {
  return { state: 'expect1', attempts: 0, allowance: SMP_ATTEMPTS, allowanceAt: now }
}
