/**
 * `otr4/codes`: every code of an error and of a `notice` event, with its meaning, where its cause lies, what to do next, and a sentence for
 * people. It is an entrance of its own, so that a bundle without these texts stays small.
 */
export type { CodeEntry, Fault } from './entry.js'
export { errorCodes } from './errors.js'
export { noticeCodes } from './notices.js'
export { codes, sentence, type Code, type Sentences } from './sentence.js'
export type { OtrErrorCode } from '../errors.js'
export type { NoticeCode } from '../protocol/index.js'
