import type { Pool, PoolClient, QueryResult } from 'pg'
import { storeError, type Database, type Parameter, type Runner } from './database.js'

/** How PostgreSQL is used. */
export interface PostgresOptions {
  /** Connections of this process; 10 by default. */
  readonly connections?: number
  /** Is told what went wrong with connections nobody was using. */
  readonly onError?: (error: Error) => void
}

/** Milliseconds. No statement of ours takes long; one that does waits for something that will not come. */
const statementMs = 10_000
const lockMs = 5_000
/** To connect, or to wait for one of the connections that there are: clients ask again after 30 seconds. */
const connectMs = 15_000

/**
 * Connects to PostgreSQL, or to what speaks its protocol and SQL. Any number of processes may.
 * @param url - `postgres://user:password@host:port/database`, with all that libpq's URLs take
 * @throws OtrError `OTR_PREKEY_STORE_MISSING`; `OTR_PREKEY_STORE` when nobody is there, or it would lose what it said to be stored
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
  // A connection that breaks while nobody uses it; without a listener it would end the process.
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

/** Without the URL, which has a password in it. */
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
      // One that breaks within the transaction also fails the statement under way.
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
    // Autovacuum does it.
    tidy: () => Promise.resolve(),
    close: () => closed ??= pool.end(),
  }
}
