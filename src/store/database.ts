import { utf8Encode } from './bytes.js'
import { copyPublic } from '../wire/public-bytes.js'

/** One change in a batch. */
export type Operation =
  | { readonly type: 'put', readonly key: Uint8Array, readonly value: Uint8Array }
  | { readonly type: 'del', readonly key: Uint8Array }

/** Keys and values are bytes, whatever the database was made for. */
export interface Encodings {
  /** Keys are given and returned as `Uint8Array`. */
  keyEncoding: 'view'
  /** Values are given and returned as `Uint8Array`. */
  valueEncoding: 'view'
}

/**
 * The database that a store needs; every `abstract-level` database is one. `batch` is atomic; with `sync`, its promise is fulfilled when the
 * changes would survive a loss of power, as far as the platform can tell.
 */
export interface StoreDatabase {
  /** Opens the database; creates it when it does not exist. */
  open(): Promise<void>
  /** Closes it. */
  close(): Promise<void>
  /** The value of a key; `undefined` where there is none. Keys and values are bytes of any length. */
  get(key: Uint8Array, options: Encodings): Promise<Uint8Array | undefined>
  /** Writes all operations or none. */
  batch(operations: Operation[], options: Encodings & { sync: boolean }): Promise<void>
  /** Reads all entries in the order of their keys: `nextv(size)` returns at most `size`, and none at the end. */
  iterator(options: Encodings & { highWaterMarkBytes?: number }): {
    nextv(size: number): Promise<[Uint8Array, Uint8Array][]>
    close(): Promise<void>
  }
}

const encodings: Encodings = { keyEncoding: 'view', valueEncoding: 'view' }

/** Writes all operations or none, durably. */
export function write(database: StoreDatabase, operations: Operation[]): Promise<void> {
  return database.batch(operations, { ...encodings, sync: true })
}

/** The value of one key. */
export async function read(database: StoreDatabase, key: Uint8Array): Promise<Uint8Array | undefined> {
  const value = await database.get(key, encodings)
  // Some databases return a Buffer, whose `slice` is a view.
  return value && copyPublic(value)
}

/** Returns all entries in the order of their keys. It reads many at a time. */
export async function* entries(database: StoreDatabase): AsyncGenerator<[Uint8Array, Uint8Array][]> {
  // By default LevelDB returns 16 KiB at a time.
  const iterator = database.iterator({ ...encodings, highWaterMarkBytes: 256 * 1024 })
  try {
    let next = iterator.nextv(1000)
    for (let some = await next; some.length > 0; some = await next) {
      // The database reads ahead while the caller works.
      next = iterator.nextv(1000)
      next.catch(() => undefined)
      yield some
    }
  } finally {
    await iterator.close()
  }
}

/** Where the header of a store is: in its database, or beside it. */
export interface HeaderPlace {
  /** The whole header, as it was written: some hundred bytes. `undefined` where there is none. */
  read(): Promise<Uint8Array | undefined>
  /** Replaces the header, some hundred bytes: durably, all of it or nothing. */
  write(header: Uint8Array): Promise<void>
}

/** The key of a header that is in the database itself. */
export const headerName = utf8Encode('header')

/** The header in the database itself. */
export function headerInDatabase(database: StoreDatabase): HeaderPlace {
  return {
    async read() {
      await database.open()
      return read(database, headerName)
    },
    write: (header) => write(database, [{ type: 'put', key: headerName, value: header }]),
  }
}
