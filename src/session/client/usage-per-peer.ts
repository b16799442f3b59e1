import { limits } from '../budget/limits.js'

/** How much one correspondent uses of what is limited over all correspondents. */
export interface Usage {
  /** Keys of messages that were skipped. */
  readonly skippedKeys: number
  /** Bytes of incomplete messages. */
  readonly fragmentBytes: number
  /** Bytes of messages that arrived before their key exchange was completed. */
  readonly earlyBytes: number
}

const nothing: Usage = { skippedKeys: 0, fragmentBytes: 0, earlyBytes: 0 }

/** How much each correspondent uses, and the totals: kept up to date, so that nothing has to be counted again. */
export class UsagePerPeer {
  readonly #usages = new Map<string, Usage>()
  readonly #totals = { ...nothing }

  /** Sets what a correspondent holds. Returns whether all of them together hold more than a limit allows. */
  set(peer: string, usage: Usage): boolean {
    const before = this.#usages.get(peer) ?? nothing
    const totals = this.#totals
    totals.skippedKeys += usage.skippedKeys - before.skippedKeys
    totals.fragmentBytes += usage.fragmentBytes - before.fragmentBytes
    totals.earlyBytes += usage.earlyBytes - before.earlyBytes
    if (usage.skippedKeys + usage.fragmentBytes + usage.earlyBytes > 0) this.#usages.set(peer, usage)
    else this.#usages.delete(peer)
    return this.isOver
  }

  /** Whether all correspondents together hold more than a limit allows. */
  get isOver(): boolean {
    const { skippedKeys, fragmentBytes, earlyBytes } = this.#totals
    return skippedKeys > limits.skippedKeys || fragmentBytes > limits.fragmentBytes || earlyBytes > limits.earlyBytes
  }

  /** After everything about a correspondent was forgotten. */
  forget(peer: string): void {
    this.set(peer, nothing)
  }

  /** By how much all correspondents together exceed a limit; 0 or less if they do not. */
  excess(of: keyof Usage): number {
    return this.#totals[of] - limits[of]
  }

  /** Who holds most of something, among those for whom `givesWayFirst` is true if there are any; `undefined` if nobody holds any. */
  heaviest(of: keyof Usage, givesWayFirst: (peer: string) => boolean): string | undefined {
    const holders = [...this.#usages].filter(([, usage]) => usage[of] > 0)
    const first = holders.filter(([peer]) => givesWayFirst(peer))
    const [heaviest] = (first.length > 0 ? first : holders).sort(([, a], [, b]) => b[of] - a[of])
    return heaviest?.[0]
  }
}
