import { readTlvsOf, type ReadTlvs, type TlvDialect } from '../smp/index.js'
import { tlvTypeV3, type Tlv } from '../wire/index.js'
import type { V3Context } from './context.js'
import { smpMessage, type V3SmpState } from './smp.js'
import { smpArithmetic, type V3SmpValues } from './smp-arithmetic.js'

const dialect: TlvDialect<V3SmpValues> = { smpMessage, arithmetic: smpArithmetic, extraSymmetricKey: tlvTypeV3.extraSymmetricKey }

/**
 * Reads the TLVs of an authenticated message. `extraKey` is shared: it is copied for each of type 8.
 * `asksAgain`: whether our instance tag is the lower one; see `receiveSmpMessage`.
 */
export function readTlvs(before: V3SmpState, tlvs: readonly Tlv[], extraKey: Uint8Array, context: V3Context, asksAgain: boolean): ReadTlvs<V3SmpValues> {
  return readTlvsOf(dialect, before, tlvs, () => extraKey.slice(), context, asksAgain)
}
