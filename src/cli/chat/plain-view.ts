import { createInterface } from 'node:readline'
import type { Io } from '../command.js'
import { inertJson } from '../inert-text.js'
import { releaseTerminal } from '../terminal/input.js'
import { bracketedPaste } from '../terminal/keys.js'
import type { ChatEvent } from './chat-event.js'
import { pastedLines, type PastedLine } from './pasted-lines.js'
import { plainLine } from './plain-line.js'
import type { TypedLine, View } from './view.js'

/**
 * The view for scripts and pipes: reads lines, and prints one line for each event. The form is stable and documented in `otr4 chat --help`: the type
 * of the event, its fields in a fixed order, one space between them, free text last. With `json` each line is the event as a JSON object.
 *
 * Each line that a program writes is a text or, with a slash in front, a command. A person at a terminal may also paste. The terminal marks that, and
 * more than one pasted line is refused, since this view cannot ask whether to send them.
 */
export class PlainView implements View {
  readonly #io: Io
  readonly #json: boolean
  #lines: (AsyncIterable<string> & { readonly end: () => void }) | undefined
  #current: string | undefined

  constructor(io: Io, json: boolean) {
    this.#io = io
    this.#json = json
    // A program may write before we are connected. A person may have to type a password first.
    if (!io.terminal) this.#lines = linesOf(io)
  }

  async open(): Promise<void> {
    if (!this.#io.terminal) return
    await releaseTerminal(this.#io)
    this.#lines = linesOf(this.#io)
    this.#io.stdout.write(bracketedPaste.on)
  }

  show(event: ChatEvent): void {
    if (event.type === 'renamed' && this.#current === event.peer) this.#current = event.to
    this.#io.stdout.write(`${this.#json ? inertJson(event) : plainLine(event)}\n`)
  }

  indicate(): void {
    // The events of type `state` say it.
  }

  get current(): string | undefined {
    return this.#current
  }

  turnTo(name: string | undefined): void {
    this.#current = name
  }

  turnToNumber(): void {
    this.show({ type: 'error', text: 'there are no windows here: /with NAME' })
  }

  follow(key: (name: string) => string): void {
    if (this.#current !== undefined) this.#current = key(this.#current)
  }

  forget(name: string): void {
    if (this.#current === name) this.#current = undefined
  }

  async *lines(): AsyncIterable<TypedLine> {
    const lines = this.#lines ?? nothing()
    const source: AsyncIterable<PastedLine> = this.#io.terminal ? pastedLines(lines) : typedLines(lines)
    for await (const line of source) {
      if ('refused' in line) this.show({ type: 'error', text: `${line.refused} lines were pasted, and none of them was sent: send one at a time, or leave out --plain` })
      // Whom it goes to is decided when its turn comes, after the commands before it.
      else yield { ...line, to: this.#current }
    }
  }

  ask(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  confirm(): Promise<boolean> {
    return Promise.resolve(true)
  }

  wholeScreen(): undefined {
    return undefined
  }

  showWhole(): Promise<void> {
    return Promise.resolve()
  }

  know(): void {
    // Nothing is completed.
  }

  clear(): void {
    // Nor is there a screen.
  }

  close(): Promise<void> {
    if (this.#io.terminal) this.#io.stdout.write(bracketedPaste.off)
    this.#lines?.end()
    return Promise.resolve()
  }
}

/** The lines of standard input. They are kept from now on until they are read. */
function linesOf({ stdin }: Io): AsyncIterable<string> & { readonly end: () => void } {
  const lines = createInterface({ input: stdin, crlfDelay: Infinity, terminal: false })
  const iterator = lines[Symbol.asyncIterator]()
  return { [Symbol.asyncIterator]: () => iterator, end: () => { lines.close() } }
}

async function* typedLines(lines: AsyncIterable<string>): AsyncIterable<PastedLine> {
  for await (const text of lines) yield { text, pasted: false }
}

async function* nothing(): AsyncIterable<string> {
  // There is nobody yet.
}
