import { OtrError } from '../errors.js'
import { attempt, unsentFarewell, type ExtraKeyUse, type MessageContent, type NoticeEvent } from '../protocol/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import { concatBytes, IGNORE_UNREADABLE, tlvTypeV3, uint32be, type DataMessageV3 } from '../wire/index.js'
import { wipeAke } from './ake-state.js'
import type { V3Context } from './context.js'
import { encryptData, sendingKeys } from './data-message.js'
import { allMacKeys, wipeKeys } from './key-management.js'
import { withMessage, type V3Encrypted, type V3Session, type V3Step } from './session.js'
import { freshSide, sideMacKeys, sideSessionEnd, wipeSide, withSide } from './side-session.js'
import { step } from './step.js'

/** The result of `sendExtraKey`: also the key. */
export interface V3ExtraKeyStep extends V3Step {
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** The session, encrypted. @throws OtrError `OTR_NOT_ENCRYPTED` for any other */
export function encrypted(session: V3Session): V3Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'the session is not encrypted')
  return session
}

/** One data message in this session. */
export function dataMessage(
  session: V3Encrypted, { text, tlvs = [], ignoreUnreadable = text === '' }: MessageContent, context: V3Context,
): { readonly state: V3Encrypted, readonly message: DataMessageV3 } {
  const header = { senderTag: context.account.instanceTag, receiverTag: session.theirTag, flags: ignoreUnreadable ? IGNORE_UNREADABLE : 0 }
  const { keys, message } = encryptData(session.keys, header, text, tlvs)
  return { state: withMessage(session, { keys, smp: session.smp, lastSent: context.now, heartbeatOwed: false }), message }
}

/**
 * Encrypts a text with TLVs behind it into one Data message.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_INVALID_TEXT` for a text with U+0000, which would end it;
 *   `OTR_TLV_TOO_LONG`
 */
export function sendMessage(session: V3Session, content: MessageContent, context: V3Context): V3Step {
  const { state, message } = dataMessage(encrypted(session), content, context)
  return step(state, [message])
}

/**
 * Ends the session ("User requests to end an OTR conversation"): encrypted, it sends TLV 1 with IGNORE_UNREADABLE; finished or in a
 * handshake, it sends nothing. Then plaintext, and no key exchange. In plaintext nothing happens. It always ends: where the message cannot
 * be made, without one.
 */
export function endSession(session: V3Session, context: V3Context): V3Step {
  if (session.state === 'plaintext' && session.ake.kind === 'none' && session.side.length === 0) return step(session)
  const { outgoing, events, notices } = leave(session, context)
  const state: V3Session = { state: 'plaintext', theirTag: session.theirTag, ake: { kind: 'none' }, side: [] }
  return step(state, outgoing, [...events, { type: 'state', state: 'plaintext' }, ...notices])
}

/** The time of the session is over: as `endSession`, but then it is finished, so that nothing goes in clear before the person has seen it. */
export function expireSession(session: V3Session, context: V3Context): V3Step {
  const { outgoing, events, notices } = leave(session, context)
  const state: V3Session = { state: 'finished', theirTag: session.theirTag, ake: { kind: 'none' }, side: [] }
  return step(state, outgoing, [...events, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
}

/** Forgets all secrets of a session; makes the message that tells the other side, where it is encrypted. */
function leave(session: V3Session, context: V3Context): Pick<V3Step, 'outgoing' | 'events'> & { readonly notices: readonly NoticeEvent[] } {
  if (session.state !== 'encrypted') {
    wipeAke(session.ake)
    wipeSide(session.side)
    return { outgoing: [], events: [], notices: [] }
  }
  // All keys are forgotten with this message, so it reveals all MAC keys that verified something.
  const last = { ...session, keys: { ...session.keys, oldMacKeys: concatBytes(allMacKeys(session.keys), sideMacKeys(session.side)) } }
  const { made, fault } = attempt(() => dataMessage(last, { text: '', tlvs: [{ type: tlvTypeV3.disconnected, value: new Uint8Array(0) }] }, context))
  const events = dropSmp(session.smp)
  wipeAke(session.ake)
  wipeSmp(session.smp)
  wipeKeys(session.keys)
  wipeSide(session.side)
  return { outgoing: made === undefined ? [] : [made.message], events, notices: unsentFarewell(fault) }
}

/**
 * Tells the other side that we use the extra symmetric key (TLV 8) and for what.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_TLV_TOO_LONG`
 */
export function sendExtraKey(session: V3Session, { use, data }: ExtraKeyUse, context: V3Context): V3ExtraKeyStep {
  const before = encrypted(session)
  const value = concatBytes(uint32be(use), data)
  const { state, message } = dataMessage(before, { text: '', tlvs: [{ type: tlvTypeV3.extraSymmetricKey, value }] }, context)
  return { ...step(state, [message]), key: sendingKeys(before.keys).extraKey.slice() }
}

/** What is due by the clock: the end of sessions that were renewed, a heartbeat. Call it when the clock has moved. */
export function runTimers(session: V3Session, context: V3Context): V3Step {
  const side = freshSide(session.side, context.now)
  const before = withSide(session, side)
  const isDue = before.state === 'encrypted' && before.heartbeatOwed && heartbeatIsDue(before, context)
  const sent = isDue ? attempt(() => dataMessage(before, heartbeat, context)).made : undefined
  // Nothing can fail any more.
  wipeSide(session.side, side)
  if (sent !== undefined) return step(sent.state, [sent.message])
  return step(isDue ? { ...before, heartbeatOwed: false } : before)
}

/** When `runTimers` has something to do, in seconds; `undefined` for never. */
export function nextTimer(session: V3Session, context: Pick<V3Context, 'heartbeatAfter'>): number | undefined {
  // Not the oldest one's: the clock may have been set back since.
  let earliest = session.state === 'encrypted' && session.heartbeatOwed ? heartbeatTime(session, context) : Infinity
  for (const one of session.side) earliest = Math.min(earliest, sideSessionEnd(one))
  return earliest === Infinity ? undefined : earliest
}

/** What a heartbeat says: nothing. */
export const heartbeat: MessageContent = { text: '' }

/** Whether we have been silent for so long that the next message of theirs wants a heartbeat. */
export function heartbeatIsDue(session: V3Encrypted, context: V3Context): boolean {
  return context.now >= heartbeatTime(session, context)
}

/** From when on a message of theirs wants a heartbeat, seconds; `Infinity` for never. */
function heartbeatTime({ lastSent }: V3Encrypted, { heartbeatAfter = 0 }: Pick<V3Context, 'heartbeatAfter'>): number {
  return heartbeatAfter > 0 ? lastSent + heartbeatAfter : Infinity
}
