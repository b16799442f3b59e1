/** What the Socialist Millionaires' Protocol of both versions shares: the state machine. Their arithmetic is in `v3/` and `v4/`. */
export type { SmpArithmetic, SmpValues } from './arithmetic.js'
export { SMP_ATTEMPT_SECONDS, SMP_ATTEMPTS, newSmp, recallTally, tallyOf } from './state.js'
export type { SmpState, SmpTally } from './state.js'
export { abortExchange, answerExchange, dropSmp, receiveSmpMessage, startExchange, wipeSmp } from './exchange.js'
export type { SmpMessage, SmpStep } from './exchange.js'
export { SMP_QUESTION_LENGTH } from './question.js'
export { smpSecretBytes } from './secret.js'
