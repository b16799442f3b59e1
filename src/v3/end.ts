import { attempt, unsentFarewell, type NoticeEvent } from '../protocol/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import { tlvTypeV3 } from '../wire/index.js'
import { wipeAke } from './ake-state.js'
import type { V3Context } from './context.js'
import { dataMessage, sendingKeys } from './data-message.js'
import { allMacKeys, wipeKeys } from './key-management.js'
import { finishedOf, plaintextOf, step, type V3Session, type V3Step } from './session.js'
import { sideMacKeys, wipeSide } from './side-session.js'
import { concatSecrets } from '../crypto/secret.js'

/**
 * Forgets a session and its key exchange without telling the other side: wipes the secrets and returns to plaintext. For a session whose last
 * message cannot be made, or that was never used. Never fails. In plaintext nothing happens.
 */
export function dropSession(session: V3Session): V3Step {
  const { state, ake, side } = session
  if (state === 'plaintext' && ake.kind === 'none' && side.length === 0) return step(session)
  const events = state === 'encrypted' ? dropSmp(session.smp) : []
  wipeAke(ake)
  wipeSide(side)
  if (state === 'encrypted') {
    wipeSmp(session.smp)
    wipeKeys(session.keys)
  }
  return step(plaintextOf(session), [], [...events, { type: 'state', state: 'plaintext' }])
}

/**
 * Ends the session ("User requests to end an OTR conversation"): encrypted, it sends TLV 1 with IGNORE_UNREADABLE; finished or in a
 * handshake, it sends nothing. Then plaintext, and no key exchange. In plaintext nothing happens. It always ends: where the message cannot
 * be made, without one.
 */
export function endSession(session: V3Session, context: V3Context): V3Step {
  if (session.state === 'plaintext' && session.ake.kind === 'none' && session.side.length === 0) return step(session)
  const { outgoing, events, notices } = leave(session, context)
  return step(plaintextOf(session), outgoing, [...events, { type: 'state', state: 'plaintext' }, ...notices])
}

/** The time of the session is over: as `endSession`, but then it is finished, so that nothing goes in clear before the person has seen it. */
export function expireSession(session: V3Session, context: V3Context): V3Step {
  const { outgoing, events, notices } = leave(session, context)
  return step(finishedOf(session, { ake: { kind: 'none' }, side: [] }), outgoing, [...events, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
}

/** Forgets all secrets of a session; makes the message that tells the other side, where it is encrypted. */
function leave(session: V3Session, context: V3Context): Pick<V3Step, 'outgoing' | 'events'> & { readonly notices: readonly NoticeEvent[] } {
  if (session.state !== 'encrypted') {
    wipeAke(session.ake)
    wipeSide(session.side)
    return { outgoing: [], events: [], notices: [] }
  }
  // All keys are wiped with this message, so it reveals every MAC key that verified something.
  const { made, fault } = attempt(() => {
    // Throws for a session that was replaced, whose MAC keys are zeros.
    sendingKeys(session.keys)
    const last = { ...session, keys: { ...session.keys, oldMacKeys: concatSecrets(allMacKeys(session.keys), sideMacKeys(session.side)) } }
    return dataMessage(last, { text: '', tlvs: [{ type: tlvTypeV3.disconnected, value: new Uint8Array(0) }] }, context)
  })
  const events = dropSmp(session.smp)
  wipeAke(session.ake)
  wipeSmp(session.smp)
  wipeKeys(session.keys)
  wipeSide(session.side)
  return { outgoing: made === undefined ? [] : [made.message], events, notices: unsentFarewell(fault) }
}
