import { chacha20, hcmac, usage } from '../crypto/index.js'
import { OtrError } from '../errors.js'
import { attempt, unsentFarewell, type ExtraKeyUse, type MessageContent, type ProtocolEvent } from '../protocol/index.js'
import {
  defaultRatchetLimits, expireSkipped, extraSymmetricKeys, ratchetExpired, ratchetSend, skippedKeyEnd, wipeMessageKeys, wipeRatchet, wipeReplaced,
  type ExtraKeyRequest,
} from '../ratchet/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import {
  concatBytes, dataMessageV4MacView, encodePlaintext, IGNORE_UNREADABLE, tlvTypeV4, uint32be, type DataMessageV4, type Tlv,
} from '../wire/index.js'
import type { V4Context } from './context.js'
import { noDake, wipeDake } from './dake-state.js'
import { tickDake } from './dake.js'
import { withMessage, type V4Encrypted, type V4Finished, type V4Plaintext, type V4Session, type V4Step } from './session.js'
import { freshSide, sideSessionEnd, wipeSide } from './side-session.js'
import { refuseStale } from './replaced.js'
import { step } from './step.js'

/** The result of `sendExtraKey`: also the key. */
export interface V4ExtraKeyStep extends V4Step {
  /** 64 bytes. */
  readonly key: Uint8Array
}

/** The session, encrypted. @throws OtrError `OTR_NOT_ENCRYPTED` for any other */
export function encrypted(session: V4Session): V4Encrypted {
  if (session.state !== 'encrypted') throw new OtrError('OTR_NOT_ENCRYPTED', 'the session is not encrypted')
  return session
}

/** What goes into one data message, and which MAC keys it reveals: `all` that wait with the last message of a session, else those that are due. */
export interface Outgoing extends MessageContent {
  readonly reveal?: 'due' | 'all'
}

/** A data message, the session after it, and the extra symmetric keys of its TLVs of type 7. */
export interface SentData {
  readonly state: V4Encrypted
  readonly message: DataMessageV4
  readonly extraKeys: readonly Uint8Array[]
}

/**
 * "When you send a Data Message". Nothing is wiped of the session that goes in: the caller does that with `wipeReplaced` as soon as
 * nothing can fail any more. @throws OtrError `OTR_INVALID_TEXT`, `OTR_TLV_TOO_LONG`, `OTR_RANDOM_FAILED`, `OTR_STALE_SESSION`
 */
export function dataMessage(
  session: V4Encrypted, { text, tlvs = noTlvs, ignoreUnreadable = text === '', reveal }: Outgoing, context: V4Context,
): SentData {
  refuseStale(session)
  const plaintext = encodePlaintext(text, tlvs)
  const { state: ratchet, header, keys, revealedMacKeys } = ratchetSend(session.ratchet, context, reveal)
  const message = {
    kind: 'v4-data' as const,
    senderTag: context.account.instanceTag,
    receiverTag: session.theirTag,
    flags: ignoreUnreadable ? IGNORE_UNREADABLE : 0,
    previousChain: header.previousChain,
    ratchetId: header.ratchetId,
    messageId: header.messageId,
    ecdh: header.ecdh,
    dh: header.dh,
    ciphertext: chacha20(keys.mkEnc, plaintext),
    authenticator: none,
    revealedMacKeys,
  }
  message.authenticator = dataAuthenticator(keys.mkMac, message)
  const extraKeys = extraSymmetricKeys(keys.extraBase, extraKeyRequests(tlvs))
  plaintext.fill(0)
  wipeMessageKeys(keys)
  return {
    state: withMessage(session, { ratchet, smp: session.smp, lastSent: context.now, heartbeatOwed: false, side: session.side }),
    message,
    extraKeys,
  }
}

const none: Uint8Array = new Uint8Array(0)
const noTlvs: readonly Tlv[] = []

/** The authenticator of a data message: 64 bytes. */
export function dataAuthenticator(mkMac: Uint8Array, message: DataMessageV4): Uint8Array {
  return hcmac(usage.authenticator, [mkMac, dataMessageV4MacView(message)], 64)
}

const noRequests: readonly ExtraKeyRequest[] = []

/** The TLVs of type 7 among all of a message: each has a key of its own. */
export function extraKeyRequests(tlvs: readonly Tlv[]): readonly ExtraKeyRequest[] {
  if (tlvs.length === 0) return noRequests
  return tlvs.flatMap(({ type, value }, index) => type === tlvTypeV4.extraSymmetricKey ? [{ index, context: value.subarray(0, 4) }] : [])
}

/** One message, and the old ratchet wiped. */
function sendOne(session: V4Encrypted, outgoing: Outgoing, context: V4Context): SentData {
  const sent = dataMessage(session, outgoing, context)
  wipeReplaced(session.ratchet, sent.state.ratchet)
  return sent
}

/**
 * Encrypts a text with TLVs behind it into one Data message.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_INVALID_TEXT` for a text with U+0000; `OTR_TLV_TOO_LONG`;
 *   `OTR_RANDOM_FAILED`. Nothing has changed then.
 */
export function sendMessage(session: V4Session, content: MessageContent, context: V4Context): V4Step {
  const { state, message } = sendOne(encrypted(session), content, context)
  return step(state, [message])
}

/**
 * "User requests to end an OTRv4 Conversation": encrypted, sends TLV 1 with IGNORE_UNREADABLE and every MAC key that waits to be
 * revealed; in other states nothing. Then START, and no DAKE. It always ends: where the message cannot be made, without one.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 */
export function endSession(session: V4Session, context: V4Context): V4Step {
  if (session.state === 'plaintext' && session.dake.kind === 'none' && session.side.length === 0) return step(session)
  const plaintext: V4Plaintext = { state: 'plaintext', theirTag: session.theirTag, dake: noDake, learned: session.learned, side: [] }
  if (session.state !== 'encrypted') {
    wipeDake(session.dake)
    wipeSide(session.side)
    return step(plaintext, [], [{ type: 'state', state: 'plaintext' }])
  }
  const { messages, ended, notices } = lastMessage(session, context)
  wipeDake(session.dake)
  wipeSide(session.side)
  return step(plaintext, messages, [...ended, { type: 'state', state: 'plaintext' }, ...notices])
}

/** "Session Expiration": as `endSession`, but the state is FINISHED then, and a DAKE under way goes on. @throws OtrError also `OTR_NOT_ENCRYPTED` */
export function expireSession(session: V4Session, context: V4Context): V4Step {
  const standing = encrypted(session)
  const { messages, ended, notices } = lastMessage(standing, context)
  wipeSide(session.side)
  const { theirTag, dake, learned, ssid, them } = standing
  const finished: V4Finished = { state: 'finished', theirTag, dake, learned, ended: { ssid, them }, side: [] }
  return step(finished, messages, [...ended, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
}

/** Whether the session has lived for `seconds` without a new key of ours: then it is to be expired. */
export function isExpired(session: V4Session, now: number, seconds: number): boolean {
  return session.state === 'encrypted' && ratchetExpired(session.ratchet, now, seconds)
}

/** The end of a session: what is sent for it, what is told of SMP, and whether something went wrong. */
interface LastMessage {
  readonly messages: readonly DataMessageV4[]
  readonly ended: readonly ProtocolEvent[]
  readonly notices: readonly ProtocolEvent[]
}

/** TLV 1 with what is left to reveal, where it can be made; the session's secrets are gone after it. */
function lastMessage(session: V4Encrypted, context: V4Context): LastMessage {
  const { made, fault } = attempt(() => disconnected(session, context))
  const ended = dropSmp(session.smp)
  wipeSmp(session.smp)
  if (made !== undefined) wipeRatchet(made.state.ratchet)
  wipeRatchet(session.ratchet)
  return { messages: made === undefined ? [] : [made.message], ended, notices: unsentFarewell(fault) }
}

/** TLV 1 with what is left to reveal; nothing is wiped. */
export function disconnected(session: V4Encrypted, context: V4Context): SentData {
  const tlvs = [{ type: tlvTypeV4.disconnected, value: new Uint8Array(0) }]
  return dataMessage(session, { text: '', tlvs, reveal: 'all' }, context)
}

/**
 * Tells the other side that we use an extra symmetric key (TLV 7) and for what.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_TLV_TOO_LONG`; `OTR_RANDOM_FAILED`
 */
export function sendExtraKey(session: V4Session, { use, data }: ExtraKeyUse, context: V4Context): V4ExtraKeyStep {
  const tlvs = [{ type: tlvTypeV4.extraSymmetricKey, value: concatBytes(uint32be(use), data) }]
  const { state, message, extraKeys } = sendOne(encrypted(session), { text: '', tlvs }, context)
  const [key] = extraKeys
  if (key === undefined) throw new OtrError('OTR_INTERNAL', 'a message with one TLV 7 has one extra symmetric key')
  return { ...step(state, [message]), key }
}

/** What is due by the clock: the Auth-R in its other form, a heartbeat, the end of stored message keys. */
export function runTimers(session: V4Session, context: V4Context): V4Step {
  const { state: after, outgoing, events } = tickDake(session, context)
  const side = freshSide(after.side, context.now)
  const before = side === after.side ? after : { ...after, side }
  if (before.state !== 'encrypted') {
    wipeSide(session.side, side)
    return step(before, outgoing, events)
  }
  const ratchet = expireSkipped(before.ratchet, context.now, context.limits ?? defaultRatchetLimits)
  const expired = ratchet === before.ratchet ? before : { ...before, ratchet }
  const isDue = expired.heartbeatOwed && heartbeatIsDue(expired, context)
  const sent = isDue ? attempt(() => dataMessage(expired, heartbeat, context)).made : undefined
  // Nothing can fail any more.
  const state = sent?.state ?? (isDue ? { ...expired, heartbeatOwed: false } : expired)
  wipeSide(session.side, side)
  wipeReplaced(before.ratchet, state.ratchet)
  return step(state, sent === undefined ? outgoing : [...outgoing, sent.message], events)
}

/** What a heartbeat says: nothing. */
export const heartbeat: MessageContent = { text: '' }

/** Whether we have been silent for so long that the next message of theirs wants a heartbeat. */
export function heartbeatIsDue(session: V4Encrypted, context: V4Context): boolean {
  return context.now >= heartbeatTime(session, context)
}

/** From when on a message of theirs wants a heartbeat, seconds; `Infinity` for never. */
function heartbeatTime({ lastSent }: V4Encrypted, { heartbeatAfter = 0 }: Pick<V4Context, 'heartbeatAfter'>): number {
  return heartbeatAfter > 0 ? lastSent + heartbeatAfter : Infinity
}

/** When `runTimers` has something to do, in seconds; `undefined` for never. */
export function nextTimer(session: V4Session, context: Pick<V4Context, 'heartbeatAfter' | 'limits'>): number | undefined {
  const { dake, side } = session
  let earliest = dake.kind === 'awaiting-auth-i' ? dake.otherFormAt ?? Infinity : Infinity
  // Not the oldest one's: the clock may have been set back since.
  for (const one of side) earliest = Math.min(earliest, sideSessionEnd(one))
  if (session.state === 'encrypted') {
    if (session.heartbeatOwed) earliest = Math.min(earliest, heartbeatTime(session, context))
    const [oldest] = session.ratchet.skipped
    if (oldest !== undefined) earliest = Math.min(earliest, skippedKeyEnd(oldest, context.limits ?? defaultRatchetLimits))
  }
  return earliest === Infinity ? undefined : earliest
}
