import type { Writable } from 'node:stream'
import type { Io } from '../command.js'
import { paintRow, type Row } from './paint.js'

/** Switches to the alternate screen, so that no conversation stays in the terminal's history, and switches wrapping off: a row that is too wide is cut. */
const enter = '\u001b[?1049h\u001b[?7l\u001b[2J\u001b[H'
const leave = '\u001b[?7h\u001b[?1049l\u001b[?25h'
const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

/** Draws rows on a whole terminal. Writes only what has changed. */
export class Screen {
  readonly #stdout: Writable & { columns?: number, rows?: number }
  readonly #colour: boolean
  #drawn: readonly string[] | undefined
  readonly #restore = (): void => { this.#stdout.write(leave) }
  readonly #resized: () => void

  /** @param resized - called when the size of the terminal has changed: call `draw` again */
  constructor({ stdout, env }: Pick<Io, 'stdout' | 'env'>, resized: () => void) {
    this.#stdout = stdout
    this.#colour = (env['NO_COLOR'] ?? '') === ''
    this.#stdout.write(enter)
    this.#resized = () => {
      this.#drawn = undefined
      resized()
    }
    this.#stdout.on('resize', this.#resized)
    // However the program ends, the terminal is restored.
    process.on('exit', this.#restore)
  }

  get columns(): number {
    return Math.max(1, this.#stdout.columns ?? 80)
  }

  get rows(): number {
    return Math.max(1, this.#stdout.rows ?? 24)
  }

  get colours(): boolean {
    return this.#colour
  }

  /** Draws the rows, from the top, and sets the cursor; `column` counts from 0. Hides the cursor if there is none. */
  draw(rows: readonly Row[], cursor: { readonly row: number, readonly column: number } | undefined): void {
    const { columns } = this
    const painted = Array.from({ length: this.rows }, (_, at) => paintRow(rows[at] ?? [], columns, this.#colour))
    let written = hideCursor
    if (this.#drawn === undefined) written += '\u001b[2J'
    for (const [at, row] of painted.entries()) if (this.#drawn?.[at] !== row) written += `\u001b[${at + 1};1H\u001b[K${row}`
    if (cursor !== undefined) written += `\u001b[${cursor.row + 1};${Math.min(cursor.column, columns - 1) + 1}H${showCursor}`
    this.#drawn = painted
    this.#stdout.write(written)
  }

  /** Draws everything anew with the next `draw`: something else may have written to the terminal. */
  forget(): void {
    this.#drawn = undefined
  }

  suspend(): void {
    this.#stdout.write(leave)
  }

  resume(): void {
    this.#stdout.write(enter)
    this.#drawn = undefined
  }

  close(): void {
    process.off('exit', this.#restore)
    this.#stdout.off('resize', this.#resized)
    this.#stdout.write(leave)
  }
}
