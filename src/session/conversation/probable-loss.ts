/**
 * What says that the other side no longer has a session. `silence`: it did not answer a text that programs answer at once; `gone`: the network says
 * that its program has left; `plaintext`: a text came in clear. Anybody can feign each of them.
 */
export type LossSign = 'silence' | 'gone' | 'plaintext'

/** The other side has probably lost a session, so nobody reads what is sent in it. But it may only be asleep or away, and read everything later. */
export interface ProbableLoss {
  /** When the other side last proved that it has the session, seconds. */
  readonly since: number
  /** The first sign; or `silence`, which is the strongest, if it was noticed later. */
  readonly sign: LossSign
  /** The handles of the kept texts that were sent in the session since then, oldest first. A `lost` event offers them when there is a new session. */
  readonly messages: readonly number[]
}
