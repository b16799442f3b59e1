import type { SmpState, SmpValues } from '../smp/index.js'
import type { Tlv } from '../wire/index.js'
import { handlersOf } from './handlers.js'
import type { TlvContext, TlvDialect, TlvReading } from './reading.js'

/** Makes the reader of one version's TLVs. It takes the TLVs of one authenticated message in their order. */
export function tlvReader<V extends SmpValues>(
  dialect: TlvDialect<V>,
): (before: SmpState<V>, tlvs: readonly Tlv[], context: TlvContext) => TlvReading<V> {
  const handlers = handlersOf(dialect.types)
  return (before, tlvs, context) => {
    const reading: TlvReading<V> = { dialect, context, smp: before, left: [], replies: [], smpEnded: undefined, events: [], disconnected: false }
    for (const tlv of tlvs) {
      const handler = handlers.get(tlv.type)
      if (handler === undefined) reading.events.push({ type: 'tlv', tlvType: tlv.type, value: tlv.value })
      else handler(tlv, reading)
      if (reading.disconnected) break
    }
    return reading
  }
}
