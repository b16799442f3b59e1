import type { NoticeCode, ProtocolEvent } from '../protocol/index.js'
import type { V3Context } from './context.js'
import type { V3Message, V3Session, V3Step } from './session.js'

/** A step. */
export function step(state: V3Session, outgoing: readonly V3Message[] = [], events: readonly ProtocolEvent[] = []): V3Step {
  return { state, outgoing, events }
}

/** Nothing happens but a notice: the session is the object that went in. */
export function refuse(session: V3Session, code: NoticeCode, detail: string): V3Step {
  return { state: session, outgoing: [], events: [{ type: 'notice', code, detail }], refused: code }
}

/** The tags of a message from us in this session. */
export function tags(session: V3Session, context: V3Context): { readonly senderTag: number, readonly receiverTag: number } {
  return { senderTag: context.account.instanceTag, receiverTag: session.theirTag }
}
