import type { Effect } from '../hood/hood.js'

/** What is kept of the lines with one correspondent, in memory only: the newest lines, and no more characters than this. */
const limits = { lines: 200, characters: 256 * 1024 }

/** A line as the network carried it. */
export interface RecordedLine {
  readonly id: number
  readonly at: number
  readonly ours: boolean
  readonly text: string
  readonly effect: Effect
}

/** The last lines with one correspondent, for the panel that shows what happens under the hood. */
export class LineRecord {
  #lines: RecordedLine[] = []
  #characters = 0
  #next = 1
  /** Whether a line had to go. */
  cut = false

  get lines(): readonly RecordedLine[] {
    return this.#lines
  }

  /** Returns the number of the line. */
  add(line: Omit<RecordedLine, 'id'>): number {
    const id = this.#next++
    this.#lines.push({ ...line, id })
    this.#characters += line.text.length
    while (this.#lines.length > limits.lines || this.#characters > limits.characters) {
      const [gone] = this.#lines.splice(0, 1)
      if (gone === undefined) break
      this.#characters -= gone.text.length
      this.cut = true
    }
    return id
  }

  /** Says what came of a line, if it is still here. */
  accepted(id: number): void {
    this.#lines = this.#lines.map((line) => line.id === id ? { ...line, effect: 'accepted' } : line)
  }
}
