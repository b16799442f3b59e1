import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { constants } from 'node:os'
import { PeerFault, type FaultKind } from './fault.js'
import { excerpt, readResponse, type PeerLink, type RawAnswer, type RequestFields, type Response } from './link.js'

/** What a program may use before it is ended. */
export interface PeerLimits {
  /** Seconds until an answer. */
  readonly answer: number
  /** Characters of one answer. */
  readonly line: number
}

export const defaultPeerLimits: PeerLimits = { answer: 10, line: 16 << 20 }

interface Waiting {
  readonly id: number
  readonly line: string
  readonly resolve: (answer: RawAnswer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

const windows = process.platform === 'win32'

/** Every program that this process started and that still runs. */
const running = new Set<ChildProcessWithoutNullStreams>()
process.on('exit', () => {
  for (const child of running) killGroup(child)
})

/** A program that speaks the peer protocol on its standard input and output. */
export class PeerProcess implements PeerLink {
  readonly name: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #limits: PeerLimits
  readonly #waiting: Waiting[] = []
  readonly #ended: Promise<number | null>
  /** Pieces of a line whose end has not come yet. */
  #pieces: string[] = []
  #pieceLength = 0
  #stderr = ''
  #nextId = 1
  #last: string | undefined
  #fault: PeerFault | undefined
  #closing = false

  /** Starts the program. `command`: its words, or a command line for the shell. */
  constructor(name: string, command: string | readonly string[], options: { readonly cwd?: string, readonly limits?: PeerLimits } = {}) {
    this.name = name
    this.#limits = options.limits ?? defaultPeerLimits
    const [program = '', ...args] = typeof command === 'string' ? [command] : command
    // In a group of its own, so that what a shell starts ends with it.
    const child = spawn(program, args, { cwd: options.cwd, stdio: 'pipe', shell: typeof command === 'string', detached: !windows })
    this.#child = child
    running.add(child)
    child.stdout.setEncoding('utf8')
    child.stderr.setEncoding('utf8')
    child.stdout.on('data', (chunk: string) => { this.#read(chunk) })
    child.stderr.on('data', (chunk: string) => { this.#stderr = (this.#stderr + chunk).slice(-4000) })
    // A write to a program that is gone. The event `close` reports that.
    child.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => {
      child.on('error', (error) => {
        running.delete(child)
        this.#end('not-started', error.message)
        resolve(null)
      })
      child.on('close', (code, signal) => {
        running.delete(child)
        if (!this.#closing || this.#waiting.length > 0) this.#end('died', `${howItEnded(code, signal)}${this.#complaint()}`)
        resolve(code)
      })
    })
  }

  /** How the program broke the protocol, if it did. */
  get fault(): PeerFault | undefined {
    return this.#fault
  }

  get closed(): boolean {
    return this.#closing
  }

  async ask(cmd: string, fields: RequestFields = {}): Promise<Response> {
    const id = this.#nextId++
    return (await this.#write(id, JSON.stringify({ id, cmd, ...fields }))).response
  }

  askRaw(line: string): Promise<RawAnswer> {
    return this.#write(-1, line)
  }

  async leave(): Promise<number | null> {
    const asked = this.ask('bye')
    this.#closing = true
    await asked
    const timer = setTimeout(() => { this.#end('silent', `it still runs ${this.#limits.answer} s after "bye"`) }, this.#limits.answer * 1000)
    const code = await this.#ended
    clearTimeout(timer)
    if (this.#fault !== undefined) throw this.#fault
    return code
  }

  kill(): void {
    killGroup(this.#child)
  }

  async close(): Promise<number | null> {
    this.#closing = true
    this.#child.stdin.end()
    const timer = setTimeout(() => { this.kill() }, 5000)
    try {
      return await this.#ended
    } finally {
      clearTimeout(timer)
    }
  }

  #write(id: number, line: string): Promise<RawAnswer> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    if (this.#closing) return Promise.reject(new PeerFault('died', this.name, 'it was ended', line))
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => { this.#end('silent', `${this.#limits.answer} s${this.#complaint()}`) }, this.#limits.answer * 1000)
      this.#waiting.push({ id, line, resolve, reject, timer })
      this.#last = line
      this.#child.stdin.write(`${line}\n`)
    })
  }

  #read(chunk: string): void {
    if (this.#fault !== undefined) return
    let from = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      this.#pieces.push(chunk.slice(from, end))
      from = end + 1
      const line = this.#pieces.join('')
      this.#pieces = []
      this.#pieceLength = 0
      this.#answer(line)
      if (this.fault !== undefined) return
    }
    const rest = chunk.slice(from)
    if (rest === '') return
    this.#pieces.push(rest)
    this.#pieceLength += rest.length
    if (this.#pieceLength > this.#limits.line) this.#end('flooded', `${this.#pieceLength} characters without the end of a line`)
  }

  #answer(line: string): void {
    const [waiting] = this.#waiting
    if (waiting === undefined) {
      this.#end('unasked', excerpt(line))
      return
    }
    if (line.length > this.#limits.line) {
      this.#end('flooded', `an answer of ${line.length} characters`)
      return
    }
    try {
      const { id, response } = readResponse(this.name, line, waiting.line)
      if (waiting.id !== -1 && id !== waiting.id) {
        const other = typeof id === 'number' && Number.isInteger(id) && id > 0 && id < this.#nextId
        this.#end(other ? 'out-of-order' : 'wrong-id', `${id === undefined ? 'none' : excerpt(JSON.stringify(id), 60)} instead of ${waiting.id}`)
        return
      }
      this.#waiting.shift()
      clearTimeout(waiting.timer)
      waiting.resolve({ id, response })
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error
      this.#fail(error)
    }
  }

  #complaint(): string {
    const text = this.#stderr.trim()
    return text === '' ? '' : `; on standard error: ${text.slice(-400)}`
  }

  #end(kind: FaultKind, detail: string): void {
    this.#fail(new PeerFault(kind, this.name, detail, this.#waiting[0]?.line ?? this.#last))
  }

  #fail(fault: PeerFault): void {
    this.#fault ??= fault
    this.#pieces = []
    for (const waiting of this.#waiting.splice(0)) {
      clearTimeout(waiting.timer)
      waiting.reject(this.#fault)
    }
    this.kill()
  }
}

function howItEnded(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `signal ${signal}`
  // A shell reports in this way the signal that ended its program.
  const [name] = Object.entries(constants.signals).find(([, number]) => code === 128 + number) ?? []
  return `exit code ${String(code)}${name === undefined ? '' : `, which is signal ${name}`}`
}

function killGroup(child: ChildProcessWithoutNullStreams): void {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  try {
    if (windows) child.kill('SIGKILL')
    else process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already.
    child.kill('SIGKILL')
  }
}
