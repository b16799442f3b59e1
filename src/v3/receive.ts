import { OtrError } from '../errors.js'
import type { Env } from '../protocol/index.js'
import type { V3Account, V3Message, V3Options, V3Session, V3Step } from './session.js'

/**
 * Takes in one message of version 3 for this session. Whatever is refused leaves the session the very same object and says so in a
 * notice: `unexpected`, `handshake-failed`, `unreadable` (the host replies with an OTR Error message), `duplicate`, `other-instance`,
 * `malformed-content`. A message with IGNORE_UNREADABLE that cannot be read gives no event.
 *
 * @throws OtrError `OTR_RANDOM_FAILED` only: nothing happened, the message may be received again
 */
export function receiveV3(session: V3Session, message: V3Message, account: V3Account, env: Env, options: V3Options = {}): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String(session)} ${String(message)} ${String(account)} ${String(env)} ${String(options)}`)
}
