/** The code and the terminals of a guide in docs/guides: what is written there is what runs. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A page with its fenced blocks. */
export interface Guide {
  /** Files to write: a fence with a name, as in "js chat.mjs". Blocks of one name are one file. */
  readonly files: ReadonlyMap<string, string>
  /** The lines of all blocks "text terminals", in order. */
  readonly terminals: readonly string[]
  /** The lines of all blocks "text pages": what is done and seen in browser pages. */
  readonly pages: readonly string[]
  /** What it says to install beside otr4, as it is typed ... */
  readonly installs: readonly string[]
  /** ... and without versions. */
  readonly packages: readonly string[]
  /** The text of its blocks in a language without a name. */
  blocks(language: string): readonly string[]
}

export function readGuide(page: string): Guide {
  const files = new Map<string, string>()
  const [terminals, pages]: [string[], string[]] = [[], []]
  const rest: { language: string, text: string }[] = []
  for (const [, language = '', name = '', text = ''] of readFileSync(join(root, 'docs', page), 'utf8').matchAll(/^```(\w+)(?: ([^\n`]+))?\n([\s\S]*?)^```$/gm)) {
    if (name === 'terminals' || name === 'pages') (name === 'pages' ? pages : terminals).push(...text.trimEnd().split('\n'))
    else if (name !== '') files.set(name, files.has(name) ? `${files.get(name) ?? ''}\n${text}` : text)
    else rest.push({ language, text })
  }
  const blocks = (language: string): string[] => rest.filter((one) => one.language === language).map(({ text }) => text)
  const installs = blocks('sh').flatMap((text) => text.split('\n')).filter((line) => line.startsWith('npm install '))
    .flatMap((line) => line.split(' ').slice(2)).filter((name) => !name.endsWith('.tgz'))
  const packages = installs.map((name) => name.replace(/(?<=.)@[\d.]+$/, ''))
  return { files, terminals, pages, installs, packages, blocks }
}

/** A folder as its reader has it after they installed and typed everything. Ports are others, so that tests can run side by side. */
export class GuideProject {
  readonly folder: string
  readonly #guide: Guide
  readonly #ports: ReadonlyMap<string, string>

  private constructor(folder: string, guide: Guide, ports: ReadonlyMap<string, string>) {
    this.folder = folder
    this.#guide = guide
    this.#ports = ports
    for (const [name, text] of guide.files) writeFileSync(join(folder, name), this.#here(text))
  }

  /**
   * @param ports those that the guide names, with what stands for each; free ones for those without
   * @param installed a folder in which npm has installed the packages; by default the checkout's own stand in for them
   */
  static async create(guide: Guide, ports: readonly number[] | ReadonlyMap<number, number>, installed?: string): Promise<GuideProject> {
    const folder = mkdtempSync(join(tmpdir(), 'otr4-guide-'))
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    if (installed !== undefined) symlinkSync(join(installed, 'node_modules'), join(folder, 'node_modules'))
    else {
      mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
      symlinkSync(root, join(folder, 'node_modules/otr4'))
      // npm makes the program executable when it installs the package.
      writeFileSync(join(folder, 'node_modules/.bin/otr4'), `#!/bin/sh\nexec node '${join(root, 'dist/cli/main.js')}' "$@"\n`, { mode: 0o755 })
      for (const name of guide.packages) {
        mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true })
        symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name))
      }
    }
    const free = new Map<string, string>()
    for (const [port, used] of ports instanceof Map ? ports : (ports as readonly number[]).map((one) => [one, undefined] as const)) {
      free.set(String(port), String(used ?? await freePort()))
    }
    return new GuideProject(folder, guide, free)
  }

  /** The port that stands for one of the guide's. */
  port(named: number): number {
    return Number(this.#ports.get(String(named)))
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }

  /**
   * Plays the terminals: starts what stands behind `$`, types what stands behind `>`, and waits that each terminal says next what stands behind
   * `|`, where `…` is any text. `^C` and `^D` end a program, `.` waits until it has
   * ended; behind it may stand with which code.
   *
   * @param env added to what every program is started with
   * @param meanwhile what is done before the programs that are left are ended
   */
  async play(env: Readonly<Record<string, string>> = {}, meanwhile?: () => Promise<void>): Promise<void> {
    const terminals = new Map<string, Terminal>()
    try {
      for (const line of this.#guide.terminals) {
        const [, name = '', sign = '', rest = ''] = /^(\w+) +(\$|>|\||\.|\^[CD]) ?(.*)$/.exec(line) ?? []
        if (name === '') throw new Error(`no line of a terminal: ${line}`)
        if (sign === '$') {
          terminals.get(name)?.nothingMore()
          terminals.set(name, new Terminal(name, this.#noted(rest, terminals).replace(/(^| )npx /, '$1'), this.folder, env, terminals.get(name)))
          continue
        }
        const terminal = terminals.get(name)
        if (terminal === undefined) throw new Error(`nothing was started in terminal ${name}: ${line}`)
        if (sign === '>') terminal.type(this.#noted(rest, terminals))
        else if (sign === '|') await terminal.sees(this.#noted(rest, terminals))
        else await terminal.end(sign, rest === '' ? 0 : Number(rest))
      }
      await meanwhile?.()
      for (const terminal of terminals.values()) terminal.nothingMore()
    } finally {
      for (const terminal of terminals.values()) terminal.kill()
    }
  }

  /** What an earlier program printed where the guide says `{NAME}` is meant by `NAME`. */
  #noted(line: string, terminals: ReadonlyMap<string, Terminal>): string {
    const noted = Object.assign({}, ...[...terminals.values()].map((terminal) => terminal.noted)) as Record<string, string>
    return this.#here(line).replace(/(?<!\{)\b[A-Z][A-Z_]{3,}\b(?![=}])/g, (word) => noted[word] ?? word)
  }

  #here(text: string): string {
    let here = text
    for (const [named, free] of this.#ports) here = here.replaceAll(named, free)
    return here
  }
}

const seconds = 30

/** A terminal of the guide: one program after the other. */
class Terminal {
  readonly #name: string
  readonly #child: ChildProcessWithoutNullStreams
  readonly #closed: Promise<unknown>
  #output = ''
  #read = 0
  readonly noted: Record<string, string>

  constructor(name: string, command: string, cwd: string, env: Readonly<Record<string, string>>, before: Terminal | undefined) {
    this.#name = name
    this.noted = { ...before?.noted }
    const path = `${join(cwd, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
    // The shell itself goes: what is ended is the program.
    this.#child = spawn('/bin/sh', ['-c', `exec env ${command}`], { cwd, env: { ...process.env, ...env, PATH: path, NO_COLOR: '1', FORCE_COLOR: '0' } })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => { this.#output += text })
    }
    this.#child.stdin.on('error', () => undefined)
    this.#closed = once(this.#child, 'close')
  }

  type(line: string): void {
    this.#child.stdin.write(`${line}\n`)
  }

  /** The next line is this one. What stands where it says `{NAME}` is noted for later commands. */
  async sees(line: string): Promise<void> {
    const names: string[] = []
    const pattern = line.split(/(…|\{[A-Z_]+\})/).map((part) => {
      if (part === '…') return '.*'
      const name = /^\{([A-Z_]+)\}$/.exec(part)?.[1]
      if (name === undefined) return part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
      names.push(name)
      return '(.+)'
    }).join('')
    const end = performance.now() + seconds * 1000
    for (;;) {
      const at = this.#output.indexOf('\n', this.#read)
      if (at >= 0) {
        const said = this.#output.slice(this.#read, at)
        const found = new RegExp(`^${pattern}$`).exec(said)
        if (found === null) throw new Error(`terminal ${this.#name} says\n  ${said}\nwhere the guide promises\n  ${line}\nAll of it:\n${this.#output}`)
        names.forEach((name, n) => { this.noted[name] = found[n + 1] ?? '' })
        this.#read = at + 1
        return
      }
      const over = this.#child.exitCode !== null
      if (over || performance.now() > end) throw new Error(`terminal ${this.#name} never says\n  ${line}\n${over ? 'It has ended. ' : ''}All of it:\n${this.#output}`)
      await new Promise((resolve) => { setTimeout(resolve, 10) })
    }
  }

  /** The end of its program, which a signal or the end of its input brings, or it comes by itself. */
  async end(sign: string, code: number): Promise<void> {
    const closed = this.#closed
    if (sign === '^C') this.#child.kill('SIGINT')
    else if (sign === '^D') this.#child.stdin.end()
    const timer = setTimeout(() => { this.kill() }, seconds * 1000)
    await closed
    clearTimeout(timer)
    if (sign !== '^C' && this.#child.exitCode !== code) throw new Error(`terminal ${this.#name} ended with ${this.#child.exitCode}: ${this.#output}`)
  }

  /** What it said and the guide does not show, once it has ended. */
  nothingMore(): void {
    const more = this.#output.slice(this.#read)
    if (this.#child.exitCode !== null && more !== '') throw new Error(`terminal ${this.#name} says what the guide does not show:\n${more}`)
  }

  kill(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL')
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
