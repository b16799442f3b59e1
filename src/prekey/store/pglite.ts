import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { hexEncode } from '../../wire/index.js'
import { storeError, type Database, type Parameter, type Row, type Runner } from './database.js'
import { lockDirectory } from './directory-lock.js'

/** The parts of PGlite's file system that we need and that its types do not declare. */
interface PgliteModule {
  readonly NODEFS: {
    readonly stream_ops: { fsync?: (stream: { readonly nfd?: number, readonly node: unknown }) => number }
    readonly realPath: (node: unknown) => string
  }
}

/** The number of deleted rows after which their space is freed. */
const tidyAfter = 5000

/**
 * Opens PGlite (PostgreSQL in WebAssembly) in a directory, which is created if necessary; without a directory, in memory, for trials. The
 * directory is locked, because only one process at a time may use it.
 *
 * By default PGlite never flushes to the disk: what it has confirmed would survive the end of the process, but not a loss of power.
 * Here each transaction is flushed to the disk before its promise resolves.
 * @throws OtrError `OTR_PREKEY_STORE_MISSING`, `OTR_PREKEY_STORE_BUSY`, `OTR_PREKEY_STORE`
 */
export async function openPglite(directory?: string): Promise<Database> {
  const { PGlite } = await load()
  if (directory === undefined) return wrap(await PGlite.create(), () => undefined)
  makeFolder(directory)
  const unlock = lockDirectory(directory)
  try {
    const params = [...PGlite.defaultStartParams.filter((param) => param !== '-F'), '-c', 'fsync=on', '-c', 'wal_sync_method=fsync']
    return wrap(await PGlite.create({ fs: await durableFiles(join(directory, 'pglite')), startParams: params }), unlock)
  } catch (error) {
    unlock()
    throw storeError('', `${directory} cannot be opened as a store: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

async function load(): Promise<typeof import('@electric-sql/pglite')> {
  try {
    return await import('@electric-sql/pglite')
  } catch {
    throw storeError('_MISSING', 'the embedded store needs the package @electric-sql/pglite: npm install @electric-sql/pglite')
  }
}

/** PGlite's file system for Node, with the one operation that it lacks: flushing to the disk. */
async function durableFiles(directory: string): Promise<InstanceType<typeof import('@electric-sql/pglite/nodefs').NodeFS>> {
  const { NodeFS } = await import('@electric-sql/pglite/nodefs')
  class DurableFiles extends NodeFS {
    override async init(...args: Parameters<InstanceType<typeof NodeFS>['init']>): ReturnType<InstanceType<typeof NodeFS>['init']> {
      const { emscriptenOpts } = await super.init(...args)
      const addSync = (module: unknown): void => {
        const { NODEFS } = module as PgliteModule
        NODEFS.stream_ops.fsync = ({ nfd, node }) => {
          // Files have a descriptor; directories do not.
          if (nfd !== undefined) fdatasyncSync(nfd)
          else syncFolder(NODEFS.realPath(node))
          return 0
        }
      }
      const before = emscriptenOpts.preRun ?? []
      return { emscriptenOpts: { ...emscriptenOpts, preRun: [...Array.isArray(before) ? before : [before], addSync] } }
    }
  }
  return new DurableFiles(directory)
}

function syncFolder(path: string): void {
  // Windows cannot flush a directory.
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storeError('', `${path} cannot be made a folder: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`)
  }
}

/** The methods that a PGlite database and its transactions have in common. */
interface Queries {
  query(text: string, parameters?: unknown[]): Promise<{ rows: unknown[] }>
  exec(text: string): Promise<{ rows: unknown[] }[]>
}

function wrap(pglite: Queries & { transaction<R>(work: (tx: Queries) => Promise<R>): Promise<R>, close(): Promise<void> }, unlock: () => void): Database {
  let deleted = 0
  let closed = false
  /** The names of the prepared statements. */
  const prepared = new Map<string, string>()
  let preparations = 0
  // PGlite's `query` takes five protocol steps and plans the statement anew each time. A prepared statement takes one step and keeps its plan.
  const rowsOf = async (queries: Queries, name: string, text: string, parameters: readonly Parameter[]): Promise<unknown[]> => {
    if (name === '') return (await queries.query(text, [...parameters])).rows
    let known = prepared.get(name)
    if (known === undefined) {
      // The name is new each time: two callers that need a statement for the first time at once would both prepare it. Neither may wait for
      // the other, because the other may be a transaction that everybody must wait for.
      known = `"otr4-${name}-${preparations++}"`
      await queries.exec(`PREPARE ${known} AS ${text}`)
      prepared.set(name, known)
    }
    const [result] = await queries.exec(`EXECUTE ${known} (${parameters.map(literal).join(', ')})`)
    return result?.rows ?? []
  }
  const runner = (queries: Queries): Runner => ({
    run: async (name: string, text: string, parameters: readonly Parameter[] = []) => {
      if (closed) throw storeError('_CLOSED', 'the store is closed')
      const rows = await rowsOf(queries, name, text, parameters)
      if (text.includes('DELETE')) deleted += rows.length
      return rows as Row[]
    },
  })
  return {
    ...runner(pglite),
    transaction: async (work) => {
      if (closed) throw storeError('_CLOSED', 'the store is closed')
      return pglite.transaction((tx) => work(runner(tx)))
    },
    // PGlite has no background processes: without this the files would grow for ever, and a start after a crash would take long.
    tidy: async () => {
      if (deleted < tidyAfter || closed) return
      deleted = 0
      await pglite.query('VACUUM')
      await pglite.query('CHECKPOINT')
    },
    close: async () => {
      if (closed) return
      closed = true
      await pglite.close()
      unlock()
    },
  }
}

/** Writes a parameter as an SQL literal. Text is written as its bytes, so the result has only digits, letters and fixed punctuation. */
function literal(parameter: Parameter): string {
  if (typeof parameter === 'number') return `${integerText(parameter)}::bigint`
  if (typeof parameter === 'string') return `convert_from(${bytesText(new TextEncoder().encode(parameter))}, 'UTF8')`
  if (parameter instanceof Uint8Array) return bytesText(parameter)
  if (isNumbers(parameter)) return `ARRAY[${parameter.map(integerText).join(', ')}]::bigint[]`
  return `ARRAY[${parameter.map(bytesText).join(', ')}]::bytea[]`
}

function isNumbers(list: readonly number[] | readonly Uint8Array[]): list is readonly number[] {
  return list.every((one) => typeof one === 'number')
}

function integerText(value: number): string {
  if (!Number.isSafeInteger(value)) throw storeError('', 'a parameter is no integer')
  return value.toString()
}

function bytesText(value: Uint8Array): string {
  return `'\\x${hexEncode(value)}'::bytea`
}
