import { OtrError } from '../errors.js'

/*
 * What a program gives at a public entrance, checked where it comes in: a slip is said in a sentence, not found as a TypeError of this
 * library's insides.
 */

/** 5138-11-16. A clock in milliseconds, the commonest slip, is beyond it since 1973. */
const LATEST = 100_000_000_000

/** An address: text that is not empty. @throws OtrError `OTR_ARGUMENT` */
export function checkAddress(address: unknown, what = 'the correspondent\'s address'): void {
  if (typeof address !== 'string' || address === '') throw new OtrError('OTR_ARGUMENT', `${what} must be a string that is not empty`)
}

/** Text. @throws OtrError `OTR_ARGUMENT` */
export function checkString(text: unknown, what: string): void {
  if (typeof text !== 'string') throw new OtrError('OTR_ARGUMENT', `${what} must be a string, not ${text === null ? 'null' : typeof text}`)
}

/** A function of the program's. @throws OtrError `OTR_ARGUMENT` */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw new OtrError('OTR_ARGUMENT', `${what} must be a function`)
}

/** What a clock said. @throws OtrError `OTR_ARGUMENT` for what is no time in seconds */
export function checkTime(now: unknown): number {
  if (typeof now !== 'number' || !Number.isFinite(now) || now < 0) throw new OtrError('OTR_ARGUMENT', 'the clock must give the seconds since 1970: () => Date.now() / 1000')
  if (now >= LATEST) throw new OtrError('OTR_ARGUMENT', 'the clock gives milliseconds; seconds are needed: () => Date.now() / 1000')
  return now
}
