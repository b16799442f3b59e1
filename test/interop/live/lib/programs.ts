/** The programs of a live test: in a folder of their own, on this machine's loopback only, all ended when the test is over. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { skipWithout } from '../../lib/missing.js'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A program that a test started. It is ended by its own process id. */
export class Program {
  readonly name: string
  readonly child: ChildProcess
  #output = ''
  #gone = false
  readonly #exited: Promise<number | null>

  constructor(name: string, command: readonly string[], options: { cwd: string, env: NodeJS.ProcessEnv }) {
    const [program = '', ...args] = command
    this.name = name
    this.child = spawn(program, args, { ...options, stdio: 'pipe' })
    running.add(this.child)
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8')
      stream?.on('data', (text: string) => { this.#output += text })
    }
    this.child.stdin?.on('error', () => undefined)
    this.#exited = new Promise((resolve) => {
      const over = (code: number | null): void => {
        this.#gone = true
        running.delete(this.child)
        resolve(code)
      }
      this.child.on('error', (error) => {
        this.#output += error.message
        over(null)
      })
      this.child.on('close', over)
    })
  }

  get gone(): boolean {
    return this.#gone
  }

  /** Everything that it has written so far. */
  get output(): string {
    return this.#output
  }

  /** Its exit code; null when it had to be killed after so many seconds. */
  async exit(seconds: number): Promise<number | null> {
    const timer = setTimeout(() => { this.child.kill('SIGKILL') }, seconds * 1000)
    const code = await this.#exited
    clearTimeout(timer)
    return code
  }

  /** Ends it without a word, as a crash does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#exited
  }

  async end(): Promise<void> {
    if (this.#gone) return
    this.child.kill('SIGTERM')
    await this.exit(5)
  }
}

/** A folder under the system's temporary one, and what runs in it. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'otr4-live-'))
  readonly #closers: (() => Promise<void> | void)[] = []

  /** The environment of every program: its home is the folder, and no setting of the person at this machine gets in. */
  get env(): NodeJS.ProcessEnv {
    return { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, HOME: this.folder, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' }
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  start(name: string, command: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const program = new Program(name, command, { cwd: this.folder, env: { ...this.env, ...env } })
    this.onClose(() => program.end())
    return program
  }

  /** Is called when the test is over, what came last first. */
  onClose(close: () => Promise<void> | void): void {
    this.#closers.unshift(close)
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Waits until `probe` gives something, and gives that. Fails after so many seconds with what `describe` says. */
export async function until<T>(probe: () => T | undefined | Promise<T | undefined>, seconds: number, describe: () => string): Promise<T> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await probe()
    if (found !== undefined) return found
    if (performance.now() > deadline) throw new Error(`after ${seconds} seconds: ${describe()}`)
    await sleep(60)
  }
}

/** A port nobody listens on. */
export async function freePort(among: readonly number[] = [0]): Promise<number> {
  for (const port of among) {
    const found = await new Promise<number | undefined>((resolve) => {
      const server = createServer()
      server.on('error', () => { resolve(undefined) })
      server.listen(port, '127.0.0.1', () => {
        const address = server.address()
        server.close(() => { resolve(typeof address === 'object' ? address?.port : undefined) })
      })
    })
    if (found !== undefined) return found
  }
  throw new Error(`no port is free among ${among.join(', ')}`)
}

/** Waits until the program listens on the port. */
export async function listening(program: Program, port: number, seconds = 20): Promise<void> {
  await until(() => {
    if (program.gone) throw new Error(`${program.name} ended: ${program.output}`)
    return new Promise<true | undefined>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.on('error', () => { resolve(undefined) })
    })
  }, seconds, () => `${program.name} does not listen on ${port}: ${program.output}`)
}

/** Skips a suite whose programs are not there; in CI it fails instead. Either way it says how to get them. */
export function needs(context: Mocha.Context, programs: readonly string[]): void {
  const path = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
  const missing = programs.filter((program) => spawnSync('/bin/sh', ['-c', 'command -v "$0"', program], { env: { PATH: path } }).status !== 0)
  if (missing.length === 0) return
  skipWithout(context, `not installed: ${missing.join(', ')}; install with: bash test/interop/install.sh packages (Debian, as root)`)
}
