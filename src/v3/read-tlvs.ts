import type { Env } from '../protocol/index.js'
import { readTlvsOf, type ReadTlvs, type TlvDialect } from '../smp/index.js'
import { tlvTypeV3, type Tlv } from '../wire/index.js'
import { smpMessage, type V3SmpState } from './smp.js'
import { smpArithmeticV3, type V3SmpValues } from './smp-arithmetic.js'

const dialect: TlvDialect<V3SmpValues> = { smpMessage, arithmetic: smpArithmeticV3, extraSymmetricKey: tlvTypeV3.extraSymmetricKey }

/**
 * Reads the TLVs of an authenticated message. `extraKey` is shared: it is copied for each of type 8.
 * `asksAgain`: whether our instance tag is the lower one; see `receiveSmp`.
 */
export function readTlvs(before: V3SmpState, tlvs: readonly Tlv[], extraKey: Uint8Array, env: Env, asksAgain: boolean): ReadTlvs<V3SmpValues> {
  return readTlvsOf(dialect, before, tlvs, () => extraKey.slice(), env, asksAgain)
}
