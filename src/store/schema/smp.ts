import type { SmpTally } from '../../smp/index.js'
import { count, real, type Fields } from '../codec.js'

/** What stands in every state of SMP, in either version. */
export const smpTally: Fields<SmpTally> = { attempts: count(), allowance: real, allowanceAt: real }
