import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../lib/peers.js'
import { Searched } from './searched.js'

/** A program in a process of its own, of Node, Bun or Deno. */
export class SearchedProcess extends Searched {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #ended: Promise<never>
  #said = ''

  constructor(command: readonly string[], script: string, version: number) {
    super(mkdtempSync(join(tmpdir(), 'otr4-memory-')))
    const [program = '', ...options] = command
    this.#child = spawn(program, [...options, join(import.meta.dirname, `${script}.mjs`), `${projectRoot}dist`, String(version), this.folder])
    let complaints = ''
    this.#child.stderr.on('data', (text: Buffer) => { complaints += text.toString() })
    this.#child.stdout.on('data', (text: Buffer) => { this.#said += text.toString() })
    this.#ended = new Promise((_, no) => {
      this.#child.on('error', no)
      this.#child.on('exit', (code) => { no(new Error(`the talker ended with ${code}: ${complaints}`)) })
    })
    this.#ended.catch(() => undefined)
  }

  async at(moment: string): Promise<void> {
    const said = new Promise<void>((go) => {
      const look = (): void => { if (this.#said.includes(`look ${moment}\n`)) go() }
      this.#child.stdout.on('data', look)
      look()
    })
    await Promise.race([said, this.#ended])
  }

  /** What the threads keep in their registers while they wait. */
  registers(): Buffer {
    return execFileSync(registersProgram(), [String(this.#child.pid)])
  }

  goOn(): void {
    this.#child.stdin.write('\n')
  }

  override end(): void {
    this.#child.kill('SIGKILL')
    void super.end()
  }

  protected pids(): readonly number[] {
    return [this.#child.pid!]
  }
}

/** Where our program in C is. */
let tools: string | undefined

function registersProgram(): string {
  if (tools === undefined) {
    tools = mkdtempSync(join(tmpdir(), 'otr4-memory-tools-'))
    execFileSync('cc', ['-O1', '-o', join(tools, 'registers'), join(import.meta.dirname, 'registers.c')])
  }
  return join(tools, 'registers')
}

export function removeTools(): void {
  if (tools !== undefined) rmSync(tools, { recursive: true })
  tools = undefined
}

/** The program itself: npx would start it as a child of its own, whose memory is another. */
export async function realCommand(command: readonly string[]): Promise<readonly string[]> {
  if (command[0] !== 'npx') return command
  const asked = spawn('npx', [...command.slice(1, -1), 'node', '-p', 'process.execPath'])
  let path = ''
  asked.stdout.on('data', (text: Buffer) => { path += text.toString() })
  await new Promise((go) => { asked.on('close', go) })
  return [path.trim()]
}

export function withCollector(name: string, command: readonly string[], options: readonly string[] = []): readonly string[] {
  if (name === 'bun') return command
  return name === 'deno' ? [...command, '--v8-flags=--expose-gc'] : [...command, '--expose-gc', ...options]
}
