import { dropSmp, wipeSmp } from '../smp/index.js'
import { wipeAke } from './ake-state.js'
import { wipeKeys } from './key-management.js'
import type { V3Session, V3Step } from './session.js'
import { wipeSide } from './side-session.js'
import { step } from './step.js'

/**
 * Forgets a session, and a key exchange with it, without a word to the other side: its secrets are overwritten, and it is plaintext. For a
 * session of which no farewell can be made, or that never was of use. Never fails; in plaintext nothing happens.
 */
export function dropSession(session: V3Session): V3Step {
  const { state, ake, side, theirTag } = session
  if (state === 'plaintext' && ake.kind === 'none' && side.length === 0) return step(session)
  const events = state === 'encrypted' ? dropSmp(session.smp) : []
  wipeAke(ake)
  wipeSide(side)
  if (state === 'encrypted') {
    wipeSmp(session.smp)
    wipeKeys(session.keys)
  }
  return step({ state: 'plaintext', theirTag, ake: { kind: 'none' }, side: [] }, [], [...events, { type: 'state', state: 'plaintext' }])
}
