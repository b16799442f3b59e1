import { transportError } from '../transport.js'

/** How fast lines may leave: `burst` at once, then one every `intervalMs`. Servers disconnect who is faster. */
export interface Pace {
  /** How many lines may leave at once. */
  readonly burst: number
  /** Milliseconds until one more may. */
  readonly intervalMs: number
}

/** Slow enough for the servers that are in use. */
export const defaultPace: Pace = { burst: 5, intervalMs: 1000 }

interface Waiting<Line> {
  line: Line
  readonly resolve: (line: Line) => void
  readonly reject: (error: unknown) => void
}

/** What a queue asks about its lines when their turn comes. What it knew when they were pushed may be long ago. */
export interface Writer<Line> {
  /** Whether the line may leave now; others may pass it then. */
  readonly may: (line: Line) => boolean
  /** Writes a line. What did not fit is given back and comes next. Throws where it can never be written: the line is given up. */
  readonly write: (line: Line) => Line | undefined
}

/** Lines that may wait. */
const maxLines = 4096

/** Lines in order, let out at a pace, held while there is no connection. */
export class PacedQueue<Line> {
  readonly #pace: Pace
  readonly #writer: Writer<Line>
  #lines: Waiting<Line>[] = []
  #tokens: number
  #filledAt = 0
  #open = false
  #timer: NodeJS.Timeout | undefined
  #idle: (() => void) | undefined

  constructor(pace: Pace, writer: Writer<Line>) {
    this.#pace = pace
    this.#writer = writer
    this.#tokens = pace.burst
  }

  get length(): number {
    return this.#lines.length
  }

  /** Takes all lines or, when there is no room for all of them, none. Resolves to the last as it was when it left. */
  async push(lines: readonly Line[]): Promise<Line | undefined> {
    if (this.#lines.length + lines.length > maxLines) throw transportError('FULL', 'too many lines wait')
    const left = lines.map((line) => new Promise<Line>((resolve, reject) => { this.#lines.push({ line, resolve, reject }) }))
    this.#run()
    return (await Promise.all(left)).at(-1)
  }

  /** Lines that left once and did not get there: they come before all others, in their order. */
  putBack(lines: readonly Line[]): void {
    this.#lines.unshift(...lines.map((line) => ({ line, resolve: () => undefined, reject: () => undefined })))
    this.#run()
  }

  /** Something has changed for the lines that wait: each becomes another one. */
  change(by: (line: Line) => Line): void {
    for (const waiting of this.#lines) waiting.line = by(waiting.line)
    this.#run()
  }

  /** Takes lines out, which are given up. Gives them in their order. */
  take(wanted: (line: Line) => boolean, error: unknown): Line[] {
    const taken = this.#lines.filter(({ line }) => wanted(line))
    this.#lines = this.#lines.filter(({ line }) => !wanted(line))
    for (const { reject } of taken) reject(error)
    this.#run()
    return taken.map(({ line }) => line)
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

  /** Resolves when nothing waits any more, or after so many seconds. */
  async flushed(seconds: number): Promise<void> {
    if (this.#lines.length === 0) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000)
      this.#idle = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Gives up: everything that waits is rejected. */
  end(): void {
    this.hold()
    this.take(() => true, transportError('CLOSED', 'the connection is closed'))
    this.#idle?.()
  }

  #run(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + (now - this.#filledAt) / this.#pace.intervalMs)
    this.#filledAt = now
    while (this.#open && this.#tokens >= 1) {
      const at = this.#lines.findIndex(({ line }) => this.#writer.may(line))
      const waiting = this.#lines[at]
      if (waiting === undefined) break
      this.#tokens -= this.#write(waiting, at)
    }
    if (this.#lines.length === 0) this.#idle?.()
    // Where all that waits is held back, whoever holds it looks again.
    else if (this.#open && this.#tokens < 1) this.#timer = setTimeout(() => { this.#run() }, Math.ceil((1 - this.#tokens) * this.#pace.intervalMs))
  }

  /** Gives how many lines were written. */
  #write(waiting: Waiting<Line>, at: number): 0 | 1 {
    try {
      const rest = this.#writer.write(waiting.line)
      if (rest !== undefined) {
        waiting.line = rest
        return 1
      }
    } catch (error) {
      this.#lines.splice(at, 1)
      waiting.reject(error)
      return 0
    }
    this.#lines.splice(at, 1)
    waiting.resolve(waiting.line)
    return 1
  }
}
