import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inCI, projectRoot } from './peers.js'

/** What a program left behind. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

const readme = readFileSync(`${projectRoot}README.md`, 'utf8')

/** README.md's first example, and what it says that it prints. */
export function firstExample(): { readonly code: string, readonly prints: string } {
  const [code, prints] = [/```js\n([\s\S]*?)```/.exec(readme)?.[1], /It prints `([^`]+)`/.exec(readme)?.[1]]
  if (code === undefined || prints === undefined) throw new Error('README.md has no example, or does not say what it prints')
  return { code, prints: `${prints}\n` }
}

/** What README.md says in its table of entrances is to be installed for one of them. */
export function installsFor(entrance: string): readonly string[] {
  const row = readme.split('\n').find((line) => line.startsWith(`| \`${entrance}\` |`))
  if (row === undefined) throw new Error(`README.md has no row for ${entrance}`)
  return Array.from((row.split('|')[3] ?? '').matchAll(/`([^`]+)`/g), ([, name]) => name ?? '')
}

/** A project that somebody begins today: an empty folder, and in it what they install. */
export class FreshProject {
  readonly folder: string

  private constructor(folder: string) {
    this.folder = folder
  }

  /**
   * With the package as it would be published, and others beside it.
   * @returns `undefined` without a registry, which the person was told; under CI that fails
   */
  static async create(packages: readonly string[]): Promise<FreshProject | undefined> {
    const project = new FreshProject(mkdtempSync(join(tmpdir(), 'otr4-project-')))
    try {
      const { folder } = project
      const tarball = await (packed ??= pack())
      project.write('package.json', '{ "private": true, "type": "module" }')
      const installed = await run('npm', ['install', '--no-audit', '--no-fund', tarball, ...packages], folder)
      if (installed.status === 0) {
        // Nobody is asked whether something of ours may run.
        if (/otr4@|msgpackr/.test(installed.stderr)) throw new Error(`npm install warned: ${installed.stderr}`)
        return project
      }
      if (inCI || !/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|E404/.test(installed.stderr)) throw new Error(`npm install: ${installed.stderr}`)
      process.stderr.write(`      no registry answers, where ${packages.join(', ')} would come from\n`)
      project.remove()
      return undefined
    } catch (error) {
      project.remove()
      throw error
    }
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text)
  }

  /** A file of the tests. */
  copy(from: string, name: string): void {
    cpSync(join(projectRoot, from), join(this.folder, name))
  }

  run(command: string, args: readonly string[]): Promise<Ended> {
    return run(command, args, this.folder)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

let packed: Promise<string> | undefined

/** What would be published, made anew once a process. */
async function pack(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'otr4-packed-'))
  process.once('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  const { status, stdout, stderr } = await run('npm', ['pack', '--json', '--pack-destination', folder, '--foreground-scripts=false'], projectRoot)
  if (status !== 0) throw new Error(`npm pack: ${stderr}`)
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }]
  return join(folder, filename)
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, encoding: 'utf8', timeout: 240_000, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ status, stdout, stderr: status === null ? `${stderr}${error?.message ?? ''}` : stderr })
    })
  })
}
