import { attempt, heartbeat, heartbeatIsDue, heartbeatTime } from '../protocol/index.js'
import type { V3Context } from './context.js'
import { dataMessage } from './data-message.js'
import { step, type V3Session, type V3Step } from './session.js'
import { unexpiredSide, sideSessionEnd, wipeLeftOut, withSide } from './side-session.js'

/** Does what is due at `context.now`: ends side sessions, sends a heartbeat. Call it at the time that `nextTimer` returns. */
export function runTimers(session: V3Session, context: V3Context): V3Step {
  const side = unexpiredSide(session.side, context.now)
  const before = withSide(session, side)
  const isDue = before.state === 'encrypted' && before.heartbeatOwed && heartbeatIsDue(before, context)
  const sent = isDue ? attempt(() => dataMessage(before, heartbeat, context)).made : undefined
  // From here on, nothing can fail.
  wipeLeftOut(session, before)
  if (sent !== undefined) return step(sent.state, [sent.message])
  return step(isDue ? { ...before, heartbeatOwed: false } : before)
}

/** Returns when `runTimers` has something to do next, in seconds; `undefined`: never. */
export function nextTimer(session: V3Session, context: Pick<V3Context, 'heartbeatAfter'>): number | undefined {
  // Look at all of them: if the clock was set back, the oldest does not end first.
  let earliest = session.state === 'encrypted' && session.heartbeatOwed ? heartbeatTime(session, context) : Infinity
  for (const one of session.side) earliest = Math.min(earliest, sideSessionEnd(one))
  return earliest === Infinity ? undefined : earliest
}
