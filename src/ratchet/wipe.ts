import { wipe } from '../crypto/compare.js'
import type { RatchetState } from './state.js'

/** Every secret of a state but the skipped keys. */
function secrets(state: RatchetState): (Uint8Array | undefined)[] {
  const { rootKey, braceKey, ourDh } = state
  const receiving = state.receiving?.chainKey
  if (state.turn === 'ours') return [rootKey, braceKey, ourDh, receiving]
  return [rootKey, braceKey, ourDh, receiving, state.sending.chainKey, state.sending.ecdh.privateKey]
}

/**
 * Overwrites all secrets of `gone` that are not also those of `kept`. After a transition: `wipeReplaced(old, new)` when the new state
 * was taken, `wipeReplaced(new, old)` when it was not. `gone` must not be used again; keep no copy of it that you might return to.
 */
export function wipeReplaced(gone: RatchetState, kept: RatchetState): void {
  if (gone === kept) return
  const live = secrets(kept)
  for (const secret of secrets(gone)) if (secret !== undefined && !live.includes(secret)) secret.fill(0)
  if (gone.skipped === kept.skipped) return
  const liveKeys = new Set(kept.skipped)
  for (const key of gone.skipped) if (!liveKeys.has(key)) wipe(key.mkEnc, key.extraBase)
}

/** Overwrites all secrets of a state: the session is over. */
export function wipeRatchet(state: RatchetState): void {
  wipe(...secrets(state), ...state.macKeysToReveal)
  for (const key of state.skipped) wipe(key.mkEnc, key.extraBase)
}
