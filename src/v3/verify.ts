import { OtrError } from '../errors.js'
import type { Env } from '../protocol/index.js'
import type { V3Account, V3Session, V3Step } from './session.js'

/**
 * Begins the Socialist Millionaires' Protocol ("User requests to begin SMP"). One under way is aborted first, in a message of its own.
 *
 * @param secret what both users know; a string is normalised to NFC and taken as UTF-8, bytes are taken as they are
 * @param question asked with the SMP message 1Q; `undefined` for SMP message 1
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_QUESTION` for a question with a NUL or one that is too long
 */
export function smpStartV3(
  session: V3Session, secret: string | Uint8Array, question: string | undefined, account: V3Account, env: Env,
): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, secret, question, account, env])}`)
}

/**
 * Answers the SMP message 1 of which the event `asked` told.
 *
 * @throws OtrError `OTR_NOT_ENCRYPTED`; `OTR_SMP_NOT_ASKED` when nothing waits for an answer
 */
export function smpAnswerV3(session: V3Session, secret: string | Uint8Array, account: V3Account, env: Env): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, secret, account, env])}`)
}

/** Aborts SMP and tells the other side, in whatever state it is. @throws OtrError `OTR_NOT_ENCRYPTED` */
export function smpAbortV3(session: V3Session, account: V3Account, env: Env): V3Step {
  throw new OtrError('OTR_INTERNAL', `not yet ${String([session, account, env])}`)
}
