import type { OtrError } from '../../errors.js'
import type { ClientEvent } from '../event.js'

/** What a command that gives something returns: what is to be told, in order, and its result; or why there is none although keys have moved. */
export type CommandResult<Result> =
  | { readonly events: ClientEvent[], readonly result: Result, readonly error?: undefined }
  | { readonly events: ClientEvent[], readonly result?: undefined, readonly error: OtrError }
