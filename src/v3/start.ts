import { OtrError } from '../errors.js'
import type { Env } from '../protocol/index.js'
import type { V3Account, V3Session, V3Step } from './session.js'

/**
 * Starts a key exchange by sending a D-H Commit message, whatever the session's state ("Receiving a Query Message"); a running
 * encrypted session goes on until the exchange is complete. One that was under way before is forgotten.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`: nothing happened
 */
export function startV3(session: V3Session, account: V3Account, env: Env): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String(session)} ${String(account)} ${String(env)}`)
}

/**
 * A D-H Commit message sent with receiver tag 0 may be answered by several instances. When the first message of an unknown one comes
 * (a D-H Key message, or a D-H Commit message that crosses ours), this gives the session in which to receive it: with its own copy of
 * the exchange that `master` began. `master` stays as it is.
 */
export function adoptCommit(master: V3Session, theirTag: number): V3Session {
  throw new OtrError('OTR_INTERNAL', `not yet ${String(master)} ${String(theirTag)}`)
}

/** Forgets a key exchange that does not come to its end; without one, the very session comes back. The message state stays. */
export function abandonAkeV3(session: V3Session): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String(session)}`)
}
