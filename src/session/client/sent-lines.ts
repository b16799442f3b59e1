import type { CarriedLine } from '../conversation/transaction.js'

/** How many lines are remembered over all correspondents. */
const MAX_LINES = 4096

/** How many characters at the end of a line identify it: they contain the MAC, or the piece of a fragment with its number. */
const MARK_CHARACTERS = 40

/**
 * Which text was sent in which line, for networks that report undelivered lines. They report them soon or never, so this is not saved and is
 * lost when the program ends.
 *
 * It changes with every message, so it is a ring buffer of numbers: storing the lines, or strings and objects, took a sixth of the time of
 * sending, most of it in the garbage collector.
 */
export class SentLines {
  /** Two 32-bit marks of each line. */
  #marks: Uint32Array | undefined
  readonly #sent: number[] = []
  readonly #peers: string[] = []
  #next = 0

  note(peer: string, lines: readonly CarriedLine[]): void {
    for (const { line, sent } of lines) {
      const marks = this.#marks ??= new Uint32Array(new ArrayBuffer(8 * MAX_LINES))
      marks[2 * this.#next] = markOf(line, 0x811c9dc5)
      marks[2 * this.#next + 1] = markOf(line, 0x2545f491)
      this.#sent[this.#next] = sent
      this.#peers[this.#next] = peer
      this.#next = (this.#next + 1) % MAX_LINES
    }
  }

  /** The id of the text; `undefined` for a line that contained none, or that was not sent to this correspondent. */
  find(peer: string, line: string): number | undefined {
    const [first, second] = [markOf(line, 0x811c9dc5), markOf(line, 0x2545f491)]
    const at = this.#peers.findIndex((one, index) => one === peer && this.#marks?.[2 * index] === first && this.#marks[2 * index + 1] === second)
    return at < 0 ? undefined : this.#sent[at]
  }

  /** Attributes the lines to a correspondent to their new address. */
  rename(peer: string, to: string): void {
    for (const [at, one] of this.#peers.entries()) if (one === peer) this.#peers[at] = to
  }
}

/** FNV-1a over the length and the last characters, with the given basis. It need not resist collisions: only we make these lines. */
function markOf(line: string, basis: number): number {
  let mark = Math.imul(basis ^ line.length, 0x01000193)
  for (let at = Math.max(0, line.length - MARK_CHARACTERS); at < line.length; at++) mark = Math.imul(mark ^ line.charCodeAt(at), 0x01000193)
  return mark >>> 0
}
