import { join } from 'node:path'
import { MemoryPrekeyStore, openEmbeddedStore, openPostgresStore, type PrekeyStore } from '../../prekey/store/index.js'
import { UsageError } from '../command.js'
import { makePrivateFolder } from '../files.js'
import type { Log } from './log.js'

/** The store that the command line asks for. */
export interface StoreChoice {
  readonly store: string | undefined
  readonly memory: boolean
  readonly key: string | undefined
}

/** The store, and where the server's key is. */
export interface OpenedStore {
  readonly store: PrekeyStore
  readonly keyFile: string
  /** For people; without a password. */
  readonly where: string
}

const isUrl = (text: string): boolean => /^postgres(?:ql)?:\/\//.test(text)

/** Opens the store. Throws `UsageError` if the options make no sense. */
export async function openStore({ store, memory, key }: StoreChoice, log: Log): Promise<OpenedStore> {
  if (memory) {
    if (store !== undefined) throw new UsageError('--memory or --store, not both')
    if (key === undefined) throw new UsageError('--memory wants --key FILE: the key has to outlive the store, or clients will not know the server again')
    return { store: told(new MemoryPrekeyStore(), log), keyFile: key, where: 'memory' }
  }
  if (store === undefined) throw new UsageError('--store DIR or --store postgres://... is missing (--memory, for trying, forgets everything)')
  if (isUrl(store)) {
    if (key === undefined) throw new UsageError('with PostgreSQL say --key FILE: every process of this server needs the same key')
    const onError = (error: Error): void => { log('warn', 'database-connection', { detail: codeOf(error) }) }
    return { store: told(await openPostgresStore(store, { onError }), log), keyFile: key, where: `PostgreSQL at ${hostOf(store)}` }
  }
  makePrivateFolder(store)
  return { store: told(await openEmbeddedStore(join(store, 'prekeys')), log), keyFile: key ?? join(store, 'prekey-server.key'), where: store }
}

/** Says in the log why the store failed: the server only counts it. */
function told(store: PrekeyStore, log: Log): PrekeyStore {
  const tell = async <Result>(call: string, work: Promise<Result>): Promise<Result> => {
    try {
      return await work
    } catch (error) {
      log('error', 'store', { detail: codeOf(error), call })
      throw error
    }
  }
  return {
    publish: (record, limits, now) => tell('publish', store.publish(record, limits, now)),
    count: (identity, tag, fingerprint, now) => tell('count', store.count(identity, tag, fingerprint, now)),
    take: (identity, versions, now) => tell('take', store.take(identity, versions, now)),
    expire: (now) => tell('expire', store.expire(now)),
    close: () => store.close(),
  }
}

/** The error's code or name: its message may quote stored data. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host || 'this machine' : 'the address given'
}
