import { wipeRatchet } from '../ratchet/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import { noDake, wipeDake } from './dake-state.js'
import type { V4Session, V4Step } from './session.js'
import { wipeSide } from './side-session.js'
import { step } from './step.js'

/**
 * Forgets a session, and a DAKE with it, without a word to the other side: its secrets are overwritten, and it is plaintext. For a session
 * of which no farewell can be made, or that never was of use. Never fails; in plaintext nothing happens.
 */
export function dropSession(session: V4Session): V4Step {
  const { state, dake, side, theirTag, learned } = session
  if (state === 'plaintext' && dake.kind === 'none' && side.length === 0) return step(session)
  const events = state === 'encrypted' ? dropSmp(session.smp) : []
  wipeDake(dake)
  wipeSide(side)
  if (state === 'encrypted') {
    wipeSmp(session.smp)
    wipeRatchet(session.ratchet)
  }
  return step({ state: 'plaintext', theirTag, dake: noDake, learned, side: [] }, [], [...events, { type: 'state', state: 'plaintext' }])
}
