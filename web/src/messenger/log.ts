import type { Entry } from '../view.js'

/** Entries of one conversation: more would make every change slower. */
const longest = 500
/** Of these, entries that anybody on the way can cause, and the characters in them: they never push out what was private. */
const mostOpen = 200
const openCharacters = 262_144

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
    this.#entries = withoutOldest(withoutOldestOpen([...this.#entries, entry]))
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

/** Whether anybody on the way could have caused it. */
function isOpen({ kind, seal }: Entry): boolean {
  return kind === 'note' || (kind === 'theirs' && seal === 'clear')
}

function withoutOldestOpen(entries: readonly Entry[]): readonly Entry[] {
  const open = entries.filter(isOpen)
  let characters = open.reduce((sum, { text }) => sum + text.length, 0)
  let dropped = 0
  // The newest stays, however long it is.
  while (open.length - dropped > mostOpen || (characters > openCharacters && open.length - dropped > 1)) characters -= open[dropped++]?.text.length ?? 0
  if (dropped === 0) return entries
  const gone = new Set(open.slice(0, dropped))
  return entries.filter((entry) => !gone.has(entry))
}

/** A text that waits stays: the person can still take it back. */
function withoutOldest(entries: readonly Entry[]): Entry[] {
  let spare = entries.length - longest
  return entries.filter(({ state }) => spare <= 0 || state === 'waits' || spare-- <= 0)
}
