/**
 * How long to wait before the next attempt to connect, in milliseconds: doubles from `first` to `most`, with up to a quarter taken
 * off at random so that the clients of a restarted server do not all come back in the same moment.
 */
export class Backoff {
  readonly #first: number
  readonly #most: number
  #failures = 0

  constructor(first = 500, most = 30_000) {
    this.#first = first
    this.#most = most
  }

  next(): number {
    const whole = Math.min(this.#most, this.#first * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    return Math.round(whole * (1 - Math.random() / 4))
  }

  /** After a connection that stood. */
  reset(): void {
    this.#failures = 0
  }
}
