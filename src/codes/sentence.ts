import type { OtrErrorCode } from '../errors.js'
import type { NoticeCode } from '../protocol/index.js'
import type { CodeEntry } from './entry.js'
import { errorCodes } from './errors.js'
import { noticeCodes } from './notices.js'

/** Every code of an error or a notice of this package. */
export type Code = OtrErrorCode | NoticeCode

/** The sentences of a language, by code. A missing one falls back to English. */
export type Sentences = Partial<Readonly<Record<Code, string>>>

/** The whole catalogue. */
export const codes: Readonly<Record<Code, CodeEntry>> = { ...errorCodes, ...noticeCodes }

/**
 * Returns the sentence that explains a code to a person.
 *
 * @param code - the `code` of an `OtrError` or of a `notice` event
 * @param options - `peer`: the correspondent's name, which replaces `{peer}`. The correspondent may have chosen it: show the result as text,
 *   never as HTML or terminal commands. `sentences`: translations; `codes` has the English sentences
 */
export function sentence(code: Code, { peer = 'Your correspondent', sentences = {} }: { readonly peer?: string, readonly sentences?: Sentences } = {}): string {
  return (sentences[code] ?? codes[code].say).replaceAll('{peer}', () => peer)
}
