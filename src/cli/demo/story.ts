import type { Io } from '../command.js'
import { inertLine } from '../inert.js'

/** The longest line of the network that is printed whole. */
const shownCharacters = 64

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

  /** A sentence of the narrator. */
  tell(text: string): void {
    this.#print(null, text, `   ${text}`)
  }

  /** What a person wrote, once the other one has read it. */
  says(who: string, text: string): void {
    this.#print(who, text, `   ${this.#style('36', `${who}:`.padEnd(9))} ${text}`)
  }

  /** What the network saw. */
  network(line: string): void {
    const clean = inertLine(line.split('\n')[0] ?? '')
    const short = clean.length > shownCharacters ? `${clean.slice(0, shownCharacters)}... (${line.length} characters)` : clean
    this.#print('network', short, this.#style('2', `   network:  ${short}`))
  }

  fail(why: string): void {
    this.#io.stderr.write(`otr4: the demonstration failed: ${inertLine(why)}\n`)
  }

  #print(who: string | null, text: string, forPeople: string): void {
    this.#io.stdout.write(`${this.#json ? JSON.stringify({ who, text }) : forPeople}\n`)
  }

  #style(code: string, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text
  }
}
