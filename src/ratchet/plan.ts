import { equalBytes } from '../crypto/compare.js'
import { leavesAnId, mayFollow } from './rotate.js'
import { findSkipped, unexpiredSkipped } from './skipped.js'
import {
  carriesDh, type RatchetBounds, type RatchetHeader, type RatchetLimits, type RatchetState, type RatchetTheirs, type ReceivingChain, type SkippedKey,
} from './state.js'

/**
 * Why a header was refused. `dh-presence`: it has a DH key where it must not, or has none where it must. `repeated-key`: a new chain uses an
 * earlier key.
 */
export type RatchetRefusal = 'dh-presence' | 'unknown-ratchet' | 'skip-limit' | 'invalid-key' | 'repeated-key'

/** What must be derived for a header. All limits are checked, nothing is derived yet. `skipped`: the stored keys that have not expired. */
export type Plan =
  /** A message that was skipped earlier. Its key is stored. */
  | { readonly kind: 'stored', readonly key: SkippedKey, readonly skipped: readonly SkippedKey[] }
  /** A message of the newest chain, `steps` further on. */
  | { readonly kind: 'chain', readonly receiving: ReceivingChain, readonly skipped: readonly SkippedKey[], readonly steps: number }
  /** The first message of a new chain. Its keys are not validated yet. `steps` counts both chains; `withDh`: the rotation has a DH key. */
  | {
    readonly kind: 'new-chain', readonly state: RatchetTheirs, readonly skipped: readonly SkippedKey[], readonly steps: number
    readonly withDh: boolean
  }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused', readonly reason: RatchetRefusal }

const refused = (reason: RatchetRefusal): Plan => ({ kind: 'refused', reason })

/** Plans for a header. Derives nothing and computes nothing in a group. */
export function planFor(state: RatchetState, header: RatchetHeader, { now, limits }: RatchetBounds): Plan {
  if ((header.dh.length > 0) !== carriesDh(header.ratchetId)) return refused('dh-presence')
  // In most sessions there are none.
  const skipped = state.skipped.length > 0 ? unexpiredSkipped(state, now, limits) : state.skipped
  const key = skipped.length > 0 ? findSkipped(skipped, header) : undefined
  if (key !== undefined) return { kind: 'stored', key, skipped }

  const { receiving } = state
  if (receiving === undefined || header.ratchetId > receiving.ratchetId) return planForNewChain(state, header, skipped, limits)
  // Below max_remote_i_seen: the chain is over, and no key of it is stored.
  if (header.ratchetId < receiving.ratchetId) return { kind: 'duplicate' }
  if (!equalBytes(header.ecdh, state.theirEcdh)) return refused('unknown-ratchet')
  if (header.dh.length > 0 && !equalBytes(header.dh, state.theirDh)) return refused('unknown-ratchet')
  const ahead = header.messageId - receiving.messageId
  if (ahead < 0) return { kind: 'duplicate' }
  if (ahead > limits.maxSkip) return refused('skip-limit')
  return { kind: 'chain', receiving, skipped, steps: ahead + 1 }
}

/** The first message that we see of a new chain. */
function planForNewChain(state: RatchetState, header: RatchetHeader, skipped: readonly SkippedKey[], limits: RatchetLimits): Plan {
  // They cannot rotate before they have seen our last rotation, nor twice in a row.
  if (state.turn !== 'theirs' || header.ratchetId !== state.ratchetId || !leavesAnId(header.ratchetId)) return refused('unknown-ratchet')
  const missing = state.receiving === undefined ? 0 : header.previousChain - state.receiving.messageId
  if (missing > limits.maxSkip || header.messageId > limits.maxSkip) return refused('skip-limit')
  if (!mayFollow(state, header)) return refused('repeated-key')
  return { kind: 'new-chain', state, skipped, steps: Math.max(0, missing) + header.messageId + 1, withDh: header.dh.length > 0 }
}

/** The cost of deriving keys for a message that may be forged, in steps of a chain. One step takes about 4 microseconds with WebAssembly. */
export interface DerivationCost {
  readonly total: number
  /** The part that every message in this place costs, even if none was lost before it: the rotation, if there is one, and one step. */
  readonly regular: number
}

/** Costs relative to one step, measured with WebAssembly. Without it a step is slower, so the other ratios are smaller. */
const WEIGHTS = { step: 1, ecdh: 50, dh: 380 } as const

/** Up to this cost, keys are derived without asking: a few messages on in the newest chain. */
export const FREE_DERIVATIONS = 10

const nothing: DerivationCost = { total: 0, regular: 0 }
const oneStep: DerivationCost = { total: WEIGHTS.step, regular: WEIGHTS.step }

/** What a plan costs: 0 for headers that are refused, and for messages received before. */
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
