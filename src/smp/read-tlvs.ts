import type { Env, ProtocolEvent } from '../protocol/index.js'
import { tlvTypeV3, type Tlv } from '../wire/index.js'
import type { SmpArithmetic, SmpValues } from './arithmetic.js'
import { dropSmp, receiveSmpMessage, type SmpMessage } from './machine.js'
import type { SmpState } from './state.js'

/** In what the TLVs of the versions differ. */
export interface TlvDialect<V extends SmpValues> {
  /** The message of SMP that a TLV carries. */
  readonly smpMessage: (tlv: Tlv) => SmpMessage | undefined
  readonly arithmetic: SmpArithmetic<V>
  readonly extraSymmetricKey: number
}

/** What the TLVs of one message came to. */
export interface ReadTlvs<V extends SmpValues> {
  readonly smp: SmpState<V>
  /** States of SMP that were left behind, to be wiped. */
  readonly left: readonly SmpState<V>[]
  readonly replies: readonly SmpMessage[]
  readonly events: readonly ProtocolEvent[]
  /** The other side ended the session: nothing behind that was read. */
  readonly disconnected: boolean
  /** What came of an exchange of SMP that ended in this message. */
  readonly smpEnded: 'succeeded' | 'failed' | undefined
}

/**
 * Reads the TLVs of an authenticated message.
 *
 * @param extraKey gives the key for the next of those that ask for one, while there are any
 * @param asksAgain see `receiveSmpMessage`
 */
export function readTlvsOf<V extends SmpValues>(
  { smpMessage, arithmetic, extraSymmetricKey }: TlvDialect<V>, before: SmpState<V>, tlvs: readonly Tlv[], extraKey: () => Uint8Array | undefined, env: Env,
  asksAgain: boolean,
): ReadTlvs<V> {
  let smp = before
  const left: SmpState<V>[] = []
  const replies: SmpMessage[] = []
  const events: ProtocolEvent[] = []
  let smpEnded: ReadTlvs<V>['smpEnded']
  for (const tlv of tlvs) {
    const message = smpMessage(tlv)
    if (message !== undefined) {
      const next = receiveSmpMessage(smp, message, arithmetic, env, asksAgain)
      if (next.state !== smp) left.push(smp)
      smp = next.state
      replies.push(...next.outgoing)
      events.push(...next.events)
      smpEnded ??= next.ended
      continue
    }
    switch (tlv.type) {
      // These two have the same numbers in both versions.
      case tlvTypeV3.padding:
        break
      case tlvTypeV3.disconnected:
        // What stands behind it is not for a session that is over.
        events.push(...dropSmp(smp))
        return { smp, left, replies, events, disconnected: true, smpEnded }
      case extraSymmetricKey: {
        const key = extraKey()
        if (key === undefined) events.push({ type: 'notice', code: 'limit', detail: 'more extra symmetric keys than one message may have' })
        else events.push({ type: 'extra-key', key, ...readContext(tlv.value) })
        break
      }
      default:
        events.push({ type: 'tlv', tlvType: tlv.type, value: tlv.value })
    }
  }
  return { smp, left, replies, events, disconnected: false, smpEnded }
}

/** "a 4-byte indication of what this symmetric key will be used for", then what belongs to the use. */
function readContext(value: Uint8Array): { context: number, data: Uint8Array } {
  if (value.length < 4) return { context: 0, data: value }
  return { context: new DataView(value.buffer, value.byteOffset).getUint32(0), data: value.slice(4) }
}
