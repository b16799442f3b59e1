import { tokensAt, type Bucket } from '../session/budget/token-bucket.js'
import type { Rate } from './limits.js'

/**
 * Token buckets by name, in bounded memory: beyond `remembered` names those used longest ago are forgotten, who are the likeliest to
 * be full again. A name that is not remembered has a full bucket.
 */
export class RateLimit {
  readonly #rate: Rate
  readonly #remembered: number
  /** Least lately used first. */
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, remembered: number) {
    this.#rate = rate
    this.#remembered = remembered
  }

  /** How many names are remembered. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * Takes a token of this name; `false` when there is none: refuse the work. A clock that runs backwards refills nothing, and after one
   * that was far ahead the count goes on from now: nobody is refused until that time has come.
   */
  take(name: string, now: number): boolean {
    const tokens = tokensAt(this.#buckets.get(name) ?? { tokens: this.#rate.burst, at: now }, this.#rate, now)
    this.#put(name, { tokens: tokens < 1 ? tokens : tokens - 1, at: now })
    return tokens >= 1
  }

  /** Gives a token back: the work was not done after all. */
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
