import { unreachable } from '../errors.js'
import { answeredIdentities } from './dake-state.js'
import { sameIdentityMessage } from './handshake-message.js'
import type { V4Message, V4Session } from './session.js'

/**
 * What a message of the DAKE will cost, before anything in it is believed: 1 for each verification of signatures with what follows it;
 * 0 for a message that is refused or answered without one.
 *
 * @param session - the one that will receive the message; absent for an instance that is not known yet
 */
export function handshakeCost(session: V4Session | undefined, message: V4Message): number {
  switch (message.kind) {
    case 'v4-identity':
      return session?.dake.kind === 'awaiting-auth-i' &&
        answeredIdentities(session.dake).some(({ identity }) => sameIdentityMessage(identity, message)) ? 0 : 1
    case 'v4-auth-r':
      return session?.dake.kind === 'awaiting-auth-r' ? 1 : 0
    case 'v4-auth-i':
      // It is tried on each answer that waits.
      return session === undefined ? 0 : answeredIdentities(session.dake).length
    case 'v4-non-interactive-auth':
      return 1
    case 'v4-data':
      return 0
    default:
      return unreachable(message)
  }
}
