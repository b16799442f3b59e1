import { attempt, heartbeat, heartbeatIsDue, heartbeatTime } from '../protocol/index.js'
import { defaultRatchetLimits, expireSkipped, skippedKeyEnd, wipeReplaced } from '../ratchet/index.js'
import type { V4Context } from './context.js'
import { tickDake } from './dake.js'
import { dataMessage } from './data-message.js'
import { step, type V4Session, type V4Step } from './session.js'
import { unexpiredSide, sideSessionEnd, wipeSide } from './side-session.js'

/**
 * Does what is due: sends the Auth-R message in its other form, sends a heartbeat, drops skipped message keys and side sessions that have expired.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 * @see [OTRv4, "Deletion of Stored Message Keys"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#deletion-of-stored-message-keys)
 */
export function runTimers(session: V4Session, context: V4Context): V4Step {
  const { state: after, outgoing, events } = tickDake(session, context)
  const side = unexpiredSide(after.side, context.now)
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

/** When `runTimers` has something to do, in seconds; `undefined` for never. */
export function nextTimer(session: V4Session, context: Pick<V4Context, 'heartbeatAfter' | 'limits'>): number | undefined {
  const { dake, side } = session
  let earliest = dake.kind === 'awaiting-auth-i' ? dake.otherFormAt ?? Infinity : Infinity
  // Look at all: the oldest need not end first, as the clock may have been set back.
  for (const one of side) earliest = Math.min(earliest, sideSessionEnd(one))
  if (session.state === 'encrypted') {
    if (session.heartbeatOwed) earliest = Math.min(earliest, heartbeatTime(session, context))
    const [oldest] = session.ratchet.skipped
    if (oldest !== undefined) earliest = Math.min(earliest, skippedKeyEnd(oldest, context.limits ?? defaultRatchetLimits))
  }
  return earliest === Infinity ? undefined : earliest
}
