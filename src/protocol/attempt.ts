import { OtrError } from '../errors.js'
import type { NoticeEvent } from './event.js'

/** What an attempt came to: what was made, or the code of the error that there was. */
export type Attempt<Made> =
  | { readonly made: Made, readonly fault: undefined }
  | { readonly made: undefined, readonly fault: string }

/**
 * Makes a message that a session can do without: the last one of all, or a heartbeat. A session must come to its end, and its clock go on,
 * whatever it was brought into. Only randomness that fails is passed on: nothing has happened then, and it may be tried again.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function attempt<Made>(make: () => Made): Attempt<Made> {
  try {
    return { made: make(), fault: undefined }
  } catch (error) {
    const fault = error instanceof OtrError ? error.code : 'OTR_INTERNAL'
    if (fault === 'OTR_RANDOM_FAILED') throw error
    return { made: undefined, fault }
  }
}

/** What is told of a session that ends without its last message; nothing where there was one. */
export function unsentFarewell(fault: string | undefined): readonly NoticeEvent[] {
  return fault === undefined ? [] : [{ type: 'notice', code: 'internal', detail: `${fault}: the session ends, and the other side was not told` }]
}
