/** A PostgreSQL server of the test's own: in a folder of its own, on a port of the loopback, ended with the test. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { freePort, listening, Program, until, type Workplace } from '../live/lib/programs.js'
import { skipWithout } from './missing.js'

const root = '/usr/lib/postgresql'

/** Where Debian keeps the newest version's programs, or undefined. */
function programs(): string | undefined {
  const versions = existsSync(root) ? readdirSync(root).filter((name) => /^\d+$/.test(name)) : []
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined || !existsSync(`${root}/${newest}/bin/initdb`) ? undefined : `${root}/${newest}/bin`
}

/** Skips a suite when there is no PostgreSQL; in CI it fails instead. */
export function needsPostgres(context: Mocha.Context): void {
  if (programs() !== undefined) return
  skipWithout(context, 'not installed: PostgreSQL; install with: bash test/interop/install.sh packages (Debian, as root)')
}

/** A running server. */
export class PostgresServer {
  readonly #program: Program
  readonly #port: number

  private constructor(program: Program, port: number) {
    this.#program = program
    this.#port = port
  }

  static async start(workplace: Workplace): Promise<PostgresServer> {
    const bin = programs()
    if (bin === undefined) throw new Error('no PostgreSQL')
    const data = workplace.path('postgres')
    mkdirSync(data)
    // It refuses to run as root, and its user must be able to reach its folder.
    const asUser = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
    if (asUser.length > 0) {
      const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
      chmodSync(workplace.folder, 0o755)
      chownSync(data, id('-u'), id('-g'))
    }
    const [command, ...args] = [...asUser, `${bin}/initdb`, '-D', data, '-U', 'otr4', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']
    const made = spawnSync(command, args, { cwd: '/', encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
    const port = await freePort()
    const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${data}`, 'max_connections=200', 'shared_buffers=64MB']
    const program = workplace.start('postgres', [...asUser, `${bin}/postgres`, '-D', data, ...settings.flatMap((setting) => ['-c', setting])])
    await listening(program, port, 30)
    return new PostgresServer(program, port)
  }

  get running(): boolean {
    return !this.#program.gone
  }

  /** A database that nobody has used yet. */
  async database(name: string): Promise<string> {
    const { default: pg } = await import('pg')
    // It listens before it is ready.
    const client = await until(async () => {
      const one = new pg.Client(this.#url('postgres'))
      return one.connect().then(() => one, () => undefined)
    }, 60, () => `PostgreSQL does not answer: ${this.#program.output}`)
    await client.query(`CREATE DATABASE ${name}`)
    await client.end()
    return this.#url(name)
  }

  #url(name: string): string {
    return `postgres://otr4@127.0.0.1:${this.#port}/${name}`
  }
}
