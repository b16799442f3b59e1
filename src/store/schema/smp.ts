import { SMP_QUESTION_LENGTH, type SmpTally } from '../../smp/index.js'
import { count, flag, orUndefined, real, secret, struct, text, type Fields } from '../codec.js'
import type { Secret } from '../../crypto/secret.js'

/** The fields of every state of SMP, in either version. */
export const smpTally: Fields<SmpTally> = { attempts: count(), allowance: real, allowanceAt: real }

/** What we asked, in the states in which it may have to be asked again. */
const question = orUndefined(text(SMP_QUESTION_LENGTH))

/** The fields beside the values in `expect2`. */
export const smpAsked = { ...smpTally, question, again: flag }

export const smpCrossed = { ...smpTally, values: struct<{ readonly secret: Secret }>({ secret: secret(1, 64) }), question }
