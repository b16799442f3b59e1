import { OtrError } from '../errors.js'
import type { NoticeEvent } from './event.js'

/** The result of `attempt`: what was made, or the code of the error that prevented it. */
export type Attempt<Made> =
  | { readonly made: Made, readonly fault: undefined }
  | { readonly made: undefined, readonly fault: string }

/**
 * Makes a message that a session can do without: its last one, or a heartbeat. A session must be able to end, and its timers must go on,
 * in whatever state the other side has brought it, so errors are returned. Only a failure of the random source is thrown: nothing has
 * happened then, and the call may be repeated.
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

/** The notice for a session that ends without its last message; none if `fault` is `undefined`. */
export function unsentFarewell(fault: string | undefined): readonly NoticeEvent[] {
  return fault === undefined ? [] : [{ type: 'notice', code: 'internal', detail: `${fault}: the session ends, and the other side was not told` }]
}
