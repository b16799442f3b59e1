import { tokensAt, type Bucket } from '../session/budget/token-bucket.js'
import type { Rate } from './limits.js'

/**
 * Token buckets by name, in bounded memory. Beyond `remembered` names it forgets those that were used longest ago: their buckets are the
 * most likely to be full again. A name that is not remembered has a full bucket.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #remembered: number
  /** Least recently used first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, remembered: number) {
    this.#rate = rate
    this.#remembered = remembered
  }

  /** The number of names that are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Takes a token from the bucket of this name. Returns `false` if there is none: then refuse the work. A clock that runs backwards refills
   * nothing. After a clock that was far ahead, refilling goes on from `now`: nobody has to wait until the clock reaches that time again.
   */
  take(name: string, now: number): boolean {
    const tokens = tokensAt(this.#buckets.get(name) ?? { tokens: this.#rate.burst, at: now }, this.#rate, now)
    this.#put(name, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    return tokens >= 1
  }

  /** Returns a token, because the work was not done after all. */
  giveBack(name: string): void {
    const bucket = this.#buckets.get(name)
    if (bucket === undefined) return
    const tokens = bucket.tokens + 1
    if (tokens >= this.#rate.burst) this.#buckets.delete(name)
    else this.#buckets.set(name, { ...bucket, tokens })
  }

  #put(name: string, bucket: Bucket): void {
    this.#buckets.delete(name)
    this.#buckets.set(name, bucket)
    if (this.#buckets.size <= this.#remembered) return
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
