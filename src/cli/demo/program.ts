import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How long an answer may take. */
const answerMs = 15_000

/** An answer of `otr4 peer`. */
export type Answer = Readonly<Record<string, unknown>> & { readonly out: readonly Readonly<Record<string, unknown>>[] }

/** A client in a process of its own, driven by JSON lines: `otr4 peer`. It keeps its state if it is given a folder. */
export class Program {
  readonly name: string
  readonly #process: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #exit: Promise<void>

  constructor(name: string, folder: string | undefined, passphrase: string) {
    this.name = name
    const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url))
    const args = ['peer', ...folder === undefined ? [] : ['--store', folder]]
    const env = { ...process.env, OTR4_PASSPHRASE: passphrase }
    this.#process = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env })
    const { stdout, stdin } = this.#process
    if (stdout === null || stdin === null) throw new Error('no pipes')
    // If it ends, an answer is missing; that is noticed.
    stdin.on('error', () => undefined)
    this.#answers = createInterface({ input: stdout })[Symbol.asyncIterator]()
    this.#exit = new Promise((resolve) => { this.#process.on('exit', () => { resolve() }) })
  }

  /** Sends a request and waits for its answer. Fails when the program refuses, leaves or is too slow. */
  async ask(cmd: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify({ cmd, ...fields })}\n`)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => { reject(new Error(`${this.name} did not answer ${cmd} in ${answerMs / 1000} seconds`)) }, answerMs)
    })
    try {
      const next = await Promise.race([this.#answers.next(), late])
      if (next.done === true) throw new Error(`${this.name} has left`)
      const answer = JSON.parse(next.value) as Answer & { readonly ok: boolean, readonly error?: { readonly code: string } }
      if (!answer.ok) throw new Error(`${this.name} refused ${cmd}: ${answer.error?.code ?? ''}`)
      return answer
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the program, and waits until its process has ended. */
  async leave(): Promise<void> {
    this.#process.stdin?.end()
    await this.#exit
  }

  /** For the end of a story that went wrong. */
  kill(): void {
    this.#process.kill('SIGKILL')
  }
}
