import { planFor, type Plan } from './plan.js'
import { defaultRatchetLimits, type RatchetHeader, type RatchetLimits, type RatchetState } from './state.js'

/** What is derived for a message before it is known whether it is genuine. In steps of a chain: 4 microseconds each where there is WebAssembly. */
export interface DerivationCost {
  readonly total: number
  /** What of it is the rotation, and the message's own step: what every first message of a chain costs, whoever lost others before it. */
  readonly regular: number
}

/** What is weighed how much: as long as so many steps take, with WebAssembly. (Without it steps are dear, and the rest cheaper than this says.) */
const WEIGHTS = { step: 1, ecdh: 50, dh: 380 } as const

/** Up to so much is derived without asking: the newest chain, a few messages on. */
export const FREE_DERIVATIONS = 10

const nothing: DerivationCost = { total: 0, regular: 0 }
const oneStep: DerivationCost = { total: WEIGHTS.step, regular: WEIGHTS.step }

/** What a plan costs. */
export function costOf(plan: Plan): DerivationCost {
  switch (plan.kind) {
    case 'duplicate':
    case 'refused':
      return nothing
    case 'stored':
      return oneStep
    case 'chain':
      return plan.steps === 1 ? oneStep : { total: plan.steps * WEIGHTS.step, regular: WEIGHTS.step }
    case 'new-chain': {
      const rotation = WEIGHTS.ecdh + (plan.withDh ? WEIGHTS.dh : 0)
      return { total: rotation + plan.steps * WEIGHTS.step, regular: rotation + WEIGHTS.step }
    }
  }
}

/**
 * What `ratchetReceive` would derive for a header: counted, not done. 0 for what it refuses, and for what was received before.
 *
 * @param now seconds
 */
export function ratchetCost(
  state: RatchetState, header: RatchetHeader, now: number, limits: RatchetLimits = defaultRatchetLimits,
): DerivationCost {
  return costOf(planFor(state, header, now, limits))
}
