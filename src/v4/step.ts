import type { NoticeCode, ProtocolEvent } from '../protocol/index.js'
import type { V4Message, V4Session, V4Step } from './session.js'

/** A step. */
export function step(state: V4Session, outgoing: readonly V4Message[] = [], events: readonly ProtocolEvent[] = []): V4Step {
  return { state, outgoing, events }
}

/** Nothing happens but a notice: the session is the object that went in. */
export function refuse(session: V4Session, code: NoticeCode, detail: string): V4Step {
  return { state: session, outgoing: [], events: [{ type: 'notice', code, detail }], refused: code }
}
