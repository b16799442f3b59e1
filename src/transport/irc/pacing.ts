import { WaitingLines } from '../waiting-lines.js'

/** How fast lines may leave: `burst` at once, then one every `intervalMs`. Servers disconnect who is faster. */
export interface Pace {
  /** How many lines may leave at once. */
  readonly burst: number
  /** Milliseconds until one more may. */
  readonly intervalMs: number
}

/** Slow enough for the servers that are in use. */
export const defaultPace: Pace = { burst: 5, intervalMs: 1000 }

/** What a queue asks about its lines when their turn comes. What it knew when they were pushed may be long ago. */
export interface Writer<Line> {
  /** Whether the line may leave now; others may pass it then. */
  readonly may: (line: Line) => boolean
  /** Writes a line. What did not fit is given back and comes next. Throws where it can never be written: the line is given up. */
  readonly write: (line: Line) => Line | undefined
}

/** Lines in order, let out at a pace, held while there is no connection. */
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

  /** As `WaitingLines.push`, but rejects with `OTR_TRANSPORT_FULL`. */
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

  /** Something has changed for the lines that wait: each becomes another one. */
  change(by: (line: Line) => Line): void {
    this.#lines.change(by)
    this.#run()
  }

  /** Gives up the lines that are wanted, and returns them in their order. */
  take(wanted: (line: Line) => boolean, error: unknown): Line[] {
    const taken = this.#lines.giveUp(wanted, () => error)
    this.#run()
    return taken
  }

  /** Some line may leave that might not before. */
  look(): void {
    this.#run()
  }

  /** The connection stands. */
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

  /** The connection is closed for good: gives up every line. */
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
    // Where all that waits is held back, whoever holds it looks again.
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
