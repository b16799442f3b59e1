import { OtrError } from '../errors.js'

/*
 * Checks for arguments of the public API. A mistake is reported in a sentence at the call, instead of as a TypeError from inside this
 * library.
 */

/** 5138-11-16, in seconds. A clock that gives milliseconds, the most common mistake, has been beyond this since 1973. */
const LATEST = 100_000_000_000

/** Requires an address: a string that is not empty. @throws OtrError `OTR_ARGUMENT` */
export function checkAddress(address: unknown, what = 'the correspondent\'s address'): void {
  if (typeof address !== 'string' || address === '') throw new OtrError('OTR_ARGUMENT', `${what} must be a string that is not empty`)
}

/** Requires a string. @throws OtrError `OTR_ARGUMENT` */
export function checkString(text: unknown, what: string): void {
  if (typeof text !== 'string') throw new OtrError('OTR_ARGUMENT', `${what} must be a string, not ${text === null ? 'null' : typeof text}`)
}

/** Requires a list of numbers. @throws OtrError `OTR_ARGUMENT` */
export function checkNumbers(list: unknown, what: string): void {
  if (!Array.isArray(list) || !list.every((one) => typeof one === 'number')) throw new OtrError('OTR_ARGUMENT', `${what} must be a list of numbers`)
}

/** Requires a function. @throws OtrError `OTR_ARGUMENT` */
export function checkFunction(value: unknown, what: string): void {
  if (typeof value !== 'function') throw new OtrError('OTR_ARGUMENT', `${what} must be a function`)
}

/** Requires a time in seconds, and returns it. @throws OtrError `OTR_ARGUMENT` */
export function checkTime(now: unknown): number {
  if (typeof now !== 'number' || !Number.isFinite(now) || now < 0) throw new OtrError('OTR_ARGUMENT', 'the clock must give the seconds since 1970: () => Date.now() / 1000')
  if (now >= LATEST) throw new OtrError('OTR_ARGUMENT', 'the clock gives milliseconds; seconds are needed: () => Date.now() / 1000')
  return now
}
