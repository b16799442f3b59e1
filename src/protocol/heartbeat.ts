import type { MessageContent } from './message-content.js'
import type { Env } from './step.js'

/** When a session last sent a data message, or came to be encrypted: seconds. */
interface Silence {
  readonly lastSent: number
}

/** `heartbeatAfter` of both versions' contexts: seconds of silence; absent or 0 for never. */
interface HeartbeatSetting {
  readonly heartbeatAfter?: number
}

/** What a heartbeat says: nothing. */
export const heartbeat: MessageContent = { text: '' }

/** Whether we have been silent for so long that their next message is answered with a heartbeat. */
export function heartbeatIsDue(session: Silence, context: HeartbeatSetting & Pick<Env, 'now'>): boolean {
  return context.now >= heartbeatTime(session, context)
}

/** From when on their messages are answered with a heartbeat, seconds; `Infinity` for never. */
export function heartbeatTime({ lastSent }: Silence, { heartbeatAfter = 0 }: HeartbeatSetting): number {
  return heartbeatAfter > 0 ? lastSent + heartbeatAfter : Infinity
}
