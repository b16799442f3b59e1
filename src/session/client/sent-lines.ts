import type { CarriedLine } from '../conversation/transaction.js'

/** Lines that are remembered over all correspondents. */
const MAX_LINES = 4096

/** What a line is found by: its end holds the MAC, or the piece of a fragment with its number. */
const MARK_CHARACTERS = 40

/**
 * Which text left in which line, for networks that say of a line that it did not arrive. They say so at once, or never: this is no state
 * and is gone with the program.
 *
 * Written with every message. So it is a ring of numbers: kept lines, or strings and objects made of them, cost a sixth of the time that
 * sending takes, most of it for the garbage collector.
 */
export class SentLines {
  /** Two 32-bit marks of each line. */
  #marks: Uint32Array | undefined
  readonly #sent: number[] = []
  readonly #peers: string[] = []
  #next = 0

  note(peer: string, lines: readonly CarriedLine[]): void {
    for (const { line, sent } of lines) {
      const marks = this.#marks ??= new Uint32Array(2 * MAX_LINES)
      marks[2 * this.#next] = markOf(line, 0x811c9dc5)
      marks[2 * this.#next + 1] = markOf(line, 0x2545f491)
      this.#sent[this.#next] = sent
      this.#peers[this.#next] = peer
      this.#next = (this.#next + 1) % MAX_LINES
    }
  }

  /** The number of the text; undefined for a line that carried none, or none to them. */
  find(peer: string, line: string): number | undefined {
    const [first, second] = [markOf(line, 0x811c9dc5), markOf(line, 0x2545f491)]
    const at = this.#peers.findIndex((one, index) => one === peer && this.#marks?.[2 * index] === first && this.#marks[2 * index + 1] === second)
    return at < 0 ? undefined : this.#sent[at]
  }

  /** Lines to a correspondent were to one of another name now. */
  rename(peer: string, to: string): void {
    for (const [at, one] of this.#peers.entries()) if (one === peer) this.#peers[at] = to
  }
}

/** FNV-1a over the length and the last characters, from a basis of one's own. Nobody but us makes these lines. */
function markOf(line: string, basis: number): number {
  let mark = Math.imul(basis ^ line.length, 0x01000193)
  for (let at = Math.max(0, line.length - MARK_CHARACTERS); at < line.length; at++) mark = Math.imul(mark ^ line.charCodeAt(at), 0x01000193)
  return mark >>> 0
}
