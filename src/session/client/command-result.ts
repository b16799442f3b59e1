import type { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'

/** What a command returns: its events, in order, and its result. If it failed after keys had changed, it has an `error` instead of a result. */
export type CommandResult<Result> =
  | { readonly events: ClientEvent[], readonly result: Result, readonly error?: undefined }
  | { readonly events: ClientEvent[], readonly result?: undefined, readonly error: OtrError }
