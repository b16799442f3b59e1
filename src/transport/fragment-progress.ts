import { messageOfPiece } from '../wire/fragment.js'
import { classify } from '../wire/index.js'
import { RecentMap } from './recent-map.js'

/** How far a message is that travels in several lines. */
export interface Progress {
  /** `sending`: our lines wait for their turn. `receiving`: the other side's program, or its server, lets its lines out slowly. */
  readonly direction: 'sending' | 'receiving'
  /** Lines that have left or come, of all. */
  readonly done: number
  /** All its lines. */
  readonly total: number
  /** Until the last, as far as the pace so far tells. */
  readonly secondsLeft: number
}

interface Row {
  readonly since: number
  done: number
}

/** Messages whose progress is remembered. */
const maxRows = 256
/** What is through sooner is not worth a word. */
const slowAfterMs = 1500

/** Watches the pieces of messages. Times are milliseconds of any clock that runs forward. */
export class FragmentProgress {
  readonly #rows = new RecentMap<string, Row>(maxRows)

  /** A line to or from `who` has left or come. Undefined for what is no piece, and for what is fast. */
  note(who: string, direction: Progress['direction'], line: string, now: number): Progress | undefined {
    const classified = classify(line)
    if (classified.kind !== 'fragment' || classified.fragment.total < 2) return undefined
    const { version, index, total } = classified.fragment
    const key = JSON.stringify([direction, who, messageOfPiece(classified.fragment)])
    const known = this.#rows.get(key)
    // Version 3 gives its messages no names: a first piece begins another.
    const row = known === undefined || (version === 3 && index === 1) ? { since: now, done: 0 } : known
    row.done++
    if (row.done < total) this.#rows.set(key, row)
    else this.#rows.delete(key)
    const passed = now - row.since
    if (passed < slowAfterMs) return undefined
    const each = passed / Math.max(1, row.done - 1)
    return { direction, done: Math.min(row.done, total), total, secondsLeft: Math.ceil(each * Math.max(0, total - row.done) / 1000) }
  }

  /** They go by another name. */
  renamed(from: string, to: string): void {
    for (const [key, row] of this.#rows.entries()) {
      const [direction, who, message] = JSON.parse(key) as readonly unknown[]
      if (who !== from) continue
      this.#rows.delete(key)
      this.#rows.set(JSON.stringify([direction, to, message]), row)
    }
  }
}
