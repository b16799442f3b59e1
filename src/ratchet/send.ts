import { wipe } from '../crypto/compare.js'
import { chainStep } from '../crypto/kdf.js'
import { OtrError } from '../errors.js'
import type { Env, HandCopied } from '../protocol/index.js'
import { takeMacKeys } from './mac-keys.js'
import { rotateAsSender } from './rotate.js'
import { afterSent, defaultRatchetLimits, type MessageKeys, type RatchetContext, type RatchetHeader, type RatchetState, type RatchetTheirs, type SendingChain } from './state.js'

/** The result of `ratchetSend`. */
export interface RatchetSent {
  /** The state that replaces the old one. Keep it before the message is sent: a key used twice reveals both texts. */
  readonly state: RatchetTheirs
  readonly header: RatchetHeader
  /** Wipe them after use. */
  readonly keys: MessageKeys
  /** Old MAC keys to be revealed with this message, 64 bytes each, concatenated; often empty. No longer in `state`. */
  readonly revealedMacKeys: Uint8Array
}

/**
 * The keys for the next message. Rotates first if it is our turn. Collected MAC keys are revealed with the first message of each chain,
 * except chain 0.
 *
 * When it throws, the old state is still valid. Otherwise the caller gives the old and the new state to `wipeReplaced`.
 *
 * @param reveal - `due`: the MAC keys that are due, at most `limits.maxRevealed`; `all`: all that wait, for the last message of a session
 * @throws OtrError `OTR_RANDOM_FAILED` when it must rotate and cannot; `OTR_CHAIN_EXHAUSTED` after 2^32 messages in one chain
 * @see [OTRv4, "When you send a Data Message"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#when-you-send-a-data-message)
 */
export function ratchetSend(
  state: RatchetState, reveal: 'due' | 'all', { random, now, limits = defaultRatchetLimits }: RatchetContext & Env,
): RatchetSent {
  const current = state.turn === 'ours' ? rotateAsSender(state, random) : state
  const { sending } = current
  if (sending.messageId > 0xffff_fffe) throw new OtrError('OTR_CHAIN_EXHAUSTED', 'no message ids are left in this chain')
  const due = sending.ratchetId > 0 && sending.messageId === 0
  const { taken, rest } = takeMacKeys(current.macKeysToReveal, reveal === 'all' ? Infinity : due ? limits.maxRevealed : 0)
  const rotated = current !== state
  const { mkEnc, mkMac, extraBase, nextChainKey } = chainStep(sending.chainKey)
  // No state that the caller has holds this key, so they could not wipe it.
  if (rotated) wipe(sending.chainKey)
  const { ratchetId, messageId, previousChain, ecdh, dh } = sending
  const next: HandCopied<SendingChain> = { chainKey: nextChainKey, ratchetId, messageId: messageId + 1, previousChain, ecdh, dh }
  return {
    state: afterSent(current, next, {
      skipped: current.skipped,
      macKeysToReveal: rest,
      expiryFrom: rotated ? now : (current.expiryFrom ?? now),
    }),
    header: { previousChain, ratchetId, messageId, ecdh: ecdh.publicKey, dh },
    keys: { mkEnc, mkMac, extraBase },
    revealedMacKeys: taken,
  }
}
