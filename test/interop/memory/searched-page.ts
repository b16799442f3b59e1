import { build } from 'esbuild'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { chromium, type BrowserContext } from 'playwright-core'
import { findChromium } from '../../../scripts/chromium.mjs'
import { projectRoot } from '../lib/peers.js'
import { Searched } from './searched.js'

/** As `way-out-of-page.mjs` has it. */
const MASK = 0xa5
/** The packages that `dist/` imports in a page, and where they are. `browser-level` is made a module first. */
const imports = {
  ...Object.fromEntries(['@noble/ciphers/', '@noble/curves/', '@noble/hashes/', '@scure/bip39/'].map((name) => [name, `/node_modules/${name}`])),
  'browser-level': '/package/browser-level',
}

/** A program in a page of Chromium, whose processes are all searched: what a renderer sends to another process is copied there. */
export class SearchedPage extends Searched {
  readonly #server: Server
  #context: BrowserContext | undefined
  #pids: readonly number[] = []
  readonly #reached = new Map<string, { readonly answer: ServerResponse }>()
  #current: ServerResponse | undefined
  #look = (): void => undefined
  #fail: (error: Error) => void = () => undefined
  readonly #failed: Promise<never>

  private constructor() {
    super(mkdtempSync(join(tmpdir(), 'otr4-memory-')))
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        response.statusCode = 500
        response.end()
        this.#fail(error instanceof Error ? error : new Error(String(error)))
      })
    })
    this.#failed = new Promise((_, no) => { this.#fail = no })
    this.#failed.catch(() => undefined)
  }

  static async start(script: string, version: number, options: readonly string[] = []): Promise<SearchedPage> {
    const page = new SearchedPage()
    await page.#start(script, version, options)
    return page
  }

  async #start(script: string, version: number, options: readonly string[]): Promise<void> {
    await new Promise<void>((go) => { this.#server.listen(0, 'localhost', go) })
    const executablePath = findChromium()
    if (executablePath === undefined) throw new Error('there is no Chromium')
    // A profile on the disk: in a window without one, IndexedDB is in memory.
    this.#context = await chromium.launchPersistentContext(join(this.folder, 'profile'), {
      executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', `--js-flags=${['--expose-gc', ...options].join(' ')}`],
    })
    const tab = await this.#context.newPage()
    tab.on('pageerror', (error) => { this.#fail(error) })
    tab.on('console', (message) => { if (message.type() === 'error') this.#fail(new Error(message.text())) })
    await tab.goto(`http://localhost:${(this.#server.address() as AddressInfo).port}/run/${script}?version=${version}`)
    const session = await this.#context.browser()!.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    this.#pids = processInfo.map(({ id }) => id)
    await session.detach()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const [, first = '', name = ''] = pathname.split('/')
    if (request.method === 'POST') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const body = Buffer.concat(chunks)
      if (first === 'look') {
        this.#reached.set(decodeURIComponent(name), { answer: response })
        this.#look()
        return
      }
      writeFileSync(join(this.folder, name), name.endsWith('.json') ? body : body.map((byte) => byte ^ MASK))
      response.end()
      return
    }
    if (first === 'run') {
      response.setHeader('content-type', 'text/html')
      response.end(`<!doctype html><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script><script type="module" src="/program/${name}.mjs"></script>`)
      return
    }
    response.setHeader('content-type', 'text/javascript')
    response.end(await module(first, pathname, name))
  }

  async at(moment: string): Promise<void> {
    const reached = new Promise<void>((go) => {
      this.#look = () => { if (this.#reached.has(moment)) go() }
      this.#look()
    })
    await Promise.race([reached, this.#failed])
    this.#current = this.#reached.get(moment)?.answer
  }

  /**
   * Which records stand in the files of IndexedDB, of those that were put there: the newest under each key, and those that were replaced. All are sealed. The engine may
   * cut a value in two, so one piece of a value is enough.
   */
  recordsOnDisk(): Readonly<Record<'newest' | 'replaced', readonly [found: number, of: number]>> {
    const puts = JSON.parse(readFileSync(join(this.folder, 'puts.json'), 'utf8')) as readonly (readonly [string, string])[]
    const last = new Map(puts.map(([key], at) => [key, at]))
    const folder = join(this.folder, 'profile/Default/IndexedDB')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFileSync(join(parentPath, name)))
    const stands = ([, value]: readonly [string, string]): boolean => {
      const bytes = Buffer.from(value, 'base64')
      return [8, bytes.length >> 1, bytes.length - 32].some((at) => files.some((file) => file.includes(bytes.subarray(at, at + 24))))
    }
    const count = (some: typeof puts): readonly [number, number] => [some.filter(stands).length, some.length]
    return { newest: count(puts.filter(([key], at) => last.get(key) === at)), replaced: count(puts.filter(([key], at) => last.get(key) !== at)) }
  }

  goOn(): void {
    this.#current?.end()
  }

  override async end(): Promise<void> {
    await this.#context?.close()
    this.#server.close()
    void super.end()
  }

  protected pids(): readonly number[] {
    return this.#pids
  }
}

/** The text of a module: of the package, of a program, or of what the package imports. */
async function module(kind: string, pathname: string, name: string): Promise<string | Buffer> {
  if (kind === 'package') {
    const { outputFiles: [bundle] } = await build({ stdin: { contents: `export { BrowserLevel } from '${name}'`, resolveDir: projectRoot }, bundle: true, format: 'esm', platform: 'browser', write: false, logLevel: 'silent' })
    return bundle?.text ?? ''
  }
  const path = normalize(pathname)
  if (!['.js', '.mjs'].includes(extname(path))) throw new Error(`the page asked for ${path}`)
  if (kind === 'program') return readFileSync(join(import.meta.dirname, name === 'way-out.mjs' ? 'way-out-of-page.mjs' : name))
  return readFileSync(join(projectRoot, path))
}
