import type { CarriedLine } from '../conversation/transaction.js'

/** Lines that are remembered over all correspondents. */
const maxLines = 4096

/**
 * Which text left in which line, for networks that say of a line that it did not arrive. They say so at once, or never: this is no state
 * and is gone with the program.
 */
export class SentLines {
  readonly #carried = new Map<string, { readonly peer: string, readonly sent: number }>()
  /** Its keys in a ring: to find the oldest in the map itself takes longer the more were deleted. */
  readonly #marks: string[] = []
  #next = 0

  note(peer: string, lines: readonly CarriedLine[]): void {
    for (const { line, sent } of lines) {
      const mark = markOf(line)
      const oldest = this.#marks[this.#next]
      if (oldest !== undefined) this.#carried.delete(oldest)
      this.#marks[this.#next] = mark
      this.#next = (this.#next + 1) % maxLines
      this.#carried.set(mark, { peer, sent })
    }
  }

  /** The number of the text; undefined for a line that carried none, or none to them. */
  find(peer: string, line: string): number | undefined {
    const found = this.#carried.get(markOf(line))
    return found?.peer === peer ? found.sent : undefined
  }

  rename(peer: string, to: string): void {
    for (const [mark, one] of this.#carried) if (one.peer === peer) this.#carried.set(mark, { ...one, peer: to })
  }
}

/**
 * What a line is found by. Its end holds the MAC, or the piece of a fragment with its number; a hash of all of it took as long as the whole
 * rest of sending. A new string: a part of the line's own would keep all of the line in memory.
 */
function markOf(line: string): string {
  return `${line.length} ${line.slice(-40)}`
}
