import type { Entry } from '../view.js'

/** What is kept of one conversation: more would make every change slower. */
const longest = 500

/** What was said with one correspondent, as the page shows it. */
export class Log {
  #entries: Entry[]
  unread: number

  constructor(entries: readonly Entry[] = [], unread = 0) {
    this.#entries = [...entries]
    this.unread = unread
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  /** Adds an entry. Returns false if it is here already, as an event that is delivered again. */
  add(entry: Entry): boolean {
    if (this.#entries.some(({ id }) => id === entry.id)) return false
    this.#entries = [...this.#entries, entry].slice(-longest)
    return true
  }

  /** Changes the last entry that fits. Returns whether there is one. */
  change(fits: (entry: Entry) => boolean, to: (entry: Entry) => Entry): boolean {
    const at = this.#entries.findLastIndex(fits)
    const found = this.#entries[at]
    if (found === undefined) return false
    this.#entries = this.#entries.with(at, to(found))
    return true
  }

  remove(fits: (entry: Entry) => boolean): void {
    this.#entries = this.#entries.filter((entry) => !fits(entry))
  }
}
