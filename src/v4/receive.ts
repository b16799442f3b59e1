import { OtrError, unreachable } from '../errors.js'
import type { V4Context } from './context.js'
import { receiveAuthI, receiveAuthR, receiveIdentity } from './dake.js'
import { unexpiredEarly } from './early-message.js'
import { receiveNonInteractiveAuth } from './non-interactive.js'
import { receiveData } from './receive-data.js'
import { refuse, type V4Message, type V4Session, type V4Step } from './session.js'
import type { AuthIMessage, DataMessageV4 } from '../wire/index.js'

/**
 * Receives one message of version 4 for this session. If a message is refused, the session stays the very same object, and a notice says
 * why: `unexpected`, `handshake-failed`, `unreadable` (the application replies with an OTR Error message), `duplicate`, `other-instance`.
 * A message with IGNORE_UNREADABLE that cannot be read gives no event.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` only: nothing happened, the message may be received again
 * @see [OTRv4, "Protocol Events"](https://github.com/otrv4/otrv4/blob/master/otrv4.md#protocol-events)
 */
export function receiveMessage(session: V4Session, message: V4Message, context: V4Context): V4Step {
  const { senderTag, receiverTag } = message
  // Some networks return what we send.
  if (senderTag === context.account.instanceTag) return refuse(session, 'unexpected', 'a message of our own came back')
  const forUs = receiverTag === context.account.instanceTag || (receiverTag === 0 && message.kind === 'v4-identity')
  if (!forUs) return refuse(session, 'other-instance', 'the message is for another instance')
  if (session.theirTag !== 0 && session.theirTag !== senderTag) {
    return refuse(session, 'other-instance', 'the message is from another instance than that of this session')
  }
  switch (message.kind) {
    case 'v4-identity':
      return receiveIdentity(session, message, context)
    case 'v4-auth-r':
      return receiveAuthR(session, message, context)
    case 'v4-auth-i':
      return receiveAuthIAndEarly(session, message, context)
    case 'v4-non-interactive-auth':
      return receiveNonInteractiveAuth(session, message, context)
    case 'v4-data':
      return receiveData(session, message, context)
    default:
      return unreachable(message)
  }
}

/** The Auth-I message, and then the data messages that overtook it. */
function receiveAuthIAndEarly(session: V4Session, message: AuthIMessage, context: V4Context): V4Step {
  const early = unexpiredEarly(session.dake, context.now)
  let result = receiveAuthI(session, message, context)
  if (result.state === session) return result
  for (const { message: kept } of early) {
    const { beside } = result
    const next = receiveEarly(beside ?? result.state, kept, context)
    const sent = { outgoing: [...result.outgoing, ...next.outgoing], events: [...result.events, ...next.events] }
    result = beside === undefined ? { state: next.state, ...sent } : { state: result.state, beside: next.state, ...sent }
  }
  return result
}

/** Receives a message that was kept. The session is already encrypted: if randomness for a reply fails, only this message is lost. */
function receiveEarly(session: V4Session, message: DataMessageV4, context: V4Context): V4Step {
  try {
    const next = receiveData(session, message, context)
    // Unreadable: it belonged to another session. No notice for that.
    return next.refused === 'unreadable' || next.refused === 'duplicate' ? { ...next, events: [] } : next
  } catch (error) {
    if (error instanceof OtrError) return refuse(session, 'internal', error.code)
    throw error
  }
}
