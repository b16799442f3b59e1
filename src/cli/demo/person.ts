import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ChatEvent } from '../chat/chat-event.js'

/** How long one step of the story may take. */
const stepMs = 15_000

type Kind = ChatEvent['type']
type EventOf<K extends Kind> = Extract<ChatEvent, { type: K }>

/** One client in a process of its own: `otr4 chat --json`, typed into and read from. */
export class Person {
  readonly name: string
  readonly #process: ChildProcess
  readonly #seen: ChatEvent[] = []
  #wake: (() => void) | undefined
  #exit: number | undefined

  constructor(name: string, relay: string, partner: string, policy: string) {
    this.name = name
    const args = ['chat', '--relay', relay, '--nick', name, '--with', partner, '--json', ...policy === '' ? [] : ['--policy', policy]]
    const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js', import.meta.url))
    this.#process = spawn(process.execPath, [...process.execArgv, program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#process.on('exit', (code) => {
      this.#exit = code ?? 1
      this.#wake?.()
    })
    const { stdout } = this.#process
    if (stdout === null) throw new Error('no output')
    createInterface({ input: stdout }).on('line', (line) => {
      this.#seen.push(JSON.parse(line) as ChatEvent)
      this.#wake?.()
    })
  }

  /** Types a line. */
  type(line: string): void {
    this.#process.stdin?.write(`${line}\n`)
  }

  /** Waits for the next event of a kind that fits, and skips those before it. Rejects if none comes in time. */
  async expect<K extends Kind>(kind: K, fits: (event: EventOf<K>) => boolean = () => true): Promise<EventOf<K>> {
    const deadline = Date.now() + stepMs
    for (;;) {
      const at = this.#seen.findIndex((event) => event.type === kind && fits(event as EventOf<K>))
      if (at >= 0) return this.#seen.splice(0, at + 1).at(-1) as EventOf<K>
      const failure = this.#seen.find((event) => event.type === 'error')
      if (failure !== undefined) throw new Error(`${this.name}: ${failure.text}`)
      if (this.#exit !== undefined) throw new Error(`${this.name} left with exit code ${this.#exit}`)
      if (Date.now() > deadline) throw new Error(`${this.name} saw no "${kind}" in ${stepMs / 1000} seconds`)
      await this.#next(deadline - Date.now())
    }
  }

  /** Leaves, and waits until the process has ended. */
  async leave(): Promise<number> {
    this.type('/quit')
    const deadline = Date.now() + stepMs
    while (this.#exit === undefined && Date.now() < deadline) await this.#next(deadline - Date.now())
    if (this.#exit === undefined) this.#process.kill('SIGKILL')
    return this.#exit ?? 1
  }

  /** For the end of a story that went wrong. */
  kill(): void {
    if (this.#exit === undefined) this.#process.kill('SIGKILL')
  }

  #next(most: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, most))
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
