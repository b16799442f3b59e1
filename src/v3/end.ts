import { attempt, unsentFarewell, type NoticeEvent } from '../protocol/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import { tlvTypeV3 } from '../wire/index.js'
import { wipeAke } from './ake-state.js'
import type { V3Context } from './context.js'
import { dataMessage, sendingKeys } from './data-message.js'
import { allMacKeys, wipeKeys } from './key-management.js'
import { finishedOf, plaintextOf, step, type V3Session, type V3Step } from './session.js'
import { sideMacKeys, wipeSide } from './side-session.js'
import { wipe } from '../crypto/compare.js'
import { concatSecrets, type Secret } from '../crypto/secret.js'

/**
 * Forgets a session and its key exchange without telling the other side: wipes the secrets and returns to plaintext. Use it for a session
 * whose last message cannot be made, or that was never used. Never fails. In plaintext nothing happens.
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
 * Ends the session: it returns to plaintext, and a key exchange is dropped. If it is encrypted, the step sends TLV 1 with IGNORE_UNREADABLE; if
 * it is finished or in a handshake, nothing is sent. In plaintext nothing happens. If the message cannot be made, the session ends without it.
 *
 * @see [OTRv3, "User requests to end an OTR conversation"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function endSession(session: V3Session, context: V3Context): V3Step {
  if (session.state === 'plaintext' && session.ake.kind === 'none' && session.side.length === 0) return step(session)
  const { outgoing, events, notices } = leave(session, context)
  return step(plaintextOf(session), outgoing, [...events, { type: 'state', state: 'plaintext' }, ...notices])
}

/**
 * Ends a session whose time is over, as `endSession` does. But the session becomes `finished`, so that no text is sent in clear before the
 * user knows.
 *
 * @see [OTRv4, "Session Expiration"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#session-expiration)
 */
export function expireSession(session: V3Session, context: V3Context): V3Step {
  const { outgoing, events, notices } = leave(session, context)
  return step(finishedOf(session, { ake: { kind: 'none' }, side: [] }), outgoing, [...events, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
}

/** Forgets all secrets of a session. If it is encrypted, makes the message that informs the other side. */
function leave(session: V3Session, context: V3Context): Pick<V3Step, 'outgoing' | 'events'> & { readonly notices: readonly NoticeEvent[] } {
  if (session.state !== 'encrypted') {
    wipeAke(session.ake)
    wipeSide(session.side)
    return { outgoing: [], events: [], notices: [] }
  }
  // All keys are wiped after this message, so it reveals every MAC key that verified something.
  let oldMacKeys: Secret | undefined
  const { made, fault } = attempt(() => {
    // Throws if the session was replaced: its MAC keys are zeros.
    sendingKeys(session.keys)
    oldMacKeys = concatSecrets(...allMacKeys(session.keys), ...sideMacKeys(session.side))
    const last = { ...session, keys: { ...session.keys, oldMacKeys } }
    return dataMessage(last, { text: '', tlvs: [{ type: tlvTypeV3.disconnected, value: new Uint8Array(0) }] }, context)
  })
  // Nobody reveals them then.
  if (made === undefined) wipe(oldMacKeys)
  const events = dropSmp(session.smp)
  wipeAke(session.ake)
  wipeSmp(session.smp)
  wipeKeys(session.keys)
  wipeSide(session.side)
  return { outgoing: made === undefined ? [] : [made.message], events, notices: unsentFarewell(fault) }
}
