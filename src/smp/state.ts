import type { HandCopied } from '../protocol/index.js'
import type { SmpValues } from './arithmetic.js'

/**
 * How far SMP has come ("The SMP state machine" of both specifications): SMPSTATE_EXPECT1 to 4; `asked`, which is EXPECT1 with a verified
 * message 1 that waits for our user's answer; and `crossed`, which is EXPECT1 too: both users began at once, and the question is asked again as
 * soon as the other side has aborted. Plain data; each variant holds what is needed from there on.
 */
export type SmpState<V extends SmpValues> = SmpTally & (
  | { readonly state: 'expect1' }
  | { readonly state: 'asked', readonly values: V['asked'] }
  | {
    readonly state: 'expect2', readonly values: V['offered'], readonly question: string | undefined
    /** Whether it was asked again already, after both had begun at once. */
    readonly again: boolean
  }
  | { readonly state: 'crossed', readonly values: { readonly secret: Uint8Array }, readonly question: string | undefined }
  | { readonly state: 'expect3', readonly values: V['answered'] }
  | { readonly state: 'expect4', readonly values: V['proved'] }
)

/** The other side's attempts: a secret of few possibilities can be guessed, one guess an attempt. */
export interface SmpTally {
  /** How many attempts the other side has begun. */
  readonly attempts: number
  /** How many more it may begin now; see `SMP_ATTEMPTS`. */
  readonly allowance: number
  /** When the allowance was last brought up to date, seconds. */
  readonly allowanceAt: number
}

/** The tally alone. */
export function tallyOf({ attempts, allowance, allowanceAt }: SmpTally): HandCopied<SmpTally> {
  return { attempts, allowance, allowanceAt }
}

/**
 * The state with the tally that was kept of this correspondent, where there is one: another session, an earlier one or that of another
 * instance, may have counted further.
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
