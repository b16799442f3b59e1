import type { Env, ProtocolEvent } from '../protocol/index.js'
import type { SmpArithmetic, SmpMessage, SmpState, SmpValues } from '../smp/index.js'
import type { Tlv, tlvTypeV3, tlvTypeV4 } from '../wire/index.js'

/** What one version says of its TLVs. */
export interface TlvDialect<V extends SmpValues> {
  /** The type number of each TLV that the version knows: `tlvTypeV2`, `tlvTypeV3` or `tlvTypeV4`. */
  readonly types: TlvTypes
  /** The message of SMP that a TLV carries; `undefined` for a TLV of another kind. */
  readonly smpMessage: (tlv: Tlv) => SmpMessage | undefined
  /** The arithmetic of SMP in this version. */
  readonly arithmetic: SmpArithmetic<V>
}

/** Type numbers by the TLVs' names. A version need not know every name. */
export type TlvTypes = Readonly<Partial<Record<TlvName, number>>>

/** The TLVs that this library handles, by name. */
export type TlvName = keyof typeof tlvTypeV3 | keyof typeof tlvTypeV4

/** What reading needs to know beside the TLVs. */
export interface TlvContext extends Env {
  /** Gives the extra symmetric key for the next TLV that announces one; `undefined` once there is none left. */
  readonly extraKey: () => Uint8Array | undefined
  /** Whether our side repeats its SMP message 1 where both users begin at once: see `SmpContext`. */
  readonly asksAgain: boolean
}

/** What the TLVs of one message have come to so far. Handlers write into it. */
export interface TlvReading<V extends SmpValues> {
  readonly dialect: TlvDialect<V>
  readonly context: TlvContext
  /** How far SMP has come. */
  smp: SmpState<V>
  /** States of SMP that were left behind. The caller wipes them. */
  readonly left: SmpState<V>[]
  /** Messages of SMP to answer with. */
  readonly replies: SmpMessage[]
  /** The outcome of an exchange of SMP that ended in this message. */
  smpEnded: 'succeeded' | 'failed' | undefined
  /** The events for the application. */
  readonly events: ProtocolEvent[]
  /** The other side ended the session. Nothing that follows is read. */
  disconnected: boolean
}

/** Reads one TLV of an authenticated message. Never throws, whatever its value contains. */
export type TlvHandler = <V extends SmpValues>(tlv: Tlv, reading: TlvReading<V>) => void
