import { wipe } from '../crypto/compare.js'
import { isValidDh3072 } from '../crypto/dh3072.js'
import { isValidEcdh } from '../crypto/ecdh.js'
import { chainStep } from '../crypto/kdf.js'
import type { HandCopied } from '../protocol/index.js'
import { deriveMacKey } from './keys.js'
import { addMacKey } from './mac-keys.js'
import { costOf, FREE_DERIVATIONS, planFor, type DerivationCost, type RatchetRefusal } from './plan.js'
import { rotateAsReceiver } from './rotate.js'
import { addSkipped, skipTo } from './skipped.js'
import {
  afterReceived, carriesDh, defaultRatchetLimits, type MessageKeys, type RatchetBounds, type RatchetContext, type RatchetHeader, type RatchetState, type RatchetTheirs,
  type ReceivingChain, type SkippedKey,
} from './state.js'
import { copySecret } from '../crypto/secret.js'

/** The result of `ratchetReceive`. */
export type RatchetReceived =
  /** Keys to verify the message with. `state` may replace the old state only if the MAC is right. */
  | { readonly kind: 'keys', readonly state: RatchetState, readonly keys: MessageKeys, readonly cost: DerivationCost }
  /** The message was accepted before, or its key is no longer stored. */
  | { readonly kind: 'duplicate' }
  /** No honest correspondent sends this, or it is too far ahead. Nothing was derived. */
  | { readonly kind: 'refused', readonly reason: RatchetRefusal }
  /** It would cost more than `mayDerive` allows. Nothing was derived. */
  | { readonly kind: 'costly', readonly cost: DerivationCost }

/** What `ratchetReceive` is given beside the state and the header. */
export interface ReceivingContext extends RatchetContext {
  /**
   * Asked before anything is derived that costs more than `FREE_DERIVATIONS`: whoever knows a conversation's public values can make messages
   * that cost much and authenticate to nothing. Absent: always.
   */
  readonly mayDerive?: ((cost: DerivationCost) => boolean) | undefined
}

/** The derived keys, and the state after them. */
type Derived = Pick<Extract<RatchetReceived, { kind: 'keys' }>, 'state' | 'keys'>

const none: readonly SkippedKey[] = []

/** Uses the stored key of a message that was skipped earlier. */
function receiveSkipped(state: RatchetState, key: SkippedKey, skipped: readonly SkippedKey[], { now, limits }: RatchetBounds): Derived {
  const keys = { mkEnc: copySecret(key.mkEnc), mkMac: deriveMacKey(key.mkEnc), extraBase: copySecret(key.extraBase) }
  return {
    state: {
      ...state,
      skipped: skipped.filter((other) => other !== key),
      macKeysToReveal: addMacKey(state.macKeysToReveal, keys.mkMac, limits.maxUnrevealed),
      expiryFrom: state.expiryFrom ?? now,
    },
    keys,
  }
}

/**
 * Derives the keys of message `header.messageId`. The next message of `chain` is that message or an earlier one. `stored`: the skipped message
 * keys of before; `added`: those that were derived just now.
 */
function receiveInChain(
  state: RatchetState, chain: ReceivingChain, header: RatchetHeader,
  { stored, added }: { stored: readonly SkippedKey[], added: readonly SkippedKey[] }, { now, limits }: RatchetBounds,
): Derived {
  const at = header.messageId > chain.messageId ? skipTo(chain, state.theirEcdh, header.messageId, now) : { chain, skipped: none }
  const skipped = added.length === 0 ? at.skipped : [...added, ...at.skipped]
  const { mkEnc, mkMac, extraBase, nextChainKey } = chainStep(at.chain.chainKey)
  if (at.chain.chainKey !== chain.chainKey) wipe(at.chain.chainKey)
  const next: HandCopied<ReceivingChain> = { chainKey: nextChainKey, ratchetId: chain.ratchetId, messageId: header.messageId + 1 }
  return {
    state: afterReceived(state, next, {
      skipped: skipped.length === 0 ? stored : addSkipped(stored, skipped, limits),
      macKeysToReveal: addMacKey(state.macKeysToReveal, mkMac, limits.maxUnrevealed),
      expiryFrom: state.expiryFrom ?? now,
    }),
    keys: { mkEnc, mkMac, extraBase },
  }
}

/** Receives the first message of a new chain. `undefined` if its public keys are invalid. */
function receiveNewChain(state: RatchetTheirs, header: RatchetHeader, skipped: readonly SkippedKey[], bounds: RatchetBounds): Derived | undefined {
  if (!isValidEcdh(header.ecdh) || (carriesDh(header.ratchetId) && !isValidDh3072(header.dh))) return undefined
  const { receiving } = state
  const rest = receiving !== undefined && header.previousChain > receiving.messageId
    ? skipTo(receiving, state.theirEcdh, header.previousChain, bounds.now) : undefined
  if (rest !== undefined) wipe(rest.chain.chainKey)
  const { state: rotated, chain } = rotateAsReceiver(state, header)
  const received = receiveInChain(rotated, chain, header, { stored: skipped, added: rest?.skipped ?? [] }, bounds)
  wipe(chain.chainKey)
  return received
}

/**
 * Derives the keys for a message with this header, without changing the given state. It checks all limits before it derives a single key. It
 * never throws, whatever the header contains.
 *
 * With `keys`, the caller verifies the message's MAC, and then calls `wipeReplaced(state, received.state)` and keeps `received.state`
 * (which holds the MAC key for revealing), or `wipeReplaced(received.state, state)` and keeps the old one. The caller wipes the keys either
 * way.
 *
 * @see [OTRv4, "When you receive a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#when-you-receive-a-data-message)
 */
export function ratchetReceive(
  state: RatchetState, header: RatchetHeader, { now, limits = defaultRatchetLimits, mayDerive }: ReceivingContext,
): RatchetReceived {
  const bounds: RatchetBounds = { now, limits }
  const plan = planFor(state, header, bounds)
  if (plan.kind === 'duplicate' || plan.kind === 'refused') return plan
  const cost = costOf(plan)
  if (mayDerive !== undefined && cost.total > FREE_DERIVATIONS && !mayDerive(cost)) return { kind: 'costly', cost }
  switch (plan.kind) {
    case 'stored':
      return { kind: 'keys', ...receiveSkipped(state, plan.key, plan.skipped, bounds), cost }
    case 'chain':
      return { kind: 'keys', ...receiveInChain(state, plan.receiving, header, { stored: plan.skipped, added: [] }, bounds), cost }
    case 'new-chain': {
      const derived = receiveNewChain(plan.state, header, plan.skipped, bounds)
      return derived === undefined ? { kind: 'refused', reason: 'invalid-key' } : { kind: 'keys', ...derived, cost }
    }
  }
}
