import { tlvReader } from '../tlvs/index.js'
import { tlvTypeV3 } from '../wire/index.js'
import { smpMessage } from './smp.js'
import { smpArithmetic, type V3SmpValues } from './smp-arithmetic.js'

/** Reads the TLVs of an authenticated message. */
export const readTlvs = tlvReader<V3SmpValues>({ types: tlvTypeV3, smpMessage, arithmetic: smpArithmetic })
