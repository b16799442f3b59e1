import type { Env, ProtocolEvent } from '../protocol/index.js'
import { dropSmp, receiveSmp, type SmpMessage } from '../smp/index.js'
import { tlvTypeV3, type Tlv } from '../wire/index.js'
import { smpMessage, type V3SmpState } from './smp.js'
import { smpArithmeticV3 } from './smp-arithmetic.js'

/** What the TLVs of one message came to. */
export interface ReadTlvs {
  readonly smp: V3SmpState
  /** States of SMP that were left behind, to be wiped. */
  readonly left: readonly V3SmpState[]
  readonly replies: readonly SmpMessage[]
  readonly events: readonly ProtocolEvent[]
  readonly disconnected: boolean
}

/** Reads the TLVs of an authenticated message. `extraKey` is shared: it is copied for each of type 8. */
export function readTlvs(before: V3SmpState, tlvs: readonly Tlv[], extraKey: Uint8Array, env: Env): ReadTlvs {
  let smp = before
  const left: V3SmpState[] = []
  const replies: SmpMessage[] = []
  const events: ProtocolEvent[] = []
  for (const tlv of tlvs) {
    const message = smpMessage(tlv)
    if (message !== undefined) {
      const next = receiveSmp(smp, message, smpArithmeticV3, env)
      if (next.state !== smp) left.push(smp)
      smp = next.state
      replies.push(...next.outgoing)
      events.push(...next.events)
      continue
    }
    switch (tlv.type) {
      case tlvTypeV3.padding:
        break
      case tlvTypeV3.disconnected:
        // What stands behind it is not for a session that is over.
        events.push(...dropSmp(smp), { type: 'state', state: 'finished' })
        return { smp, left, replies, events, disconnected: true }
      case tlvTypeV3.extraSymmetricKey:
        events.push({ type: 'extra-key', key: extraKey.slice(), ...readContext(tlv.value) })
        break
      default:
        events.push({ type: 'tlv', tlvType: tlv.type, value: tlv.value })
    }
  }
  return { smp, left, replies, events, disconnected: false }
}

/** "a 4-byte indication of what this symmetric key will be used for", then what belongs to the use. */
function readContext(value: Uint8Array): { context: number, data: Uint8Array } {
  if (value.length < 4) return { context: 0, data: value }
  return { context: new DataView(value.buffer, value.byteOffset).getUint32(0), data: value.slice(4) }
}
