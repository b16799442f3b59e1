import type { DerivationMeter } from '../../v4/index.js'
import { fullBucket, settledBucket, tokensAt, type Bucket, type BucketSize } from './token-bucket.js'
import { limits } from './limits.js'

/**
 * How much is derived for data messages of version 4 that may be forged (attack case A8), for each correspondent and for all together. In
 * steps of a chain. Whoever knows the public values of a session can ask for thousands of steps by one short line; what a genuine message
 * costs in any case is given back.
 */
export class DerivationBudget {
  #all: Bucket = fullBucket(limits.derivationsOfAll)
  /** Of those who do not have all of theirs. */
  readonly #buckets = new Map<string, Bucket>()

  /**
   * The meter for what is received in one conversation.
   *
   * @param now - seconds
   * @param elsewhere - whether the line came from another address. Such lines leave half of everything to the correspondent's own
   */
  meter(peer: string, now: number, elsewhere: boolean): DerivationMeter {
    return {
      take: (cost) => this.#take(peer, now, elsewhere, cost),
      giveBack: (cost) => { this.#giveBack(peer, cost) },
    }
  }

  #take(peer: string, now: number, elsewhere: boolean, cost: number): boolean {
    const share = elsewhere ? 0.5 : 0
    const own = draw(this.#buckets.get(peer) ?? fullBucket(limits.derivations), limits.derivations, cost, now, share)
    const all = draw(this.#all, limits.derivationsOfAll, cost, now, share)
    if (own === undefined || all === undefined) return false
    this.#all = all
    // The order of the map: who took last stands last.
    this.#buckets.delete(peer)
    this.#buckets.set(peer, own)
    this.#forgetFull(now)
    return true
  }

  #giveBack(peer: string, cost: number): void {
    this.#all = { ...this.#all, tokens: Math.min(limits.derivationsOfAll.burst, this.#all.tokens + cost) }
    const own = this.#buckets.get(peer)
    if (own === undefined) return
    const tokens = own.tokens + cost
    if (tokens >= limits.derivations.burst) this.#buckets.delete(peer)
    else this.#buckets.set(peer, { ...own, tokens })
  }

  /** Bounds the map: nobody can empty more buckets in a time than the one of all lets them. */
  #forgetFull(now: number): void {
    for (const [peer, bucket] of this.#buckets) {
      if (tokensAt(bucket, limits.derivations, now) < limits.derivations.burst) return
      this.#buckets.delete(peer)
    }
  }
}

/**
 * Takes tokens, with `share` of the bucket left untouched. What costs more than there ever is (the policy's `maxSkip` decides) goes when
 * the bucket is full, and leaves a debt.
 */
function draw(bucket: Bucket, size: BucketSize, cost: number, now: number, share: number): Bucket | undefined {
  const tokens = tokensAt(settledBucket(bucket, now), size, now)
  const reserve = size.burst * share
  return tokens < Math.min(cost + reserve, size.burst) ? undefined : { tokens: tokens - cost, at: now }
}
