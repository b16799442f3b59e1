/** What the SQL store needs from a database: single statements, and transactions. PGlite and PostgreSQL implement it. */
import { OtrError } from '../../errors.js'
import { copyPublic } from '../../wire/public-bytes.js'

/** A value for `$1`, `$2` ... Numbers are integers. */
export type Parameter = string | number | Uint8Array | readonly number[] | readonly Uint8Array[]

/** A row, by column name. Read integers with `integer` and bytes with `bytes`. */
export type Row = Readonly<Record<string, unknown>>

/** Runs statements: on any connection, or within a transaction. */
export interface Runner {
  /** `name` identifies the statement: always the same name for the same text, so that PostgreSQL plans it once for each connection. */
  run(name: string, text: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>
}

/** A database. A `run` outside a transaction is a transaction by itself: its changes are durable when its promise resolves. */
export interface Database extends Runner {
  /** Runs several statements in one transaction: all of them take effect, or none if `work` rejects. */
  transaction<Result>(work: (runner: Runner) => Promise<Result>): Promise<Result>
  /** Frees the space of deleted rows if the database does not do that by itself. Cheap if there is little to do. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/**
 * Makes an error with a message for people. Its code is `OTR_PREKEY_STORE`, or that with a suffix: `_MISSING` (the package is not
 * installed), `_NEWER`, `_BUSY`, `_CLOSED`.
 */
export function storeError(suffix: '' | '_MISSING' | '_NEWER' | '_BUSY' | '_CLOSED', message: string): OtrError {
  return new OtrError(`OTR_PREKEY_STORE${suffix}`, message)
}

/** PostgreSQL's code of an error (`42P01`, ...); `undefined` if the error is not PostgreSQL's. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Reads an integer column. */
export function integer(row: Row | undefined, column: string): number {
  const value = Number(row?.[column])
  if (!Number.isSafeInteger(value)) throw storeError('', `the database gave no integer for ${column}`)
  return value
}

/** Reads a column of bytes. The result is a copy and does not share the driver's buffer. */
export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw storeError('', `the database gave no bytes for ${column}`)
  return copyPublic(value)
}
