import type { CarriedLine } from '../conversation/transaction.js'

/** Lines that are remembered over all correspondents: how many, and how many characters of them. */
const MAX_LINES = 4096
const MAX_CHARACTERS = 1_048_576

interface SentLine extends CarriedLine {
  readonly peer: string
}

/**
 * Which text left in which line, for networks that say of a line that it did not arrive. They say so at once, or never: this is no state
 * and is gone with the program. To note a line is done with every message and costs next to nothing; to find one may cost more.
 */
export class SentLines {
  /** Oldest first; those before `#first` are given up. */
  #lines: SentLine[] = []
  #first = 0
  #characters = 0

  note(peer: string, lines: readonly CarriedLine[]): void {
    for (const { line, sent } of lines) {
      this.#lines.push({ peer, line, sent })
      this.#characters += line.length
    }
    while (this.#lines.length - this.#first > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#lines[this.#first]?.line.length ?? 0
      this.#first++
    }
    if (this.#first < MAX_LINES) return
    this.#lines = this.#lines.slice(this.#first)
    this.#first = 0
  }

  /** The number of the text; undefined for a line that carried none, or none to them. */
  find(peer: string, line: string): number | undefined {
    return this.#lines.slice(this.#first).findLast((one) => one.peer === peer && one.line === line)?.sent
  }

  /** Lines to a correspondent were to one of another name now. */
  rename(peer: string, to: string): void {
    this.#lines = this.#lines.slice(this.#first).map((one) => one.peer === peer ? { ...one, peer: to } : one)
    this.#first = 0
  }
}
