import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { context, type BuildContext, type Plugin } from 'esbuild'
import type { Peer as PeerClass } from '../../src/cli/peer/peer.js'
import { LocalPeer } from '../../src/conformance/local-peer.js'
import type { PeerSource } from '../../src/conformance/run.js'
import type { Edit } from '../model/faults.js'
import type { Mutant } from './mutants.js'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** What `otr4 peer` answers lines with. */
const entry = "export { Peer } from './src/cli/peer/peer.js'"

/** Bundles `otr4 peer` again and again, each time with other edits of its sources. What no edit touches is read once. */
export class MutantBuilder {
  readonly #folder: string
  readonly #context: BuildContext
  readonly #edits: { current: readonly Edit[] }

  private constructor(folder: string, building: BuildContext, edits: { current: readonly Edit[] }) {
    this.#folder = folder
    this.#context = building
    this.#edits = edits
  }

  /** `folder`: for the programs; it should be empty, and the caller removes it. */
  static async open(folder: string): Promise<MutantBuilder> {
    // The program looks for package.json two folders above itself.
    await mkdir(join(folder, 'dist/cli'), { recursive: true })
    await copyFile(join(root, 'package.json'), join(folder, 'package.json'))
    const edits: { current: readonly Edit[] } = { current: [] }
    const building = await context({
      stdin: { contents: entry, resolveDir: root, loader: 'ts' },
      absWorkingDir: root, write: false, bundle: true, platform: 'node', format: 'esm', target: 'node20', logLevel: 'silent',
      // Of the store of a prekey server, which no scenario uses.
      external: ['@electric-sql/pglite', '@electric-sql/pglite/*', 'pg'],
      banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
      plugins: [editing(edits)],
    })
    return new MutantBuilder(folder, building, edits)
  }

  /** Resolves to a peer in this process. Without a mutant: as it is. @throws where the text of an edit does not stand exactly once */
  async build(mutant?: Mutant): Promise<PeerSource> {
    this.#edits.current = mutant?.edits ?? []
    const { outputFiles } = await this.#context.rebuild()
    const name = mutant?.id ?? 'unbroken'
    const file = join(this.#folder, 'dist/cli', `${name}.mjs`)
    await writeFile(file, outputFiles?.[0]?.contents ?? '')
    const { Peer } = await import(pathToFileURL(file).href) as { readonly Peer: typeof PeerClass }
    return peerSource(name, Peer)
  }

  close(): Promise<void> {
    return this.#context.dispose()
  }
}

/** A peer of that class, in this process. */
export function peerSource(name: string, Peer: typeof PeerClass): PeerSource {
  return {
    name,
    open: () => {
      const peer = new Peer({ log: () => undefined })
      return new LocalPeer(name, async (line) => (await peer.answer(line)).line, () => peer.close())
    },
  }
}

/** Reads the sources that have an edit, and puts it in. */
function editing(edits: { readonly current: readonly Edit[] }): Plugin {
  return {
    name: 'mutant',
    setup(build) {
      build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
        const file = relative(root, path).replaceAll('\\', '/')
        const wanted = edits.current.filter((edit) => edit.file === file)
        if (wanted.length === 0) return undefined
        return { contents: applyEdits(await readFile(path, 'utf8'), wanted), loader: 'ts' }
      })
    },
  }
}

/** The source with every edit. @throws Error where the text of one does not stand there exactly once */
export function applyEdits(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, find, replace }) => {
    const times = text.split(find).length - 1
    if (times !== 1) throw new Error(`${file}: what a mutant is to replace stands there ${times} times: ${find}`)
    return text.replace(find, () => replace)
  }, source)
}
