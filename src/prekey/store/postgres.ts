import type { Pool, PoolClient, QueryResult } from 'pg'
import { storeError, type Database, type Parameter, type Runner } from './database.js'

/** The options of `openPostgresStore`. */
export interface PostgresOptions {
  /** The largest number of connections of this process. Default 10. */
  readonly connections?: number
  /** Called with the errors of idle connections. */
  readonly onError?: (error: Error) => void
}

/** In milliseconds. No statement of ours takes long; one that does waits for something that will not come. */
const statementMs = 10_000
const lockMs = 5_000
/** For connecting, or waiting for an idle connection. It is less than 30 seconds, after which clients ask again. */
const connectMs = 15_000

/**
 * Connects to PostgreSQL, or to a database with its protocol and SQL. Any number of processes may do so.
 * @param url - `postgres://user:password@host:port/database`, with everything that libpq allows in a URL
 * @throws OtrError `OTR_PREKEY_STORE_MISSING`; `OTR_PREKEY_STORE` if it cannot connect, or if the database could lose what it has confirmed
 */
export async function openPostgres(url: string, options: PostgresOptions = {}): Promise<Database> {
  const { default: pg } = await load()
  const pool = new pg.Pool({
    connectionString: url,
    max: options.connections ?? 10,
    application_name: 'otr4 prekey-server',
    connectionTimeoutMillis: connectMs,
    statement_timeout: statementMs,
    lock_timeout: lockMs,
    idle_in_transaction_session_timeout: statementMs,
    query_timeout: statementMs + lockMs,
    keepAlive: true,
  })
  // An idle connection may break; without a listener this event would end the process.
  pool.on('error', (error) => { options.onError?.(error) })
  try {
    const { rows } = await pool.query<Record<string, unknown>>('SHOW synchronous_commit')
    if (rows[0]?.['synchronous_commit'] === 'off') {
      throw storeError('', 'the database says "done" before it is on the disk (synchronous_commit = off): a prekey could be handed out twice; set it to on')
    }
  } catch (error) {
    await pool.end()
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('OTR_')) throw error
    throw storeError('', `no PostgreSQL there: ${reason(error)}`)
  }
  return wrap(pool)
}

async function load(): Promise<typeof import('pg')> {
  try {
    return await import('pg')
  } catch {
    throw storeError('_MISSING', 'a PostgreSQL store needs the package pg: npm install pg')
  }
}

/** The reason of a failure, without the URL, which contains a password. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return reason(error.errors[0])
  return error instanceof Error ? error.message : 'unknown'
}

function wrap(pool: Pool): Database {
  let closed: Promise<void> | undefined
  const runner = (client: Pool | PoolClient): Runner => ({
    run: async (name: string, text: string, parameters: readonly Parameter[] = []) => {
      const { rows }: QueryResult<Record<string, unknown>> = await client.query({ ...name !== '' && { name: `otr4-${name}` }, text, values: [...parameters] })
      return rows
    },
  })
  return {
    ...runner(pool),
    transaction: async (work) => {
      const client = await pool.connect()
      let broken: Error | undefined
      // If the connection breaks within the transaction, the statement under way fails, too.
      const onError = (error: Error): void => { broken = error }
      client.on('error', onError)
      try {
        await client.query('BEGIN')
        const result = await work(runner(client))
        await client.query('COMMIT')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch((failed: unknown) => { broken = failed instanceof Error ? failed : new Error('rollback') })
        throw error
      } finally {
        client.off('error', onError)
        client.release(broken)
      }
    },
    // PostgreSQL's autovacuum does this.
    tidy: () => Promise.resolve(),
    close: () => closed ??= pool.end(),
  }
}
