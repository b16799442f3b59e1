/** `otr4 prekey-server` as a process that starts quickly: its sources in a few files. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { projectRoot } from './peers.js'

let program: Promise<string> | undefined

/** The program's file. Packages are found from where it is. */
function bundled(): Promise<string> {
  program ??= (async () => {
    const folder = mkdtempSync(join(projectRoot, 'node_modules/.otr4-prekey-'))
    process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })
    await build({
      entryPoints: [join(projectRoot, 'src/cli/main.ts')], outdir: folder, outExtension: { '.js': '.mjs' },
      bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20', packages: 'external', logLevel: 'error',
    })
    return join(folder, 'main.mjs')
  })()
  return program
}

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A server with plain frames. */
export class PrekeyProcess {
  readonly identity: string
  readonly fingerprint: string
  readonly port: number
  readonly #child: ChildProcess

  /** What it logged last. */
  readonly log: () => string

  private constructor(child: ChildProcess, log: () => string, { identity, fingerprint, tcp }: { identity: string, fingerprint: string, tcp: string }) {
    this.#child = child
    this.log = log
    this.identity = identity
    this.fingerprint = fingerprint
    this.port = Number(tcp.split(':').at(-1))
  }

  static async start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<PrekeyProcess> {
    const child = spawn(process.execPath, [await bundled(), 'prekey-server', '--json', '--tcp', '127.0.0.1:0', ...args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
    running.add(child)
    child.once('exit', () => running.delete(child))
    let log = ''
    child.stderr.setEncoding('utf8')
    child.stderr.on('data', (text: string) => { log = (log + text).slice(-4000) })
    const recent = (): string => log
    const line = await Promise.race([
      once(child.stdout, 'data').then(([data]) => String(data)),
      once(child, 'close').then(() => { throw new Error(`the prekey server ended: ${log}`) }),
    ])
    return new PrekeyProcess(child, recent, JSON.parse(line) as { identity: string, fingerprint: string, tcp: string })
  }

  /** Ends it, by default as if by a fall of the axe. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}

/** Limits that no test reaches: what is tested is the store. */
export const generous = [
  '--limits', ['dakes', 'fetchesByRequester', 'fetchesOfOwnerByRequester', 'fetchesOfOwner'].map((rate) => `${rate}=1000000/1000000`)
    .concat('prekeysPerIdentity=1000000', 'concurrent=20000').join(','),
]
