/** What the SQL store needs of a database: a few statements, and several of them as one. PGlite and PostgreSQL are behind it. */
import { OtrError } from '../../errors.js'

/** What may stand for `$1`, `$2` ... Numbers are integers. */
export type Parameter = string | number | Uint8Array | readonly number[] | readonly Uint8Array[]

/** A row by its columns' names. Integers come as numbers, bytes as `Uint8Array`; ask for them with `integer` and `bytes`. */
export type Row = Readonly<Record<string, unknown>>

/** Where a statement can be run: a connection of its own, or a transaction. */
export interface Runner {
  /** `name`: the statement's own, the same for the same text always; PostgreSQL plans it once a connection. */
  run(name: string, text: string, parameters?: readonly Parameter[]): Promise<readonly Row[]>
}

/** A database. Every `run` outside a transaction is one by itself: what it says is durable when its promise resolves. */
export interface Database extends Runner {
  /** Runs several statements as one: all of what they did, or nothing when `work` rejects. */
  transaction<Result>(work: (runner: Runner) => Promise<Result>): Promise<Result>
  /** Gives the room of deleted rows back where nobody else does. Cheap when there is little to do. */
  tidy(): Promise<void>
  close(): Promise<void>
}

/** What went wrong, for people: `OTR_PREKEY_STORE`, or with a suffix: `_MISSING` (the package is not installed), `_NEWER`, `_BUSY`, `_CLOSED`. */
export function storeError(suffix: '' | '_MISSING' | '_NEWER' | '_BUSY' | '_CLOSED', message: string): OtrError {
  return new OtrError(`OTR_PREKEY_STORE${suffix}`, message)
}

/** PostgreSQL's code of an error (`42P01`, ...), or undefined when it was none of its errors. */
export function sqlState(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** An integer column. */
export function integer(row: Row | undefined, column: string): number {
  const value = Number(row?.[column])
  if (!Number.isSafeInteger(value)) throw storeError('', `the database gave no integer for ${column}`)
  return value
}

/** A column of bytes: a copy of its own, whatever buffer the driver had it in. */
export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column]
  if (!(value instanceof Uint8Array)) throw storeError('', `the database gave no bytes for ${column}`)
  return new Uint8Array(value)
}
