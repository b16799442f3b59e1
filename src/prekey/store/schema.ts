import { integer, sqlState, storeError, type Database } from './database.js'

/**
 * The schema: one list of statements for each version. Running the lists 1 to n gives version n. Never change a list that was released:
 * add another.
 *
 * The identity is the first column of every key, and no row refers to a row of another identity. So any database that partitions tables
 * by the first column of the key can distribute them. Only the statement that finds expired rows looks at more than one identity.
 * Identities are bytes (UTF-8): they compare by bytes on every database, without a collation, and may contain whatever a network allows.
 */
export const migrations: readonly (readonly string[])[] = [
  [
    // A row for each publisher. Its lock makes the publications of one identity run one after another.
    `CREATE TABLE otr4_prekey_owner (
       identity bytea NOT NULL,
       published bigint NOT NULL,
       PRIMARY KEY (identity)
     )`,
    // A row for each device. Times are seconds since 1970-01-01 UTC. `ends` is not later than the first expiry among its profiles and prekey
    // messages. Without a Prekey Profile the bytes are empty and the time is 0.
    `CREATE TABLE otr4_prekey_instance (
       identity bytea NOT NULL,
       instance_tag bigint NOT NULL,
       fingerprint bytea NOT NULL,
       versions text NOT NULL,
       client_profile bytea NOT NULL,
       client_expires bigint NOT NULL,
       prekey_profile bytea NOT NULL,
       prekey_expires bigint NOT NULL,
       ends bigint NOT NULL,
       PRIMARY KEY (identity, instance_tag)
     )`,
    'CREATE INDEX otr4_prekey_instance_ends ON otr4_prekey_instance (ends)',
    // `position` keeps the order of publication. No identifier occurs twice: `publish` checks that under the owner's lock, so one index suffices.
    `CREATE TABLE otr4_prekey_message (
       identity bytea NOT NULL,
       instance_tag bigint NOT NULL,
       position bigint NOT NULL,
       identifier bigint NOT NULL,
       ends bigint NOT NULL,
       message bytea NOT NULL,
       PRIMARY KEY (identity, instance_tag, position)
     )`,
  ],
]

/** The whole schema as SQL, for operators who want to create it themselves. */
export function schemaText(): string {
  return [...migrations.flat(), versionTable, `INSERT INTO otr4_prekey_schema (version) VALUES (${migrations.length})`]
    .map((statement) => `${statement.replace(/^ {5}/gm, '')};\n`).join('\n')
}

const versionTable = 'CREATE TABLE otr4_prekey_schema (version integer NOT NULL, PRIMARY KEY (version))'

/** Two processes that find an empty database both create the tables. These error codes mean that another process was faster. */
const raced = ['23505', '42P07', '42710', '40001', '40P01', '23503']

/**
 * Brings the tables to this program's version. A database that has this version is not touched, so that the server's role needs no
 * right to change tables.
 * @throws OtrError `OTR_PREKEY_STORE_NEWER` if a newer program made the tables: run that program
 */
export async function migrate(database: Database): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const version = await versionOf(database)
    if (version > migrations.length) {
      throw storeError('_NEWER', `the store has version ${version}, and this program knows none above ${migrations.length}: use the newer program`)
    }
    if (version === migrations.length) return
    try {
      await database.transaction(async (runner) => {
        if (version === 0) await runner.run('', versionTable)
        for (const statement of migrations.slice(version).flat()) await runner.run('', statement)
        // The primary key makes the second of two processes fail here at the latest.
        for (let reached = version + 1; reached <= migrations.length; reached++) {
          await runner.run('', 'INSERT INTO otr4_prekey_schema (version) VALUES ($1)', [reached])
        }
      })
    } catch (error) {
      if (attempt >= 5 || !raced.includes(sqlState(error) ?? '')) throw error
    }
  }
}

async function versionOf(database: Database): Promise<number> {
  try {
    const [row] = await database.run('', 'SELECT coalesce(max(version), 0) AS version FROM otr4_prekey_schema')
    return integer(row, 'version')
  } catch (error) {
    if (sqlState(error) === '42P01') return 0
    throw error
  }
}
