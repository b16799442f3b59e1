import { transportError } from '../transport.js'

/** How fast lines may leave: `burst` at once, then one every `intervalMs`. Servers disconnect who is faster. */
export interface Pace {
  readonly burst: number
  readonly intervalMs: number
}

export const defaultPace: Pace = { burst: 5, intervalMs: 1000 }

interface Line {
  readonly text: string
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Lines that may wait. */
const maxLines = 4096

/** Lines in order, let out at a pace, held while there is no connection. */
export class PacedQueue {
  readonly #pace: Pace
  readonly #write: (line: string) => void
  #lines: Line[] = []
  #tokens: number
  #filledAt = 0
  #open = false
  #timer: NodeJS.Timeout | undefined
  #idle: (() => void) | undefined

  constructor(pace: Pace, write: (line: string) => void) {
    this.#pace = pace
    this.#write = write
    this.#tokens = pace.burst
  }

  get length(): number {
    return this.#lines.length
  }

  /** Takes all lines or, when there is no room for all of them, none. Resolves when the last has left. */
  push(lines: readonly string[]): Promise<void> {
    if (this.#lines.length + lines.length > maxLines) return Promise.reject(transportError('FULL', 'too many lines wait'))
    const left = lines.map((text) => new Promise<void>((resolve, reject) => { this.#lines.push({ text, resolve, reject }) }))
    this.#run()
    return Promise.all(left).then(() => undefined)
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
    const lines = this.#lines
    this.#lines = []
    for (const line of lines) line.reject(transportError('CLOSED', 'the connection is closed'))
    this.#idle?.()
  }

  #run(): void {
    clearTimeout(this.#timer)
    const now = performance.now()
    this.#tokens = Math.min(this.#pace.burst, this.#tokens + (now - this.#filledAt) / this.#pace.intervalMs)
    this.#filledAt = now
    while (this.#open && this.#tokens >= 1) {
      const line = this.#lines.shift()
      if (line === undefined) break
      this.#tokens--
      this.#write(line.text)
      line.resolve()
    }
    if (this.#lines.length === 0) this.#idle?.()
    else if (this.#open) this.#timer = setTimeout(() => { this.#run() }, Math.ceil((1 - this.#tokens) * this.#pace.intervalMs))
  }
}
