import type { Writable } from 'node:stream'
import type { Io } from '../command.js'
import { inertJson, inertLine } from '../inert-text.js'
import { wrap } from '../text-width.js'

/** The longest line of the network that is printed whole. */
const shownCharacters = 64
/** Longer rows are hard to read. */
const mostColumns = 130

/** Prints the demonstration: for people, or as JSON lines. */
export class Story {
  readonly #io: Io
  readonly #json: boolean
  readonly #colour: boolean
  #chapters = 0

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.#json = json
    this.#colour = io.terminal && (io.env['NO_COLOR'] ?? '') === ''
  }

  chapter(title: string): void {
    this.#chapters += 1
    this.#print(null, title, `\n${this.#style('1', `${this.#chapters}. ${title}`)}`)
  }

  /** What the narrator says: a paragraph, broken into rows that fit. */
  tell(text: string): void {
    this.#print(null, text, wrap(text, this.#columns() - 4).map((row) => `   ${row.trimEnd()}`).join('\n'))
  }

  /** What a person wrote, after the other has read it. */
  says(who: string, text: string): void {
    this.#print(who, text, `   ${this.#style('36', `${who}:`.padEnd(9))} ${text}`)
  }

  /** What the network saw. */
  network(line: string): void {
    const clean = inertLine(line.split('\n')[0] ?? '')
    // Beside them are printed who speaks, and how many there are.
    const most = Math.min(shownCharacters, this.#columns() - 36)
    const short = clean.length > most ? `${clean.slice(0, most)}... (${line.length} characters)` : clean
    this.#print('network', short, this.#style('2', `   network:  ${short}`))
  }

  fail(why: string): void {
    this.#io.stderr.write(`otr4: the demonstration failed: ${inertLine(why)}\n`)
  }

  #columns(): number {
    const { columns = mostColumns } = this.#io.stdout as Writable & { columns?: number }
    return Math.max(56, Math.min(columns, mostColumns))
  }

  #print(who: string | null, text: string, forPeople: string): void {
    this.#io.stdout.write(`${this.#json ? inertJson({ who, text }) : forPeople}\n`)
  }

  #style(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}
