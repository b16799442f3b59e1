import type { RandomSource } from '../crypto/random.js'
import type { NoticeCode, ProtocolEvent } from './event.js'

/** What every transition is given: randomness and the time. Nothing below `transport/` and `store/` asks the platform for either. */
export interface Env {
  /** Where random bytes come from. */
  readonly random: RandomSource
  /** Seconds since 1970-01-01 UTC; may have a fraction. */
  readonly now: number
}

/**
 * The result of one transition of a state machine: the state that replaces the old one, the messages to send in this order, and
 * what the application is told, in this order. When a transition refuses its input, `state` is the very object that went in.
 */
export interface Step<State, Message> {
  /** The state that replaces the old one. */
  readonly state: State
  /** Messages to send, in this order. */
  readonly outgoing: readonly Message[]
  /** What the application is told, in this order. */
  readonly events: readonly ProtocolEvent[]
  /** Why the message that came in was refused: the code of the notice that says so. */
  readonly refused?: NoticeCode
}
