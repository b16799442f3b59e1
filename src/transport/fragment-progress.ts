import { messageOfPiece } from '../wire/fragment.js'
import { classify } from '../wire/index.js'
import { RecentMap } from './recent-map.js'

/** How much of a fragmented message has left or arrived. */
export interface Progress {
  /** `sending`: our own lines wait in the queue. `receiving`: the other side's program or server sends its lines slowly. */
  readonly direction: 'sending' | 'receiving'
  /** How many of its lines have left or arrived. */
  readonly done: number
  /** How many lines it has. */
  readonly total: number
  /** An estimate, from the pace so far. */
  readonly secondsLeft: number
}

interface Row {
  readonly since: number
  done: number
}

/** Messages whose progress is remembered. */
const maxRows = 256
/** The progress of messages that take less is not reported. */
const slowAfterMs = 1500

/** Counts the fragments of messages. Times are milliseconds of any clock that runs forward. */
export class FragmentProgress {
  readonly #rows = new RecentMap<string, Row>(maxRows)

  /** A line to or from `who` has left or arrived. Undefined for a line that is no fragment, and for a message that goes fast. */
  note(who: string, direction: Progress['direction'], line: string, now: number): Progress | undefined {
    const classified = classify(line)
    if (classified.kind !== 'fragment' || classified.fragment.total < 2) return undefined
    const { version, index, total } = classified.fragment
    const key = JSON.stringify([direction, who, messageOfPiece(classified.fragment)])
    const known = this.#rows.get(key)
    // Fragments of versions 2 and 3 have no identifier: a first fragment begins another message.
    const row = known === undefined || (version !== 4 && index === 1) ? { since: now, done: 0 } : known
    row.done++
    if (row.done < total) this.#rows.set(key, row)
    else this.#rows.delete(key)
    const passed = now - row.since
    if (passed < slowAfterMs) return undefined
    const each = passed / Math.max(1, row.done - 1)
    return { direction, done: Math.min(row.done, total), total, secondsLeft: Math.ceil(each * Math.max(0, total - row.done) / 1000) }
  }

  /** A correspondent has another name now. */
  renamed(from: string, to: string): void {
    for (const [key, row] of this.#rows.entries()) {
      const [direction, who, message] = JSON.parse(key) as readonly unknown[]
      if (who !== from) continue
      this.#rows.delete(key)
      this.#rows.set(JSON.stringify([direction, to, message]), row)
    }
  }
}
