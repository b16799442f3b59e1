import type { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'

/** What a command returns: its events, in order, and its result; or the error because of which there is none although keys have already changed. */
export type CommandResult<Result> =
  | { readonly events: ClientEvent[], readonly result: Result, readonly error?: undefined }
  | { readonly events: ClientEvent[], readonly result?: undefined, readonly error: OtrError }
