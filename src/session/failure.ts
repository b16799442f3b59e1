import { OtrError } from '../errors.js'

/** What may be said of a failure: its stable code, never its message, which other code wrote. */
export function failureOf(error: unknown): string {
  return error instanceof OtrError ? error.code : 'OTR_INTERNAL'
}
