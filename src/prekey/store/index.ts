/** Durable stores for a prekey server, for Node. PGlite and PostgreSQL's driver are optional packages. */
import { MemoryPrekeyStore } from '../memory-store.js'
import type { PrekeyStore } from '../store.js'
import { openPglite } from './pglite.js'
import { openPostgres, type PostgresOptions } from './postgres.js'
import { SqlPrekeyStore } from './sql-store.js'

export { MemoryPrekeyStore }
export { schemaText } from './schema.js'
export type { PostgresOptions } from './postgres.js'
export type { PrekeyStore } from '../store.js'

/** Opens an embedded database in a directory, which only one process may have open at a time; without a directory, in memory. */
export async function openEmbeddedStore(directory?: string): Promise<PrekeyStore> {
  return opened(await openPglite(directory))
}

/** Opens a PostgreSQL database, which any number of processes may have open. */
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
