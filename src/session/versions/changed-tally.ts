import { tallyOf, type SmpState, type SmpTally, type SmpValues } from '../../smp/index.js'

/** The attempts at SMP after a step, if the step changed them. `before`: the SMP state of the encrypted session before it, if there was one. */
export function changedTally<V extends SmpValues>(before: SmpState<V> | undefined, after: SmpState<V>): SmpTally | undefined {
  const tally = tallyOf(after)
  if (tally.attempts === 0) return undefined
  const counted = before && tallyOf(before)
  return counted?.attempts === tally.attempts && counted.allowance === tally.allowance && counted.allowanceAt === tally.allowanceAt ? undefined : tally
}
