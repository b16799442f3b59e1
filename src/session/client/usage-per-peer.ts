/** How much of something each correspondent holds, and all of them together: known at every moment without looking at each. */
export class UsagePerPeer {
  readonly #amounts = new Map<string, number>()
  #total = 0

  /** Of all correspondents. */
  get total(): number {
    return this.#total
  }

  /** A correspondent holds so much now; 0 for nothing. */
  set(peer: string, amount: number): void {
    this.#total += amount - (this.#amounts.get(peer) ?? 0)
    if (amount > 0) this.#amounts.set(peer, amount)
    else this.#amounts.delete(peer)
  }

  /** Who holds most, among those who give way first where there are any; `undefined` where nobody holds anything. */
  heaviest(givesWayFirst: (peer: string) => boolean): string | undefined {
    const holders = [...this.#amounts]
    const first = holders.filter(([peer]) => givesWayFirst(peer))
    const [heaviest] = (first.length > 0 ? first : holders).sort(([, a], [, b]) => b - a)
    return heaviest?.[0]
  }
}
