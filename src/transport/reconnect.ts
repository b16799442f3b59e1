import { Backoff, type ReconnectPauses } from './backoff.js'

/** Tries to connect again, after pauses that grow. One attempt is due at a time. */
export class Reconnect {
  readonly #backoff: Backoff
  #timer: NodeJS.Timeout | undefined

  constructor(pauses?: ReconnectPauses) {
    this.#backoff = new Backoff(pauses)
  }

  /** Calls `attempt` after the next pause. Its rejection is ignored: it reports its failure itself. */
  later(attempt: () => Promise<unknown>): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => { attempt().catch(() => undefined) }, this.#backoff.next())
  }

  /** A connection was established. */
  reset(): void {
    this.#backoff.reset()
  }

  /** No further attempt is made. */
  stop(): void {
    clearTimeout(this.#timer)
  }
}
