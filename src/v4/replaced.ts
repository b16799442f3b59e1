import { isZero } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { RatchetState } from '../ratchet/index.js'
import type { V4Encrypted } from './session.js'

/**
 * Whether a session was replaced by a later one, or ended: its secrets are overwritten with zeros. Everything it would encrypt anyone
 * could read, and it would accept what anyone can forge.
 */
export function isStale({ ratchet }: V4Encrypted): boolean {
  return liveSecrets(ratchet).some((secret) => secret !== undefined && isZero(secret))
}

/** @throws OtrError `OTR_STALE_SESSION` for a session that was replaced: a fault of the program that kept it */
export function refuseStale(session: V4Encrypted): void {
  if (isStale(session)) throw new OtrError('OTR_STALE_SESSION', 'this session was replaced by a later one')
}

function liveSecrets(ratchet: RatchetState): (Uint8Array | undefined)[] {
  const chains = [ratchet.rootKey, ratchet.braceKey, ratchet.receiving?.chainKey]
  return ratchet.turn === 'theirs' ? [...chains, ratchet.sending.chainKey] : chains
}
