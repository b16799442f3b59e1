/** Stores of a prekey server that outlive it. For Node; PGlite and PostgreSQL's driver are optional packages. */
import { MemoryPrekeyStore } from '../memory-store.js'
import type { PrekeyStore } from '../store.js'
import { openPglite } from './pglite.js'
import { openPostgres, type PostgresOptions } from './postgres.js'
import { SqlPrekeyStore } from './sql-store.js'

export { MemoryPrekeyStore }
export { schemaText } from './schema.js'
export type { PostgresOptions } from './postgres.js'
export type { PrekeyStore } from '../store.js'

/** An embedded database in a directory, which one process has open at a time; in memory without one. */
export async function openEmbeddedStore(directory?: string): Promise<PrekeyStore> {
  return opened(await openPglite(directory))
}

/** A PostgreSQL database; any number of processes may have it open. */
export async function openPostgresStore(url: string, options?: PostgresOptions): Promise<PrekeyStore> {
  return opened(await openPostgres(url, options))
}

async function opened(database: Parameters<typeof SqlPrekeyStore.open>[0]): Promise<PrekeyStore> {
  try {
    return await SqlPrekeyStore.open(database)
  } catch (error) {
    await database.close()
    throw error
  }
}
