import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import type { ChatEvent } from '../../src/cli/chat/chat-event.js'
import type { Io } from '../../src/cli/command.js'

type Kind = ChatEvent['type']
type EventOf<K extends Kind> = Extract<ChatEvent, { type: K }>

/** One run of `otr4` inside this process, with its own standard streams. */
export class Run {
  readonly stdin = new PassThrough()
  readonly exit: Promise<number>
  out = ''
  err = ''
  #exited: number | undefined

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, terminal = false, columns = 80) {
    const stdout = Object.assign(new PassThrough(), { columns, rows: 24 })
    const stderr = new PassThrough()
    stdout.on('data', (data: Buffer) => { this.out += data.toString('utf8') })
    stderr.on('data', (data: Buffer) => { this.err += data.toString('utf8') })
    this.exit = this.#main(args, { stdin: this.stdin, stdout, stderr, env, terminal })
  }

  async #main(args: readonly string[], io: Io): Promise<number> {
    // The commands are imported on demand, which under the test runner's loader makes second copies of the modules that
    // were imported before: from here on all come from one copy.
    const { main } = await import('../../src/cli/dispatch.js')
    this.#exited = await main(args, io)
    return this.#exited
  }

  type(line: string): void {
    this.stdin.write(`${line}\n`)
  }

  /** Waits for output that matches. */
  async sees(pattern: RegExp): Promise<void> {
    await this.#until(() => pattern.test(this.out), `no ${pattern.source} in:\n${this.out}`)
  }

  async #until(condition: () => boolean, what: string): Promise<void> {
    const end = Date.now() + 50_000
    while (!condition()) {
      if (Date.now() > end || (this.#exited !== undefined && !condition())) throw new Error(`${what}\n${this.err}`)
      await new Promise((resolve) => { setTimeout(resolve, 5) })
    }
  }

  /** With `--json`: the events so far. */
  get events(): ChatEvent[] {
    return this.out.split('\n').slice(0, -1).map((line) => JSON.parse(line) as ChatEvent)
  }

  #read = 0

  /** With `--json`: the next event of a kind that matches; earlier ones are skipped. */
  async expect<K extends Kind>(kind: K, fits: (event: EventOf<K>) => boolean = () => true): Promise<EventOf<K>> {
    const find = (): number => this.events.findIndex((event, at) => at >= this.#read && event.type === kind && fits(event as EventOf<K>))
    await this.#until(() => find() >= 0, `no ${kind} in:\n${this.out}`)
    const at = find()
    this.#read = at + 1
    return this.events[at] as EventOf<K>
  }

  /** Ends the program and returns its exit code. */
  leave(): Promise<number> {
    this.type('/quit')
    return this.exit
  }
}

/** Runs a command to its end, with some standard input. */
export async function otr4(args: readonly string[], input = '', env: Readonly<Record<string, string>> = {}): Promise<{ code: number, out: string, err: string }> {
  const run = new Run(args, env)
  run.stdin.end(input)
  const code = await run.exit
  await new Promise((resolve) => { setImmediate(resolve) })
  return { code, out: run.out, err: run.err }
}

/** A new folder, with the function that removes it after the test. */
export function temporaryFolder(): { path: string, remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'otr4-test-'))
  return { path, remove: () => { rmSync(path, { recursive: true, force: true }) } }
}
