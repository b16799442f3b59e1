import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ScenarioResult } from '../../conformance/run.js'
import { UsageError } from '../command.js'
import { printable } from '../options.js'

/** A folder with a transcript for each scenario; if several programs are judged, with a folder for each of them. */
export class TranscriptFolder {
  readonly #path: string
  readonly #byProgram: boolean
  #failed = false

  /** Makes the folder if it is not there. @throws UsageError if that cannot be done */
  constructor(path: string, byProgram: boolean) {
    this.#path = path
    this.#byProgram = byProgram
    this.#make(path)
    if (this.#failed) this.done()
  }

  /** Writes what the network of a scenario saw; nothing if it saw nothing. A file of an earlier run is replaced. Never throws: a run goes on. */
  write(program: string, { scenario: { id }, recording }: ScenarioResult): void {
    if (recording === undefined || recording.isEmpty || this.#failed) return
    const folder = this.#byProgram ? join(this.#path, program.toLowerCase().replace(/[^a-z0-9.]+/g, '-')) : this.#path
    this.#make(folder)
    this.#try(() => { writeFileSync(join(folder, `${id}.jsonl`), recording.text(), { mode: 0o600 }) })
  }

  /** @throws UsageError if a file could not be written */
  done(): void {
    if (this.#failed) throw new UsageError(`--transcripts: ${printable(this.#path)} cannot be written`)
  }

  #make(folder: string): void {
    this.#try(() => { mkdirSync(folder, { recursive: true, mode: 0o700 }) })
  }

  #try(act: () => void): void {
    try {
      act()
    } catch {
      this.#failed = true
    }
  }
}
