import type { RandomSource } from '../crypto/random.js'
import type { NoticeCode, ProtocolEvent } from './event.js'

/** What every transition gets: randomness and the time. Only `transport/` and `store/` ask the platform for either. */
export interface Env {
  /** Where random bytes come from. */
  readonly random: RandomSource
  /** Seconds since 1970-01-01 UTC; may have a fraction. */
  readonly now: number
}

/**
 * The result of one transition of a state machine: the state that replaces the old one, the messages to send and the events to emit, both
 * in order. If a transition refuses its input, `state` is the same object that went in.
 */
export interface Step<State, Message> {
  /** The state that replaces the old one. */
  readonly state: State
  /** Messages to send, in this order. */
  readonly outgoing: readonly Message[]
  /** The events to emit, in this order. */
  readonly events: readonly ProtocolEvent[]
  /** Why the received message was refused: the code of the notice among `events`. */
  readonly refused?: NoticeCode
}
