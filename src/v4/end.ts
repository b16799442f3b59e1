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
 * Forgets a session and its DAKE without telling the other side: wipes the secrets and returns to plaintext. For a session whose last message
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
 * "User requests to end an OTRv4 Conversation": encrypted, sends TLV 1 with IGNORE_UNREADABLE and every MAC key that waits to be
 * revealed; in other states nothing. Then START, and no DAKE. It always ends: where the message cannot be made, without one.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
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

/** "Session Expiration": as `endSession`, but the state is FINISHED then, and a DAKE under way goes on. @throws OtrError also `OTR_NOT_ENCRYPTED` */
export function expireSession(session: V4Session, context: V4Context): V4Step {
  const standing = encrypted(session)
  const { messages, ended, notices } = lastMessage(standing, context)
  wipeSide(session.side)
  return step(finishedOf(standing, []), messages, [...ended, { type: 'state', state: 'finished' }, ...notices, { type: 'notice', code: 'expired' }])
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
