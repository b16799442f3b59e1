import type { Writable } from 'node:stream'
import type { ScenarioResult } from '../../conformance/run.js'

/** How far a run is, on standard error: one line that changes on a terminal, a line now and then elsewhere. */
export class Progress {
  readonly #stream: Writable
  readonly #terminal: boolean
  readonly #name: string
  #failed = 0
  #shown = 0

  /** `name`: the program that is judged. */
  constructor(stream: Writable, name: string) {
    this.#stream = stream
    this.#name = name
    this.#terminal = 'isTTY' in stream && stream.isTTY === true
  }

  show({ scenario, verdict }: ScenarioResult, done: number, total: number): void {
    if (verdict.outcome === 'failed') this.#failed++
    const text = `${this.#name}: ${done} of ${total}, ${this.#failed} failed`
    if (this.#terminal) {
      this.#stream.write(`\r\u001b[K${text}  ${scenario.id}`)
      return
    }
    const tenth = Math.floor(done * 10 / total)
    if (tenth === this.#shown) return
    this.#shown = tenth
    this.#stream.write(`${text}\n`)
  }

  end(): void {
    if (this.#terminal) this.#stream.write('\r\u001b[K')
  }
}
