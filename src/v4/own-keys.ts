import type { RatchetState } from '../ratchet/index.js'
import { dakePublicKeys } from './dake-state.js'
import type { V4Session } from './session.js'

/**
 * Our public keys in a session: of the ratchet that runs, of those put aside, and of DAKEs that are under way. None of them may come as
 * somebody else's, and a new one of ours must be none of them.
 */
export function ownPublicKeys(session: V4Session): readonly Uint8Array[] {
  const running = session.state === 'encrypted' ? ratchetPublicKeys(session.ratchet) : []
  return [...running, ...session.side.flatMap(({ ratchet }) => ratchetPublicKeys(ratchet)), ...dakePublicKeys(session.dake)]
}

function ratchetPublicKeys(ratchet: RatchetState): Uint8Array[] {
  return [ratchet.turn === 'ours' ? ratchet.ourEcdh : ratchet.sending.ecdh.publicKey, ratchet.ourDhPublic]
}
