import { isZero } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import type { V4Encrypted } from './session.js'

/**
 * Whether a session was replaced by a later one, or ended: its secrets are overwritten with zeros. Everything it would encrypt anyone
 * could read, and it would accept what anyone can forge.
 */
export function isStale({ ratchet }: V4Encrypted): boolean {
  const { rootKey, braceKey, receiving } = ratchet
  return isZero(rootKey) || isZero(braceKey) || (receiving !== undefined && isZero(receiving.chainKey)) ||
    (ratchet.turn === 'theirs' && isZero(ratchet.sending.chainKey))
}

/** @throws OtrError `OTR_STALE_SESSION` for a session that was replaced: a fault of the program that kept it */
export function refuseStale(session: V4Encrypted): void {
  if (isStale(session)) throw new OtrError('OTR_STALE_SESSION', 'this session was replaced by a later one')
}
