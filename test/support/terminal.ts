import { PassThrough } from 'node:stream'
import type { Io } from '../../src/cli/command.js'

/** What the chat may send to a terminal: move the cursor to a row, erase the row or the screen, colours, and modes by their numbers. */
const allowed = new RegExp(String.raw`^${'\u001b'}\[(?:(\d+);(\d+)H|H|(K)|(2J)|[\d;]*m|\?(1049|7|25|2004)[hl])`)
const begun = new RegExp(String.raw`^${'\u001b'}(?:\[[\d;?]*)?$`)

/**
 * A terminal that consists only of its rows. It understands what a terminal view may send, and nothing else. What it does not understand goes
 * into `strange`: no control sequence of somebody else's text may reach a terminal.
 */
export class TestTerminal {
  readonly stdin = new PassThrough()
  readonly stdout: PassThrough & { columns: number, rows: number }
  readonly strange: string[] = []
  /** Everything that was written. */
  raw = ''
  #rows: string[]
  #row = 0
  #column = 0
  #waiting = ''
  readonly #other: string[] = []
  #whole = false

  constructor(columns = 80, rows = 24) {
    this.stdout = Object.assign(new PassThrough(), { columns, rows })
    this.#rows = Array.from({ length: rows }, () => '')
    this.stdout.on('data', (data: Buffer) => { this.#write(data.toString('utf8')) })
  }

  io(env: Readonly<Record<string, string>> = {}): Io {
    return { stdin: this.stdin, stdout: this.stdout, stderr: new PassThrough(), env, terminal: true }
  }

  /** Presses keys, as the characters that a terminal sends for them. */
  type(text: string): void {
    this.stdin.write(text)
  }

  /** What a terminal sends when somebody pastes. */
  paste(text: string): void {
    this.stdin.write(`\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`)
  }

  resize(columns: number, rows: number): void {
    Object.assign(this.stdout, { columns, rows })
    this.#rows = Array.from({ length: rows }, (_, at) => this.#rows[at] ?? '')
    this.stdout.emit('resize')
  }

  /** The current rows, without blanks at their ends. */
  get rows(): string[] {
    return this.#rows.map((row) => row.trimEnd())
  }

  get text(): string {
    return this.rows.filter((row) => row !== '').join('\n')
  }

  /** What is written outside of the screen: the lines before and after the chat. */
  get other(): string {
    return this.#other.join('')
  }

  get cursor(): { readonly row: number, readonly column: number } {
    return { row: this.#row, column: this.#column }
  }

  /** Waits until the screen matches. */
  async shows(pattern: RegExp | string): Promise<string> {
    const end = Date.now() + 20_000
    while (!(typeof pattern === 'string' ? this.text.includes(pattern) : pattern.test(this.text))) {
      if (Date.now() > end) throw new Error(`the screen does not show ${String(pattern)}:\n${this.text}`)
      await new Promise((resolve) => { setTimeout(resolve, 5) })
    }
    return this.text
  }

  #write(text: string): void {
    this.raw += text
    let rest = this.#waiting + text
    while (rest !== '') {
      const sequence = allowed.exec(rest)
      if (sequence !== null) {
        this.#obey(sequence)
        rest = rest.slice(sequence[0].length)
      } else if (begun.test(rest)) {
        break
      } else {
        const run = /^[^\p{Cc}\p{Zl}\p{Zp}]+/u.exec(rest)?.[0] ?? rest.slice(0, 1)
        if (/\p{Cc}|\p{Zl}|\p{Zp}/u.test(run) && (this.#whole || run !== '\n')) this.strange.push(rest.slice(0, 20))
        this.#put(run)
        rest = rest.slice(run.length)
      }
    }
    this.#waiting = rest
  }

  #obey([all, row, column, line, screen]: RegExpExecArray): void {
    if (row !== undefined) {
      this.#row = Number(row) - 1
      this.#column = Number(column) - 1
    } else if (line !== undefined) this.#rows[this.#row] = (this.#rows[this.#row] ?? '').slice(0, this.#column)
    else if (screen !== undefined) this.#rows = this.#rows.map(() => '')
    else if (all.includes('?1049')) this.#whole = all.endsWith('h')
  }

  #put(text: string): void {
    if (!this.#whole) {
      this.#other.push(text)
      return
    }
    const row = this.#rows[this.#row] ?? ''
    this.#rows[this.#row] = row.slice(0, this.#column).padEnd(this.#column) + text
    this.#column += text.length
  }
}

/** One run of `otr4` in this process, with a whole terminal. */
export async function runOnScreen(terminal: TestTerminal, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<number> {
  // See `Run` in `cli.ts` for why it is imported here.
  const { main } = await import('../../src/cli/dispatch.js')
  return main(args, terminal.io(env))
}
