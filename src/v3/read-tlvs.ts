import { tlvReader } from '../tlvs/index.js'
import { tlvTypeV2, tlvTypeV3 } from '../wire/index.js'
import { smpMessage } from './smp.js'
import { smpArithmetic, type V3SmpValues } from './smp-arithmetic.js'

/** Reads the TLVs of an authenticated message of version 3. */
export const readTlvsV3 = tlvReader<V3SmpValues>({ types: tlvTypeV3, smpMessage, arithmetic: smpArithmetic })

/** Reads those of version 2, in which type 8, the extra symmetric key of version 3, is an unknown TLV for the application. */
export const readTlvsV2 = tlvReader<V3SmpValues>({ types: tlvTypeV2, smpMessage, arithmetic: smpArithmetic })
