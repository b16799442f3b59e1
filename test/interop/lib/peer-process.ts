/** One program that speaks the peer protocol: started, asked line by line, and ended by its process id alone. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import type { PeerEvent } from './event.js'

/** A response of the peer protocol. Result fields stand beside `out`. */
export interface Response {
  readonly ok: boolean
  readonly out: readonly PeerEvent[]
  readonly error?: { readonly code: string; readonly message: string }
  readonly [field: string]: unknown
}

/** What a peer answered `ok:false` to. `code` is the peer's. */
export class PeerError extends Error {
  readonly code: string

  constructor(peer: string, cmd: string, code: string, message: string) {
    super(`${peer} refused ${cmd}: ${code}: ${message}`)
    this.name = 'PeerError'
    this.code = code
  }
}

interface Waiting {
  readonly resolve: (response: Response) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Every process that this run started and that still lives. */
const running = new Set<ChildProcessWithoutNullStreams>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

const answerTimeout = 120_000

export class PeerProcess {
  readonly name: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: Waiting[] = []
  #buffer = ''
  #stderr = ''
  #nextId = 1
  #over: Error | undefined

  /** Starts `command`; its first word is the program. Nothing is asked of it yet. */
  constructor(name: string, command: readonly string[], cwd?: string) {
    const [program, ...args] = command
    if (program === undefined) throw new Error('an empty command')
    this.name = name
    this.#child = spawn(program, args, { cwd, stdio: 'pipe' })
    running.add(this.#child)
    this.#child.stdout.setEncoding('utf8')
    this.#child.stderr.setEncoding('utf8')
    this.#child.stdout.on('data', (chunk: string) => { this.#read(chunk) })
    this.#child.stderr.on('data', (chunk: string) => { this.#stderr = (this.#stderr + chunk).slice(-4000) })
    // A write to a program that has gone is told by 'close', not by an exception.
    this.#child.stdin.on('error', () => undefined)
    this.#child.on('error', (error) => { this.#end(error) })
    this.#child.on('close', (code, signal) => {
      running.delete(this.#child)
      this.#end(new Error(`${name} ended (${String(code ?? signal)})${this.#stderr === '' ? '' : `: ${this.#stderr}`}`))
    })
  }

  /** Asks and gives the whole response, whether it is `ok` or not. */
  ask(cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Response> {
    const over = this.#over
    if (over) return Promise.reject(over)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(new Error(`${this.name} gave no answer to ${cmd}: ${this.#stderr}`))
        this.#child.kill('SIGKILL')
      }, answerTimeout)
      this.#waiting.push({ resolve, reject, timer })
      this.#child.stdin.write(JSON.stringify({ id: this.#nextId++, cmd, ...fields }) + '\n')
    })
  }

  /** Asks and throws a `PeerError` when the answer is not `ok`. */
  async request(cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Response> {
    const response = await this.ask(cmd, fields)
    if (!response.ok) throw new PeerError(this.name, cmd, response.error?.code ?? '?', response.error?.message ?? '?')
    return response
  }

  /** Writes raw text, for lines that are no request. */
  writeRaw(text: string): Promise<Response> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { this.#end(new Error(`${this.name} gave no answer`)) }, answerTimeout)
      this.#waiting.push({ resolve, reject, timer })
      this.#child.stdin.write(text)
    })
  }

  /** Ends the program at once; whoever waits for an answer is told. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Closes the program's input and waits for its end; a program that does not end is killed. Gives its exit code. */
  close(): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve(this.#child.exitCode)
    return new Promise((resolve) => {
      const timer = setTimeout(() => { this.#child.kill('SIGKILL') }, 5000)
      this.#child.once('close', (code) => {
        clearTimeout(timer)
        resolve(code)
      })
      this.#child.stdin.end()
    })
  }

  #read(chunk: string): void {
    this.#buffer += chunk
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.slice(0, end)
      this.#buffer = this.#buffer.slice(end + 1)
      const waiting = this.#waiting.shift()
      if (!waiting) {
        this.#end(new Error(`${this.name} wrote a line that nobody asked for: ${line.slice(0, 200)}`))
        return
      }
      clearTimeout(waiting.timer)
      try {
        waiting.resolve({ out: [], ...JSON.parse(line) as object } as unknown as Response)
      } catch {
        waiting.reject(new Error(`${this.name} wrote a line that is no JSON: ${line.slice(0, 200)}`))
      }
    }
  }

  #end(error: Error): void {
    this.#over ??= error
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer)
      waiting.reject(error)
    }
  }
}
