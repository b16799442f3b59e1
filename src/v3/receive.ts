import { unreachable } from '../errors.js'
import { receiveDhCommit, receiveDhKey, receiveRevealSignature, receiveSignature } from './ake.js'
import type { V3Context } from './context.js'
import { generationOf } from './generation.js'
import { receiveData } from './receive-data.js'
import { refuse, type V3Message, type V3Session, type V3Step } from './session.js'

/**
 * Receives one message of the session's version. If a message is refused, the session stays the very same object, and a notice says
 * why: `unexpected`, `handshake-failed`, `unreadable` (the application replies with an OTR Error message), `duplicate`, `other-instance`.
 * A message with IGNORE_UNREADABLE that cannot be read gives no event.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` only: nothing happened, the message may be received again
 * @see [OTRv3, "The protocol state machine"](https://otr.cypherpunks.ca/Protocol-v3-4.1.1.html)
 */
export function receiveMessage(session: V3Session, message: V3Message, context: V3Context): V3Step {
  const stranger = generationOf(context).hasTags ? refuseTags(session, message, context) : undefined
  if (stranger !== undefined) return stranger
  switch (message.kind) {
    case 'v2-dh-commit':
    case 'v3-dh-commit':
      return receiveDhCommit(session, message, context)
    case 'v2-dh-key':
    case 'v3-dh-key':
      return receiveDhKey(session, message, context)
    case 'v2-reveal-signature':
    case 'v3-reveal-signature':
      return receiveRevealSignature(session, message, context)
    case 'v2-signature':
    case 'v3-signature':
      return receiveSignature(session, message, context)
    case 'v2-data':
    case 'v3-data':
      return receiveData(session, message, context)
    default:
      return unreachable(message)
  }
}

/** Refuses a message whose tags are not those of our instance and of the session's; otherwise returns `undefined`. */
function refuseTags(session: V3Session, { kind, senderTag, receiverTag }: V3Message, { account: { instanceTag } }: V3Context): V3Step | undefined {
  // Some networks return what we send.
  if (senderTag === instanceTag) return refuse(session, 'unexpected', 'a message of our own came back')
  const forUs = receiverTag === instanceTag || (receiverTag === 0 && kind === 'v3-dh-commit')
  if (!forUs) return refuse(session, 'other-instance', 'the message is for another instance')
  return session.theirTag === 0 || session.theirTag === senderTag ? undefined
    : refuse(session, 'other-instance', 'the message is from another instance than that of this session')
}
