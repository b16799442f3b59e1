import { fullBucket, settledBucket, takeTokens, type Bucket } from './token-bucket.js'
import { limits } from './limits.js'

/**
 * How much arithmetic of key exchanges one client does for all correspondents together. Those the application never dealt with share an
 * allowance of their own: however many addresses somebody has, they cannot keep friends from getting through.
 */
export class HandshakeBudget {
  #all: Bucket = fullBucket(limits.handshakesOfAll)
  #strangers: Bucket = fullBucket(limits.handshakesOfStrangers)

  /** Takes `count` tokens; `false` when there are not so many, and nothing was taken. */
  take(count: number, now: number, stranger: boolean): boolean {
    this.#all = settledBucket(this.#all, now)
    this.#strangers = settledBucket(this.#strangers, now)
    const all = takeTokens(this.#all, limits.handshakesOfAll, count, now)
    const strangers = stranger ? takeTokens(this.#strangers, limits.handshakesOfStrangers, count, now) : this.#strangers
    if (all === undefined || strangers === undefined) return false
    this.#all = all
    this.#strangers = strangers
    return true
  }
}
