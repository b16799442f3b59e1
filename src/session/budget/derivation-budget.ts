import { fullBucket, overdraw, tokensAt, type Bucket } from './token-bucket.js'
import { limits } from './limits.js'

/**
 * Bounds how many chain steps are derived for data messages of version 4 before they are known to be genuine (attack case A8), for each
 * correspondent and for all together. Anybody who knows the public values of a session can cause thousands of steps with one short line.
 * What a genuine message costs in any case is given back.
 */
export class DerivationBudget {
  #all: Bucket = fullBucket(limits.derivationsOfAll)
  /** The buckets that are not full, by correspondent. */
  readonly #buckets = new Map<string, Bucket>()

  /**
   * Takes what a message will cost, in steps of a chain. Returns `false`, and takes nothing, if there is not as much.
   *
   * @param now - seconds
   * @param elsewhere - whether the line came from another address. Such lines may use half of each bucket at most: the rest is for lines from
   *   the correspondent's own address
   */
  take(peer: string, now: number, elsewhere: boolean, cost: number): boolean {
    const share = elsewhere ? 0.5 : 0
    const own = overdraw(this.#buckets.get(peer) ?? fullBucket(limits.derivations), limits.derivations, cost, now, share)
    const all = overdraw(this.#all, limits.derivationsOfAll, cost, now, share)
    if (own === undefined || all === undefined) return false
    this.#all = all
    // Keeps the map in the order of use: the most recent entry is last.
    this.#buckets.delete(peer)
    this.#buckets.set(peer, own)
    this.#forgetFull(now)
    return true
  }

  /** Gives back what a genuine message costs in any case. */
  giveBack(peer: string, cost: number): void {
    this.#all = { ...this.#all, tokens: Math.min(limits.derivationsOfAll.burst, this.#all.tokens + cost) }
    const own = this.#buckets.get(peer)
    if (own === undefined) return
    const tokens = own.tokens + cost
    if (tokens >= limits.derivations.burst) this.#buckets.delete(peer)
    else this.#buckets.set(peer, { ...own, tokens })
  }

  /** Bounds the map: the bucket for all limits how many others can be less than full at a time. */
  #forgetFull(now: number): void {
    for (const [peer, bucket] of this.#buckets) {
      if (tokensAt(bucket, limits.derivations, now) < limits.derivations.burst) return
      this.#buckets.delete(peer)
    }
  }
}
