import { readTlvsOf, type ReadTlvs, type TlvDialect } from '../smp/index.js'
import { tlvTypeV4, type Tlv } from '../wire/index.js'
import type { V4Context } from './context.js'
import { smpMessage, type V4SmpState } from './smp.js'
import { smpArithmetic, type V4SmpValues } from './smp-arithmetic.js'

const dialect: TlvDialect<V4SmpValues> = { smpMessage, arithmetic: smpArithmetic, extraSymmetricKey: tlvTypeV4.extraSymmetricKey }

/**
 * Reads the TLVs of an authenticated message. `extraKeys`: one for each of type 7, as long as there are; beyond the tenth there is none.
 * `asksAgain`: whether our instance tag is the lower one; see `receiveSmpMessage`.
 */
export function readTlvs(before: V4SmpState, tlvs: readonly Tlv[], extraKeys: readonly Uint8Array[], context: V4Context, asksAgain: boolean): ReadTlvs<V4SmpValues> {
  let next = 0
  return readTlvsOf(dialect, before, tlvs, () => extraKeys[next++], context, asksAgain)
}
