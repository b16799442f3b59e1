import { deliveryMark } from './delivery-mark.js'

/** Lines that are remembered over all correspondents. */
const maxLines = 4096

/** A line of ours and the kept text that it carries, or a part of it: the number of a `SentMessage`. */
export interface CarriedLine {
  readonly line: string
  readonly sent: number
}

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
