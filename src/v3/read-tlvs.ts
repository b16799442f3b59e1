import { tlvReader } from '../tlvs/index.js'
import { tlvTypeV2, tlvTypeV3 } from '../wire/index.js'
import { smpMessage } from './smp.js'
import { smpArithmetic, type V3SmpValues } from './smp-arithmetic.js'

/** Reads the TLVs of an authenticated message of version 3. */
export const readTlvsV3 = tlvReader<V3SmpValues>({ types: tlvTypeV3, smpMessage, arithmetic: smpArithmetic })

/** The same in version 2, which leaves the number of the extra symmetric key to the application. */
export const readTlvsV2 = tlvReader<V3SmpValues>({ types: tlvTypeV2, smpMessage, arithmetic: smpArithmetic })
