import type { Env, ProtocolEvent } from '../protocol/index.js'
import { dropSmp, receiveSmp } from '../smp/index.js'
import { tlvTypeV4, type Tlv } from '../wire/index.js'
import { smpMessage, type V4SmpState, type V4SmpWire } from './smp.js'
import { smpArithmeticV4 } from './smp-arithmetic.js'

/** What the TLVs of one message came to. */
export interface ReadTlvs {
  readonly smp: V4SmpState
  /** States of SMP that were left behind, to be wiped. */
  readonly left: readonly V4SmpState[]
  readonly replies: readonly V4SmpWire[]
  readonly events: readonly ProtocolEvent[]
  readonly disconnected: boolean
}

/** Reads the TLVs of an authenticated message. `extraKeys`: one for each of type 7, as long as there are. */
export function readTlvs(before: V4SmpState, tlvs: readonly Tlv[], extraKeys: readonly Uint8Array[], env: Env): ReadTlvs {
  let smp = before
  const left: V4SmpState[] = []
  const replies: V4SmpWire[] = []
  const events: ProtocolEvent[] = []
  let extra = 0
  for (const tlv of tlvs) {
    const message = smpMessage(tlv)
    if (message !== undefined) {
      const next = receiveSmp(smp, message, smpArithmeticV4, env)
      if (next.state !== smp) left.push(smp)
      smp = next.state
      replies.push(...next.outgoing)
      events.push(...next.events)
      continue
    }
    switch (tlv.type) {
      case tlvTypeV4.padding:
        break
      case tlvTypeV4.disconnected:
        // What stands behind it is not for a session that is over.
        events.push(...dropSmp(smp), { type: 'state', state: 'finished' })
        return { smp, left, replies, events, disconnected: true }
      case tlvTypeV4.extraSymmetricKey: {
        const key = extraKeys[extra++]
        // Beyond the tenth there is no key.
        if (key === undefined) events.push({ type: 'notice', code: 'limit', detail: 'more extra symmetric keys than one message may have' })
        else events.push({ type: 'extra-key', key, ...readContext(tlv.value) })
        break
      }
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
