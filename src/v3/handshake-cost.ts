import { unreachable } from '../errors.js'
import { answeredExchange, ownExchange } from './ake-state.js'
import type { V3Message, V3Session } from './session.js'

/**
 * Estimates what receiving a message of the key exchange will cost, before any of it is verified: 1 for each exponentiation or signature
 * that follows from it, 0 for a message that is refused or answered without any.
 *
 * @param session - the session that will receive the message
 */
export function handshakeCost(session: V3Session | undefined, message: V3Message): number {
  const ake = session?.ake
  switch (message.kind) {
    case 'v2-dh-commit':
    case 'v3-dh-commit':
      return 1
    case 'v2-dh-key':
    case 'v3-dh-key':
      return ake?.kind === 'awaiting-dh-key' ? 1 : 0
    case 'v2-reveal-signature':
    case 'v3-reveal-signature':
      return answeredExchange(ake) === undefined ? 0 : 1
    case 'v2-signature':
    case 'v3-signature':
      return ownExchange(ake) === undefined ? 0 : 1
    case 'v2-data':
    case 'v3-data':
      return 0
    default:
      return unreachable(message)
  }
}
