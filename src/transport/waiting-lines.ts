import { connectionClosed } from './connection-status.js'
import { transportError } from './transport.js'

interface Waiting<Line> {
  line: Line
  readonly resolve: (line: Line) => void
  readonly reject: (error: unknown) => void
}

/** Lines that may wait. */
const maxLines = 4096

/**
 * The lines that `send` was given and that the network has not taken yet, in their order. They stay when a connection breaks. The caller of `send` has a
 * promise for each line, which is settled when the line leaves this list.
 */
export class WaitingLines<Line> {
  #lines: Waiting<Line>[] = []
  readonly #onEmpty = new Set<() => void>()

  get length(): number {
    return this.#lines.length
  }

  /** In their order. */
  get all(): readonly Line[] {
    return this.#lines.map(({ line }) => line)
  }

  /** The first one, of all or of those that may leave now. */
  first(may: (line: Line) => boolean = () => true): Line | undefined {
    return this.#lines.find(({ line }) => may(line))?.line
  }

  /**
   * Adds all lines or, when there is no room for all of them, none. The promise is fulfilled with the last one as it was when it left.
   *
   * @throws OtrError `OTR_TRANSPORT_FULL`, at once
   */
  push(lines: readonly Line[]): Promise<Line | undefined> {
    if (this.#lines.length + lines.length > maxLines) throw transportError('FULL', 'too many lines wait for the connection')
    const left = lines.map((line) => new Promise<Line>((resolve, reject) => { this.#lines.push({ line, resolve, reject }) }))
    return Promise.all(left).then((all) => all.at(-1))
  }

  /** Adds lines that left once and did not arrive. They come before all others, and nobody waits for them. */
  putBack(lines: readonly Line[]): void {
    this.#lines.unshift(...lines.map((line) => ({ line, resolve: () => undefined, reject: () => undefined })))
  }

  /** Replaces each line by what `by` makes of it. */
  change(by: (line: Line) => Line): void {
    for (const waiting of this.#lines) waiting.line = by(waiting.line)
  }

  /** The network has taken these: their promises are fulfilled. */
  settle(which: (line: Line) => boolean): void {
    for (const { line, resolve } of this.#remove(which)) resolve(line)
    this.#look()
  }

  /** These will never leave: their promises are rejected. Returns them in their order. */
  giveUp(which: (line: Line) => boolean, error: (line: Line) => unknown): Line[] {
    const removed = this.#remove(which)
    for (const { line, reject } of removed) reject(error(line))
    this.#look()
    return removed.map(({ line }) => line)
  }

  /** The connection is closed for good: drops every line. */
  end(): void {
    this.giveUp(() => true, connectionClosed)
  }

  /** Resolves when no line waits any more, or after so many seconds. */
  async flushed(seconds: number): Promise<void> {
    if (this.#lines.length === 0) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        this.#onEmpty.delete(done)
        resolve()
      }
      const timer = setTimeout(done, seconds * 1000)
      this.#onEmpty.add(done)
    })
  }

  #remove(which: (line: Line) => boolean): Waiting<Line>[] {
    const removed = this.#lines.filter(({ line }) => which(line))
    this.#lines = this.#lines.filter(({ line }) => !which(line))
    return removed
  }

  #look(): void {
    if (this.#lines.length === 0) for (const done of [...this.#onEmpty]) done()
  }
}
