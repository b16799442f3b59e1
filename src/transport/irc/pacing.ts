import { WaitingLines } from '../waiting-lines.js'

/** How fast lines may leave: `burst` at once, then one every `intervalMs`. Servers disconnect clients that are faster. */
export interface Pace {
  /** How many lines may leave at once. */
  readonly burst: number
  /** Milliseconds until one more may. */
  readonly intervalMs: number
}

/** Slow enough for the IRC servers in use. */
export const defaultPace: Pace = { burst: 5, intervalMs: 1000 }

/** What a queue asks when a line is next: much may have changed since the line was added. */
export interface Writer<Line> {
  /** Whether the line may leave now. Lines behind one that may not can overtake it. */
  readonly may: (line: Line) => boolean
  /** Writes a line. Returns the part that did not fit, which comes next. Throws if the line can never be written: then it is dropped. */
  readonly write: (line: Line) => Line | undefined
}

/** Lines that leave in their order and at a pace, and wait while there is no connection. */
export class PacedQueue<Line> {
  readonly #pace: Pace
  readonly #writer: Writer<Line>
  readonly #lines = new WaitingLines<Line>()
  #tokens: number
  #filledAt = 0
  #open = false
  #timer: NodeJS.Timeout | undefined

  constructor(pace: Pace, writer: Writer<Line>) {
    this.#pace = pace
    this.#writer = writer
    this.#tokens = pace.burst
  }

  get length(): number {
    return this.#lines.length
  }

  /** As `WaitingLines.push`, but the promise is rejected. @throws OtrError `OTR_TRANSPORT_FULL` */
  async push(lines: readonly Line[]): Promise<Line | undefined> {
    const left = this.#lines.push(lines)
    this.#run()
    return left
  }

  /** Lines that left once and did not arrive: they come before all others, in their order. */
  putBack(lines: readonly Line[]): void {
    this.#lines.putBack(lines)
    this.#run()
  }

  /** Replaces each line that waits by what `by` makes of it. */
  change(by: (line: Line) => Line): void {
    this.#lines.change(by)
    this.#run()
  }

  /** Drops the lines for which `wanted` is true, and returns them in their order. */
  take(wanted: (line: Line) => boolean, error: unknown): Line[] {
    const taken = this.#lines.giveUp(wanted, () => error)
    this.#run()
    return taken
  }

  /** Call this when `may` allows a line that it did not allow before. */
  look(): void {
    this.#run()
  }

  /** The connection is up. */
  open(): void {
    this.#open = true
    this.#run()
  }

  /** The connection is gone: lines wait. */
  hold(): void {
    this.#open = false
    clearTimeout(this.#timer)
  }

  /** As `WaitingLines.flushed`. */
  flushed(seconds: number): Promise<void> {
    return this.#lines.flushed(seconds)
  }

  /** The connection is closed for good: drops every line. */
  end(): void {
    this.hold()
    this.#lines.end()
  }

  #run(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + (now - this.#filledAt) / this.#pace.intervalMs)
    this.#filledAt = now
    while (this.#open && this.#tokens >= 1) {
      const line = this.#lines.first(this.#writer.may)
      if (line === undefined) break
      this.#tokens -= this.#write(line)
    }
    // Lines that `may` holds back need no timer: `look` is called for them.
    if (this.#open && this.#tokens < 1 && this.#lines.length > 0) this.#timer = setTimeout(() => { this.#run() }, Math.ceil((1 - this.#tokens) * this.#pace.intervalMs))
  }

  /** Returns how many lines were written. */
  #write(line: Line): 0 | 1 {
    try {
      const rest = this.#writer.write(line)
      if (rest === undefined) this.#lines.settle((one) => one === line)
      else this.#lines.change((one) => one === line ? rest : one)
      return 1
    } catch (error) {
      this.#lines.giveUp((one) => one === line, () => error)
      return 0
    }
  }
}
