import { equalBytes } from '../crypto/compare.js'
import { isValidDh3072 } from '../crypto/dh3072.js'
import { isValidEcdh } from '../crypto/ecdh.js'
import { chainStep } from '../crypto/kdf.js'
import { afterReceived } from './after-message.js'
import { deriveMacKey } from './keys.js'
import { addMacKey } from './mac-keys.js'
import { carriesDh, rotateAsReceiver } from './rotate.js'
import { addSkipped, findSkipped, freshSkipped, skipTo } from './skipped.js'
import {
  defaultRatchetLimits, type MessageKeys, type RatchetHeader, type RatchetLimits, type RatchetState, type ReceivingChain, type SkippedKey,
} from './state.js'

/** Why a header was refused. `dh-presence`: a DH key where none may stand, or none where one must. */
export type RatchetRefusal = 'dh-presence' | 'unknown-ratchet' | 'skip-limit' | 'invalid-key'

/** The result of `ratchetReceive`. */
export type RatchetReceived =
  /** Keys to verify the message with. Only when its MAC is right may `state` replace the old state. */
  | { readonly kind: 'keys', readonly state: RatchetState, readonly keys: MessageKeys }
  /** A message that was accepted before, or one whose key is no longer kept. */
  | { readonly kind: 'duplicate' }
  /** A message that no honest correspondent sends, or too far ahead. Nothing was derived. */
  | { readonly kind: 'refused', readonly reason: RatchetRefusal }

const refused = (reason: RatchetRefusal): RatchetReceived => ({ kind: 'refused', reason })

/** With the key of a message that was skipped earlier. */
function receiveSkipped(state: RatchetState, key: SkippedKey, skipped: readonly SkippedKey[], now: number, limits: RatchetLimits): RatchetReceived {
  const keys = { mkEnc: key.mkEnc.slice(), mkMac: deriveMacKey(key.mkEnc), extraBase: key.extraBase.slice() }
  return {
    kind: 'keys',
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
 * The message `header.messageId` of the chain, which is at that message or before it. `state` holds the chain's other values;
 * `stored` are the skipped keys of before, `added` those that were derived just now.
 */
function receiveInChain(
  state: RatchetState, chain: ReceivingChain, header: RatchetHeader,
  { stored, added }: { stored: readonly SkippedKey[], added: readonly SkippedKey[] }, now: number, limits: RatchetLimits,
): RatchetReceived {
  const at = skipTo(chain, state.theirEcdh, header.messageId, now)
  const { mkEnc, mkMac, extraBase, nextChainKey } = chainStep(at.chain.chainKey)
  if (at.chain.chainKey !== chain.chainKey) at.chain.chainKey.fill(0)
  return {
    kind: 'keys',
    state: afterReceived(state, { chainKey: nextChainKey, ratchetId: chain.ratchetId, messageId: header.messageId + 1 }, {
      skipped: addSkipped(stored, added.length === 0 ? at.skipped : [...added, ...at.skipped], limits),
      macKeysToReveal: addMacKey(state.macKeysToReveal, mkMac, limits.maxUnrevealed),
      expiryFrom: state.expiryFrom ?? now,
    }),
    keys: { mkEnc, mkMac, extraBase },
  }
}

/** The first message that we see of a new chain. */
function receiveNewChain(
  state: RatchetState, header: RatchetHeader, skipped: readonly SkippedKey[], now: number, limits: RatchetLimits,
): RatchetReceived {
  // They cannot rotate before they have seen our last rotation, nor twice in a row.
  if (state.turn !== 'theirs' || header.ratchetId !== state.ratchetId) return refused('unknown-ratchet')
  const missing = state.receiving === undefined ? 0 : header.previousChain - state.receiving.messageId
  if (missing > limits.maxSkip || header.messageId > limits.maxSkip) return refused('skip-limit')
  if (!isValidEcdh(header.ecdh) || (carriesDh(header.ratchetId) && !isValidDh3072(header.dh))) return refused('invalid-key')

  const rest = state.receiving && skipTo(state.receiving, state.theirEcdh, header.previousChain, now)
  if (rest !== undefined && rest.chain.chainKey !== state.receiving?.chainKey) rest.chain.chainKey.fill(0)
  const { state: rotated, chain } = rotateAsReceiver(state, header)
  const received = receiveInChain(rotated, chain, header, { stored: skipped, added: rest?.skipped ?? [] }, now, limits)
  chain.chainKey.fill(0)
  return received
}

/**
 * The keys for a message with this header, derived on a copy: the state that went in is as good as before. otrv4.md, "When you receive
 * a Data Message". The limits are checked before a single key is derived. Nothing in a header makes it throw.
 *
 * With `keys`, the caller verifies the message's MAC, and then calls `wipeReplaced(state, received.state)` and keeps `received.state`
 * (which holds the MAC key for revealing), or `wipeReplaced(received.state, state)` and keeps the old one. He wipes the keys either way.
 *
 * @param now seconds
 */
export function ratchetReceive(
  state: RatchetState, header: RatchetHeader, now: number, limits: RatchetLimits = defaultRatchetLimits,
): RatchetReceived {
  if ((header.dh.length > 0) !== carriesDh(header.ratchetId)) return refused('dh-presence')
  const skipped = freshSkipped(state, now, limits)
  const key = findSkipped(skipped, header)
  if (key !== undefined) return receiveSkipped(state, key, skipped, now, limits)

  const { receiving } = state
  if (receiving === undefined || header.ratchetId > receiving.ratchetId) return receiveNewChain(state, header, skipped, now, limits)
  // max_remote_i_seen: a chain that is over, and no key was kept.
  if (header.ratchetId < receiving.ratchetId) return { kind: 'duplicate' }
  if (!equalBytes(header.ecdh, state.theirEcdh)) return refused('unknown-ratchet')
  if (carriesDh(header.ratchetId) && !equalBytes(header.dh, state.theirDh)) return refused('unknown-ratchet')
  if (header.messageId < receiving.messageId) return { kind: 'duplicate' }
  if (header.messageId - receiving.messageId > limits.maxSkip) return refused('skip-limit')
  return receiveInChain(state, receiving, header, { stored: skipped, added: [] }, now, limits)
}
