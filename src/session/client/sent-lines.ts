import { deliveryMark } from '../conversation/receive/delivery-mark.js'
import type { CarriedLine } from '../conversation/transaction.js'

/** Lines that are remembered over all correspondents. */
const maxLines = 4096

/**
 * Which text left in which line, for networks that say of a line that it did not arrive. They say so at once, or never: this is no state
 * and is gone with the program.
 */
export class SentLines {
  readonly #carried = new Map<string, { readonly peer: string, readonly sent: number }>()

  note(peer: string, lines: readonly CarriedLine[]): void {
    for (const { line, sent } of lines) this.#carried.set(deliveryMark(line), { peer, sent })
    for (const mark of this.#carried.keys()) {
      if (this.#carried.size <= maxLines) break
      this.#carried.delete(mark)
    }
  }

  /** The number of the text; undefined for a line that carried none, or none to them. */
  find(peer: string, line: string): number | undefined {
    const found = this.#carried.get(deliveryMark(line))
    return found?.peer === peer ? found.sent : undefined
  }

  rename(peer: string, to: string): void {
    for (const [mark, one] of this.#carried) if (one.peer === peer) this.#carried.set(mark, { ...one, peer: to })
  }
}
