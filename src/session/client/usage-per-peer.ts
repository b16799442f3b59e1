import { limits } from '../budget/limits.js'

/** How much of something each correspondent holds, and the total, kept up to date so that nothing has to be counted. */
export class UsagePerPeer {
  readonly #limit: 'skippedKeys' | 'fragmentBytes' | 'earlyBytes'
  readonly #amounts = new Map<string, number>()
  #total = 0

  /** @param limit - which limit says what all correspondents together may hold */
  constructor(limit: 'skippedKeys' | 'fragmentBytes' | 'earlyBytes') {
    this.#limit = limit
  }

  /** By how much all correspondents together exceed the limit; 0 or less if they do not. */
  get excess(): number {
    return this.#total - limits[this.#limit]
  }

  /** Sets the amount of a correspondent; 0 removes them. */
  set(peer: string, amount: number): void {
    this.#total += amount - (this.#amounts.get(peer) ?? 0)
    if (amount > 0) this.#amounts.set(peer, amount)
    else this.#amounts.delete(peer)
  }

  /** Who holds most, among those for whom `givesWayFirst` is true if there are any; `undefined` if nobody holds anything. */
  heaviest(givesWayFirst: (peer: string) => boolean): string | undefined {
    const holders = [...this.#amounts]
    const first = holders.filter(([peer]) => givesWayFirst(peer))
    const [heaviest] = (first.length > 0 ? first : holders).sort(([, a], [, b]) => b - a)
    return heaviest?.[0]
  }
}
