import { attempt, heartbeat, heartbeatIsDue, heartbeatTime } from '../protocol/index.js'
import type { V3Context } from './context.js'
import { dataMessage } from './data-message.js'
import { step, type V3Session, type V3Step } from './session.js'
import { freshSide, sideSessionEnd, wipeSide, withSide } from './side-session.js'

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
  // Look at all: the oldest need not end first, as the clock may have been set back.
  let earliest = session.state === 'encrypted' && session.heartbeatOwed ? heartbeatTime(session, context) : Infinity
  for (const one of session.side) earliest = Math.min(earliest, sideSessionEnd(one))
  return earliest === Infinity ? undefined : earliest
}
