import { OtrError } from '../errors.js'
import type { NoticeEvent } from './event.js'

/** What `farewell` came to. */
export type Farewell<Made> =
  | { readonly made: Made, readonly notices: readonly [] }
  | { readonly made: undefined, readonly notices: readonly [NoticeEvent] }

/**
 * Makes the last message of a session. A session must come to its end whatever it was brought into: where the message cannot be made, it ends
 * without one, and a notice says so. Only randomness that fails is passed on: nothing has happened then, and it may be tried again.
 *
 * @throws OtrError `OTR_RANDOM_FAILED`
 */
export function farewell<Made>(make: () => Made): Farewell<Made> {
  try {
    return { made: make(), notices: [] }
  } catch (error) {
    const code = error instanceof OtrError ? error.code : 'OTR_INTERNAL'
    if (code === 'OTR_RANDOM_FAILED') throw error
    return { made: undefined, notices: [{ type: 'notice', code: 'internal', detail: `${code}: the session ends, and the other side was not told` }] }
  }
}
