/** Programs of the GTK with windows: on an X server that nobody sees, read and written through the interface for screen readers. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openDisplay } from './display.js'
import { until, type Program, type Workplace } from './programs.js'

const run = promisify(execFile)

export class Windows {
  /** What a program needs to be seen here. */
  readonly env: NodeJS.ProcessEnv
  readonly #reader: Program
  #asked = 0

  private constructor(env: NodeJS.ProcessEnv, reader: Program) {
    this.env = env
    this.#reader = reader
  }

  static async open(workplace: Workplace): Promise<Windows> {
    const display = { DISPLAY: await openDisplay(workplace) }
    const bus = workplace.start('dbus-daemon', ['dbus-daemon', '--session', '--nofork', '--print-address'], display)
    const address = await until(() => /^(unix:.*)\n/m.exec(bus.output)?.[1], 20, () => `dbus-daemon says no address: ${bus.output}`)
    // The two modules put GTK 2's widgets on the bus of the screen readers.
    const env = { ...display, DBUS_SESSION_BUS_ADDRESS: address, GTK_MODULES: 'gail:atk-bridge' }
    const script = fileURLToPath(new URL('accessible.py', import.meta.url))
    return new Windows(env, workplace.start('accessible.py', ['/usr/bin/python3', '-W', 'ignore', script], env))
  }

  async #ask(order: { readonly act: string, readonly window?: string, readonly text?: string }): Promise<unknown> {
    const number = ++this.#asked
    this.#reader.child.stdin?.write(`${JSON.stringify(order)}\n`)
    const line = await until(() => {
      if (this.#reader.gone) throw new Error(`accessible.py ended: ${this.#reader.output}`)
      const lines = this.#reader.output.split('\n').slice(0, -1).filter((one) => one.startsWith('{'))
      return lines[number - 1]
    }, 30, () => `accessible.py does not answer: ${this.#reader.output.slice(-2000)}`)
    const { answer } = JSON.parse(line) as { answer?: unknown }
    return answer
  }

  /** Calls a program on the bus. Gives the numbers in its answer. */
  async call(service: string, object: string, method: string, ...values: string[]): Promise<readonly string[]> {
    const { stdout } = await run('dbus-send', ['--session', '--print-reply', `--dest=${service}`, object, method, ...values],
      { env: { PATH: process.env['PATH'], ...this.env }, timeout: 10_000 })
    return [...stdout.matchAll(/^ +int32 (\d+)$/gm)].map(([, number = '']) => number)
  }

  /** The text widgets of every window of this title, with what they hold. Empty while there is none. */
  async read(window: string): Promise<readonly (readonly string[])[]> {
    return (await this.#ask({ act: 'read', window }) ?? []) as string[][]
  }

  /** The titles of all windows. */
  async titles(): Promise<readonly string[]> {
    return (await this.#ask({ act: 'titles' }) ?? []) as string[]
  }

  /** Presses the buttons of this label. Gives how many there were. */
  async press(window: string, label: string): Promise<number> {
    return ((await this.#ask({ act: 'press', window, text: label }) ?? []) as unknown[]).length
  }

  /** Types into the last field of the window, and presses the return key. */
  async type(window: string, text: string): Promise<void> {
    if (await this.#ask({ act: 'type', window, text }) !== true) throw new Error(`'${text}' cannot be typed into ${window}: ${this.#reader.output.slice(-500)}`)
  }
}
