import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import type { Io } from '../command.js'
import { inertLine, inertLines, width, wrap } from '../inert.js'
import type { Shown, Standing, View } from './shown.js'
import { worded, type Style } from './wording.js'

const escapes: Record<Style, string> = {
  verified: '\u001b[32m',
  private: '\u001b[36m',
  clear: '\u001b[33m',
  alarm: '\u001b[1;31m',
  quiet: '\u001b[2m',
  plain: '',
}

/** Lines of input that are kept for the arrow keys never hold a secret. */
const secretCommands = /^\/(?:otr\s+(?:smp|ask|answer|auth)|smp|answer)\b/i

/** What a person may complete with the tab key. */
const completions = ['/help', '/quit', '/msg ', '/with ', '/who', '/me ', '/clear', '/otr start', '/otr end', '/otr trust', '/otr distrust',
  '/otr smp', '/otr answer', '/otr abort', '/otr status', '/otr clear', '/otr outbox', '/otr cancel', '/otr instance ', '/otr fingerprint',
  '/otr fingerprint words', '/otr fingerprint qr', '/otr compare ', '/otr accept', '/otr devices', '/otr device ', '/otr lost', '/otr resend', '/otr discard',
  '/otr policy', '/otr help']

/** A terminal: a line to type in at the bottom, everything else above it, colours where they are wanted. */
export class TerminalView implements View {
  readonly #io: Io
  readonly #colour: boolean
  readonly #output: MutedOutput
  readonly #readline: Interface
  #prompt = '> '
  #asking: ((answer: string | undefined) => void) | undefined
  #closed = false
  readonly #typed: string[] = []
  #wake: (() => void) | undefined

  constructor(io: Io) {
    this.#io = io
    this.#colour = (io.env['NO_COLOR'] ?? '') === ''
    this.#output = new MutedOutput(io.stdout)
    this.#readline = createInterface({
      input: io.stdin,
      output: this.#output,
      terminal: true,
      historySize: 200,
      removeHistoryDuplicates: true,
      completer: (line: string) => [completions.filter((one) => line.startsWith('/') && one.startsWith(line)), line],
    })
    this.#readline.on('history', (lines: string[]) => {
      for (let at = lines.length - 1; at >= 0; at--) if (secretCommands.test(lines[at] ?? '')) lines.splice(at, 1)
    })
    this.#readline.on('SIGINT', () => {
      if (this.#asking !== undefined) this.#answered(undefined)
      else if (this.#readline.line === '') this.#readline.close()
      else this.#emptyLine()
    })
    this.#readline.on('line', (line) => {
      if (this.#asking === undefined) {
        this.#eraseTyped(line)
        this.#typed.push(line)
      } else {
        // The return key was as silent as the secret: the cursor is still in the question's row.
        this.#answered(line)
      }
      this.#wake?.()
    })
    this.#readline.on('close', () => {
      this.#erase()
      this.#closed = true
      if (this.#asking !== undefined) this.#answered(undefined)
      this.#wake?.()
    })
  }

  show(event: Shown): void {
    const line = worded(event)
    if (line === undefined) return
    const time = new Date().toTimeString().slice(0, 5)
    const head = `${time} ${line.mark.padEnd(11)} `
    const who = line.who === undefined ? '' : `${inertLine(line.who)} `
    const room = Math.max(20, this.#columns() - head.length)
    const [first = '', ...more] = inertLines(line.text)
    const rows = [...wrap(`${who}${first}`, room), ...more.flatMap((row) => wrap(row, room))]
    // Rows after the first never begin in the first columns, so that no text of others can look like a line of this program.
    const margin = `${' '.repeat(head.length - 2)}| `
    const text = rows.map((row, at) => at === 0 ? `${this.#paint(line.style, head)}${row}` : `${margin}${row}`).join('\n')
    this.#above(event.type === 'info' || line.who !== undefined ? text : rows.map((row, at) => `${at === 0 ? head : margin}${row}`)
      .map((row) => this.#paint(line.style, row)).join('\n'))
  }

  prompt(peer: string | undefined, standing: Standing, verified: boolean): void {
    const [words, style] = this.#standing(peer, standing, verified)
    const name = peer === undefined ? '' : `${cutName(inertLine(peer))} `
    this.#prompt = `${name}${this.#paint(style, words)}> `
    if (this.#asking !== undefined || this.#closed) return
    this.#readline.setPrompt(this.#prompt)
    this.#redraw()
  }

  async *lines(): AsyncIterable<string> {
    for (;;) {
      const line = this.#typed.shift()
      if (line !== undefined) yield line
      else if (this.#closed) return
      else await new Promise<void>((resolve) => { this.#wake = resolve })
    }
  }

  secret(question: string): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#erase()
      this.#asking = resolve
      this.#output.muted = true
      this.#readline.setPrompt(`${inertLine(question)} (not shown; empty to leave it): `)
      this.#redraw()
    })
  }

  clear(): void {
    this.#io.stdout.write('\u001b[H\u001b[2J\u001b[3J')
    this.#redraw()
  }

  close(): void {
    if (!this.#closed) this.#readline.close()
  }

  #answered(answer: string | undefined): void {
    const asking = this.#asking
    this.#asking = undefined
    this.#output.muted = false
    // The answer must not come back with the arrow keys.
    const { history } = this.#readline as Interface & { history?: string[] }
    if (answer !== undefined && history?.[0] === answer) history.shift()
    this.#erase()
    this.#emptyLine()
    this.#readline.setPrompt(this.#prompt)
    this.#redraw()
    asking?.(answer === '' ? undefined : answer)
  }

  #emptyLine(): void {
    if (this.#closed) return
    this.#readline.write(null, { ctrl: true, name: 'e' })
    this.#readline.write(null, { ctrl: true, name: 'u' })
  }

  /** Writes whole rows above the line that is being typed. */
  #above(text: string): void {
    if (this.#closed) {
      this.#io.stdout.write(`${text}\n`)
      return
    }
    this.#erase()
    this.#io.stdout.write(`${text}\n`)
    this.#redraw()
  }

  #erase(): void {
    // What is typed as a secret does not show, so it takes no rows.
    const rows = this.#asking === undefined ? this.#readline.getCursorPos().rows : 0
    if (rows > 0) moveCursor(this.#io.stdout, 0, -rows)
    cursorTo(this.#io.stdout, 0)
    clearScreenDown(this.#io.stdout)
    // Where readline believes the cursor to be, counted in rows from its prompt.
    ;(this.#readline as Interface & { prevRows?: number }).prevRows = 0
  }

  /** Takes the line that was just typed off the screen: what it says is shown again as what it became. */
  #eraseTyped(line: string): void {
    if (this.#closed) return
    // Of the prompt only what shows counts, not its colours.
    const shown = width(stripVTControlCharacters(this.#readline.getPrompt())) + width(line)
    moveCursor(this.#io.stdout, 0, -(Math.floor(shown / this.#output.columns) + 1))
    cursorTo(this.#io.stdout, 0)
    clearScreenDown(this.#io.stdout)
  }

  #redraw(): void {
    if (this.#closed) return
    if (this.#asking === undefined) this.#readline.prompt(true)
    else this.#io.stdout.write(this.#readline.getPrompt())
  }

  #standing(peer: string | undefined, standing: Standing, verified: boolean): [string, Style] {
    if (peer === undefined) return ['', 'plain']
    switch (standing) {
      case 'private': return verified ? ['[verified]', 'verified'] : ['[private, not verified]', 'private']
      case 'starting': return ['[starting]', 'quiet']
      case 'ended': return ['[ended]', 'alarm']
      case 'clear': return ['[in clear]', 'clear']
    }
  }

  #paint(style: Style, text: string): string {
    return this.#colour && escapes[style] !== '' && text !== '' ? `${escapes[style]}${text}\u001b[0m` : text
  }

  #columns(): number {
    const { columns } = this.#io.stdout as Writable & { columns?: number }
    // One less than there are: a full row makes some terminals begin the next one.
    return (columns ?? 80) - 1
  }
}

/** A terminal's output that says nothing of what is typed while a secret is asked for. */
class MutedOutput extends Writable {
  muted = false
  readonly #target: Writable & { columns?: number, rows?: number }

  constructor(target: Writable) {
    super()
    this.#target = target
    target.on('resize', () => { this.emit('resize') })
  }

  get columns(): number {
    return this.#target.columns ?? 80
  }

  get rows(): number {
    return this.#target.rows ?? 24
  }

  get isTTY(): boolean {
    return true
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Done at once: what waited here would come after what the view writes to the terminal itself.
    if (!this.muted) this.#target.write(chunk)
    done()
  }
}

function cutName(name: string): string {
  return width(name) > 30 ? `${wrap(name, 29)[0] ?? ''}\u2026` : name
}
