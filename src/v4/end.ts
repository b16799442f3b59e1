import { attempt, unsentFarewell, type ProtocolEvent } from '../protocol/index.js'
import { ratchetExpired, wipeRatchet } from '../ratchet/index.js'
import { dropSmp, wipeSmp } from '../smp/index.js'
import type { DataMessageV4 } from '../wire/index.js'
import type { V4Context } from './context.js'
import { wipeDake } from './dake-state.js'
import { disconnected } from './data-message.js'
import { encrypted, finishedOf, plaintextOf, step, type V4Encrypted, type V4Session, type V4Step } from './session.js'
import { wipeSide } from './side-session.js'

/**
 * Forgets a session and its DAKE, and sends nothing: wipes the secrets and returns to plaintext. For a session whose last message
 * cannot be made, or that was never used. Never fails. In plaintext nothing happens.
 */
export function dropSession(session: V4Session): V4Step {
  const { state, dake, side } = session
  if (state === 'plaintext' && dake.kind === 'none' && side.length === 0) return step(session)
  const events = state === 'encrypted' ? dropSmp(session.smp) : []
  wipeDake(dake)
  wipeSide(side)
  if (state === 'encrypted') {
    wipeSmp(session.smp)
    wipeRatchet(session.ratchet)
  }
  return step(plaintextOf(session), [], [...events, { type: 'state', state: 'plaintext' }])
}

/**
 * Ends a session. If it is encrypted, sends TLV 1 with IGNORE_UNREADABLE, and reveals every MAC key that waits; in other states sends nothing.
 * Afterwards the session is in START, without a DAKE. It always ends: if the message cannot be made, without one.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv4, "User requests to end an OTRv4 Conversation"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#user-requests-to-end-an-otrv4-conversation)
 */
export function endSession(session: V4Session, context: V4Context): V4Step {
  if (session.state === 'plaintext' && session.dake.kind === 'none' && session.side.length === 0) return step(session)
  const plaintext = plaintextOf(session)
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

/**
 * Ends a session that has expired, as `endSession` does; but afterwards its state is FINISHED, and a DAKE under way goes on.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED` in any state but encrypted; `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv4, "Session Expiration"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#session-expiration)
 */
export function expireSession(session: V4Session, context: V4Context): V4Step {
  const standing = encrypted(session)
  const { messages, ended, notices } = lastMessage(standing, context)
  wipeSide(session.side)
  return step(finishedOf(standing, []), messages, [...ended, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
}

/**
 * Whether the session has gone for `seconds` without a new ECDH key of ours: then call `expireSession`.
 *
 * @param now - seconds since 1970
 * @see [OTRv4, "Session Expiration"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#session-expiration)
 */
export function isExpired(session: V4Session, now: number, seconds: number): boolean {
  return session.state === 'encrypted' && ratchetExpired(session.ratchet, now, seconds)
}

/** The end of a session: the messages to send, the events of SMP, and whether something went wrong. */
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
