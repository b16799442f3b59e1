import { equalBytes } from '../crypto/compare.js'
import { carriesDh, leavesAnId, mayFollow } from './rotate.js'
import { findSkipped, freshSkipped } from './skipped.js'
import type { RatchetHeader, RatchetLimits, RatchetState, RatchetTheirs, ReceivingChain, SkippedKey } from './state.js'

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
