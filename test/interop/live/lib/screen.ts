/** Programs that want a terminal: run in tmux, typed at, and read from their screen. */
import { execFile, execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { until, type Workplace } from './programs.js'

const run = promisify(execFile)

/** Rows enough that nothing scrolls away within a test. */
const rows = 250

/** A tmux server of one workplace, on a socket there. */
export class Tmux {
  readonly #socket: string
  readonly #workplace: Workplace
  #started = false

  constructor(workplace: Workplace) {
    this.#workplace = workplace
    this.#socket = workplace.path('tmux')
    const kill = (): void => {
      if (!this.#started) return
      this.#started = false
      try {
        execFileSync('tmux', ['-S', this.#socket, 'kill-server'], { stdio: 'ignore', timeout: 5000 })
      } catch {
        // It goes by itself with its last program.
      }
    }
    process.on('exit', kill)
    workplace.onClose(kill)
  }

  async command(...args: string[]): Promise<string> {
    const { stdout } = await run('tmux', ['-S', this.#socket, '-f', '/dev/null', ...args], {
      env: { ...this.#workplace.env, TERM: 'xterm-256color' }, cwd: this.#workplace.folder, timeout: 10_000, maxBuffer: 1 << 24,
    })
    return stdout
  }

  /** Runs a program in a terminal so many columns wide. Very wide ones do not wrap what is to be read. */
  async open(name: string, command: readonly string[], columns: number, env: Readonly<Record<string, string>> = {}): Promise<Screen> {
    this.#started = true
    const quoted = command.map((word) => `'${word.replaceAll('\'', '\'\\\'\'')}'`).join(' ')
    const variables = Object.entries(env).flatMap(([variable, value]) => ['-e', `${variable}=${value}`])
    await this.command('new-session', '-d', '-s', name, '-x', String(columns), '-y', String(rows), ...variables, quoted)
    return new Screen(this, name)
  }
}

/** One terminal. */
export class Screen {
  readonly #tmux: Tmux
  readonly #name: string

  constructor(tmux: Tmux, name: string) {
    this.#tmux = tmux
    this.#name = name
  }

  /** Ends the program without a word, as a crash does, by its own process id: it leads the group of its terminal. */
  async kill(): Promise<void> {
    const pid = Number((await this.#tmux.command('display-message', '-p', '-t', this.#name, '#{pane_pid}')).trim())
    if (pid > 1) process.kill(-pid, 'SIGKILL')
    await until(async () => await this.text().then(() => undefined, () => true), 20, () => `${this.#name} does not end`)
  }

  /** What it shows, without empty rows at the end. */
  async text(): Promise<string> {
    return (await this.#tmux.command('capture-pane', '-p', '-t', this.#name)).trimEnd()
  }

  /** Types the text and the return key. */
  async type(text: string): Promise<void> {
    // tmux drops what is typed too fast into programs that read slowly.
    for (let at = 0; at < text.length; at += 400) {
      await this.#tmux.command('send-keys', '-t', this.#name, '-l', '--', text.slice(at, at + 400))
      await sleep(20)
    }
    await this.#tmux.command('send-keys', '-t', this.#name, 'Enter')
  }

  async key(key: string): Promise<void> {
    await this.#tmux.command('send-keys', '-t', this.#name, key)
  }

  /** Waits until the screen shows the pattern so many times. Gives the screen. */
  async shows(pattern: RegExp | string, times = 1, seconds = 30): Promise<string> {
    let last = ''
    return until(async () => {
      last = await this.text()
      const found = typeof pattern === 'string' ? last.split(pattern).length - 1 : [...last.matchAll(new RegExp(pattern, 'gm'))].length
      return found >= times ? last : undefined
    }, seconds, () => `${this.#name} does not show ${String(pattern)} ${times} times:\n${last.replace(/^[ │]*\n/gm, '')}`)
  }
}
