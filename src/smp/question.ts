import { OtrError } from '../errors.js'

/** The longest question that is sent or shown, in UTF-16 code units. */
export const SMP_QUESTION_LENGTH = 4096

/**
 * Checks a question of our user's.
 * @throws OtrError `OTR_SMP_QUESTION` for U+0000, which ends a question in version 3, and for more than `SMP_QUESTION_LENGTH`
 */
export function checkSmpQuestion(question: string): void {
  if (question.includes('\0')) throw new OtrError('OTR_SMP_QUESTION', 'a question must not contain U+0000')
  if (question.length > SMP_QUESTION_LENGTH) {
    throw new OtrError('OTR_SMP_QUESTION', `a question has at most ${SMP_QUESTION_LENGTH} characters`)
  }
}

/** The other side's question, cut to `SMP_QUESTION_LENGTH` but never inside a character. Show it as plain text. */
export function limitSmpQuestion(question: string): string {
  if (question.length <= SMP_QUESTION_LENGTH) return question
  const code = question.charCodeAt(SMP_QUESTION_LENGTH - 1)
  const split = code >= 0xd800 && code < 0xdc00
  return question.slice(0, split ? SMP_QUESTION_LENGTH - 1 : SMP_QUESTION_LENGTH)
}
