import { equalBytes, wipe } from '../crypto/compare.js'
import { chainStep } from '../crypto/kdf.js'
import { copySecret } from '../crypto/secret.js'
import type { RatchetHeader, RatchetLimits, RatchetState, ReceivingChain, SkippedKey } from './state.js'

/**
 * Advances a receiving chain to a later message, `until`, and keeps the keys of all messages in between. The caller has checked the distance
 * against `maxSkip`. Wipes the chain keys derived on the way, but not the first one: it belongs to the old state.
 */
export function skipTo(
  chain: ReceivingChain, ecdh: Uint8Array, until: number, now: number,
): { chain: ReceivingChain, skipped: readonly SkippedKey[] } {
  const skipped: SkippedKey[] = []
  let { chainKey, messageId } = chain
  while (messageId < until) {
    const { mkEnc, extraBase, mkMac, nextChainKey } = chainStep(chainKey)
    // Into buffers of their own: a key that is kept for days would keep the whole buffer alive in which the keys of a message lie with others.
    skipped.push({ ecdh, ratchetId: chain.ratchetId, messageId, mkEnc: copySecret(mkEnc), extraBase: copySecret(extraBase), storedAt: now })
    wipe(mkEnc, extraBase, mkMac)
    if (chainKey !== chain.chainKey) wipe(chainKey)
    chainKey = nextChainKey
    messageId++
  }
  return { chain: { ...chain, chainKey, messageId }, skipped }
}

/** The stored key of the message with this header. */
export function findSkipped(skipped: readonly SkippedKey[], header: RatchetHeader): SkippedKey | undefined {
  return skipped.find((key) => key.messageId === header.messageId && key.ratchetId === header.ratchetId && equalBytes(key.ecdh, header.ecdh))
}

/** When a skipped key expires, seconds. */
export function skippedKeyEnd({ storedAt }: SkippedKey, { storedSeconds }: RatchetLimits): number {
  return storedAt + storedSeconds
}

/**
 * The skipped keys that have not expired; the same array if none has.
 *
 * @see [OTRv4, "Deletion of Stored Message Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#deletion-of-stored-message-keys)
 */
export function unexpiredSkipped(state: RatchetState, now: number, limits: RatchetLimits): readonly SkippedKey[] {
  const isUnexpired = (key: SkippedKey): boolean =>
    now < skippedKeyEnd(key, limits) && state.ratchetId - key.ratchetId <= limits.storedRatchets
  return state.skipped.every(isUnexpired) ? state.skipped : state.skipped.filter(isUnexpired)
}

/** Adds new skipped keys. Drops the oldest if there are more than `maxStored`. Wipes new ones that find no room. */
export function addSkipped(old: readonly SkippedKey[], added: readonly SkippedKey[], limits: RatchetLimits): readonly SkippedKey[] {
  if (added.length === 0) return old
  const excess = Math.max(0, old.length + added.length - limits.maxStored)
  for (const key of added.slice(0, Math.max(0, excess - old.length))) wipe(key.mkEnc, key.extraBase)
  return [...old, ...added].slice(excess)
}

/**
 * The state without expired skipped keys; the same object if there are none. Called when the clock moved; receiving does the same. The
 * caller gives both states to `wipeReplaced`.
 */
export function expireSkipped<State extends RatchetState>(state: State, now: number, limits: RatchetLimits): State {
  const skipped = unexpiredSkipped(state, now, limits)
  return skipped === state.skipped ? state : { ...state, skipped }
}

/** The state without its oldest `count` skipped keys. Used to bound their number over all sessions. */
export function dropSkipped<State extends RatchetState>(state: State, count: number): State {
  return count <= 0 ? state : { ...state, skipped: state.skipped.slice(count) }
}
