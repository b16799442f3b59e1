import { OtrError, type OtrErrorCode } from '../errors.js'

/** What may be said of a failure: its stable code, never its message, which other code wrote. */
export function errorCodeOf(error: unknown): OtrErrorCode {
  return error instanceof OtrError ? error.code : 'OTR_INTERNAL'
}

/**
 * Where a failure came from, for whoever mends it: the kind of error and the places in the code, a line each. Never its message: other code
 * writes values into it, and here those may be secrets.
 */
export function errorCauseOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined
  const frames = error.stack.split('\n').filter((line) => /^\s*at |@/.test(line) && !line.includes(error.message || '\0')).map((line) => line.trim())
  return [error.name, ...frames].slice(0, 12).join('\n')
}
