import type { OtrErrorCode } from '../errors.js'
import type { NoticeCode } from '../protocol/index.js'
import type { CodeEntry } from './entry.js'
import { errorCodes } from './errors.js'
import { noticeCodes } from './notices.js'

/** Every code that this package gives to its application. */
export type Code = OtrErrorCode | NoticeCode

/** The sentences of a language, by code. What is missing is said in English. */
export type Sentences = Partial<Readonly<Record<Code, string>>>

/** The whole catalogue. */
export const codes: Readonly<Record<Code, CodeEntry>> = { ...errorCodes, ...noticeCodes }

/**
 * What to tell people of a code: an error's `code` or a notice's.
 *
 * @param code - the `code` of an `OtrError` or of a `notice` event
 * @param options - `peer`: how the person knows the correspondent; stands in place of `{peer}`. It is text of others: show the result as text,
 *   never as HTML or terminal commands. `sentences`: another language's; those of `codes` are what there is to translate
 */
export function sentence(code: Code, { peer = 'Your correspondent', sentences = {} }: { readonly peer?: string, readonly sentences?: Sentences } = {}): string {
  return (sentences[code] ?? codes[code].say).replaceAll('{peer}', () => peer)
}
