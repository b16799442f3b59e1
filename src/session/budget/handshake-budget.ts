import { fullBucket, settledBucket, takeTokens, type Bucket } from './token-bucket.js'
import { limits } from './limits.js'

/**
 * Bounds the arithmetic of key exchanges that one client does for all correspondents together. Strangers share a smaller allowance: however
 * many addresses somebody uses, they cannot use up what known correspondents need.
 */
export class HandshakeBudget {
  #all: Bucket = fullBucket(limits.handshakesOfAll)
  #strangers: Bucket = fullBucket(limits.handshakesOfStrangers)

  /** Takes `count` tokens. Returns `false`, and takes nothing, if there are fewer. */
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
