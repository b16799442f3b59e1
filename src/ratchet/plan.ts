import { equalBytes } from '../crypto/compare.js'
import { leavesAnId, mayFollow } from './rotate.js'
import { findSkipped, freshSkipped } from './skipped.js'
import {
  carriesDh, defaultRatchetLimits, type RatchetHeader, type RatchetLimits, type RatchetState, type RatchetTheirs, type ReceivingChain, type SkippedKey,
} from './state.js'

/**
 * Why a header was refused. `dh-presence`: a DH key where none may stand, or none where one must. `repeated-key`: a new chain with a key of
 * before.
 */
export type RatchetRefusal = 'dh-presence' | 'unknown-ratchet' | 'skip-limit' | 'invalid-key' | 'repeated-key'

/** What a header asks for, with every limit checked and nothing derived. `skipped`: the keys kept whose time is not over. */
export type Plan =
  /** A message that was skipped: its key is there. */
  | { readonly kind: 'stored', readonly key: SkippedKey, readonly skipped: readonly SkippedKey[] }
  /** The newest chain, so many steps on. */
  | { readonly kind: 'chain', readonly receiving: ReceivingChain, readonly skipped: readonly SkippedKey[], readonly steps: number }
  /** A new chain, whose keys have not been validated: so many steps in both chains, and a rotation, with a DH key or without. */
  | {
    readonly kind: 'new-chain', readonly state: RatchetTheirs, readonly skipped: readonly SkippedKey[], readonly steps: number
    readonly withDh: boolean
  }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'refused', readonly reason: RatchetRefusal }

const refused = (reason: RatchetRefusal): Plan => ({ kind: 'refused', reason })

/** Looks a header up. Costs no derivation and no operation in a group. */
export function planFor(state: RatchetState, header: RatchetHeader, now: number, limits: RatchetLimits): Plan {
  if ((header.dh.length > 0) !== carriesDh(header.ratchetId)) return refused('dh-presence')
  const skipped = freshSkipped(state, now, limits)
  const key = findSkipped(skipped, header)
  if (key !== undefined) return { kind: 'stored', key, skipped }

  const { receiving } = state
  if (receiving === undefined || header.ratchetId > receiving.ratchetId) return planForNewChain(state, header, skipped, limits)
  // max_remote_i_seen: a chain that is over, and no key was kept.
  if (header.ratchetId < receiving.ratchetId) return { kind: 'duplicate' }
  if (!equalBytes(header.ecdh, state.theirEcdh)) return refused('unknown-ratchet')
  if (carriesDh(header.ratchetId) && !equalBytes(header.dh, state.theirDh)) return refused('unknown-ratchet')
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
  return { kind: 'new-chain', state, skipped, steps: Math.max(0, missing) + header.messageId + 1, withDh: carriesDh(header.ratchetId) }
}

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
 * @param now - seconds
 */
export function ratchetCost(
  state: RatchetState, header: RatchetHeader, now: number, limits: RatchetLimits = defaultRatchetLimits,
): DerivationCost {
  return costOf(planFor(state, header, now, limits))
}
