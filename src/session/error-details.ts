import { OtrError, type OtrErrorCode } from '../errors.js'

/** What may be reported of an error: its stable code, but not its message, which other code may have written. */
export function errorCodeOf(error: unknown): OtrErrorCode {
  return error instanceof OtrError ? error.code : 'OTR_INTERNAL'
}

/**
 * Where an error came from, for a bug report: the name of the error and its stack frames, one a line. Never its message: other code
 * writes values into messages, and here these may be secrets.
 */
export function errorCauseOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined
  const frames = error.stack.split('\n').filter((line) => /^\s*at |@/.test(line) && !line.includes(error.message || '\0')).map((line) => line.trim())
  return [error.name, ...frames].slice(0, 12).join('\n')
}
