/** The first and the longest pause between two attempts to connect, in milliseconds. */
export interface ReconnectPauses {
  /** Before the second attempt. */
  readonly first: number
  /** No pause is longer, however many attempts have failed. */
  readonly most: number
}

/**
 * How long to wait before the next attempt to connect, in milliseconds. The pause doubles with every failure, up to the longest one. Up to a
 * quarter of it is taken off at random, so that the clients of a restarted server do not all come back in the same moment.
 */
export class Backoff {
  readonly #pauses: ReconnectPauses
  readonly #random: () => number
  #failures = 0

  /** `random`: numbers from 0 up to, but not including, 1. */
  constructor(pauses: ReconnectPauses = { first: 500, most: 30_000 }, random: () => number = Math.random) {
    this.#pauses = pauses
    this.#random = random
  }

  next(): number {
    const { first, most } = this.#pauses
    const whole = Math.min(most, first * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    return Math.round(whole * (1 - this.#random() / 4))
  }

  /** A connection was established: the next pause is the first one again. */
  reset(): void {
    this.#failures = 0
  }
}
