/** Our own `otr4 chat`, driven as a script would drive it: lines in, one plain line an event out. */
import { projectRoot } from '../../lib/peers.js'
import { until, type Program, type Workplace } from './programs.js'

/** `otr4` from the sources, or what OTR4 says (words separated by spaces). */
export const otr4Command: readonly string[] = process.env['OTR4']?.split(' ')
  ?? [process.execPath, '--import', `${projectRoot}node_modules/tsx/dist/esm/index.mjs`, `${projectRoot}src/cli/main.ts`]

export class PlainChat {
  readonly #program: Program
  /** Lines that were waited for already. */
  readonly #taken = new Set<number>()

  private constructor(program: Program) {
    this.#program = program
  }

  static async open(workplace: Workplace, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<PlainChat> {
    const chat = new PlainChat(workplace.start('otr4 chat', [...otr4Command, 'chat', '--plain', ...args], env))
    await chat.says(/^ready /, 60)
    return chat
  }

  /** Every line so far. */
  get lines(): string[] {
    return this.#program.output.split('\n').slice(0, -1)
  }

  type(line: string): void {
    this.#program.child.stdin?.write(`${line}\n`)
  }

  /** Waits for a line that matches and was not waited for before. Gives its match. */
  says(pattern: RegExp, seconds = 30): Promise<RegExpExecArray> {
    return until(() => {
      for (const [at, line] of this.lines.entries()) {
        const match = this.#taken.has(at) ? null : pattern.exec(line)
        if (match === null) continue
        this.#taken.add(at)
        return match
      }
      if (this.#program.gone) throw new Error(`the chat ended before ${String(pattern)}:\n${this.#program.output}`)
      return undefined
    }, seconds, () => `the chat does not say ${String(pattern)}:\n${this.#program.output}`)
  }

  /** Leaves as a person would. Gives the exit code. */
  async quit(): Promise<number | null> {
    this.type('/quit')
    return this.#program.exit(20)
  }
}

/** A pattern that matches exactly this text. */
export function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
