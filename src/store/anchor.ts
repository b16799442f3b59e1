import { utf8Encode } from './bytes.js'
import { read, write, type StoreDatabase } from './database.js'

/**
 * Where the generation of a store is kept beside it: out of reach of whoever puts an older copy of the store in its place. What is
 * written is 40 bytes that tell nothing but which store it is and how often it was written to. An application may bring its own: a file, a
 * keychain, a counter on a server of its own.
 */
export interface Anchor {
  /** The 40 bytes that were written last; `undefined` where nothing was. */
  read(): Promise<Uint8Array | undefined>
  /** Replaces the 40 bytes, durably: the old bytes or the new ones survive, never a mix. Called once for each save, after the store's own write. */
  write(bytes: Uint8Array): Promise<void>
  /** Gives back what it holds. */
  close?(): Promise<void>
}

const anchorKey = utf8Encode('anchor')

/** An anchor in a database of its own: in browsers a second IndexedDB database. */
export function anchorInDatabase(database: StoreDatabase): Anchor {
  return {
    async read() {
      await database.open()
      return read(database, anchorKey)
    },
    write: (bytes) => write(database, [{ type: 'put', key: anchorKey, value: bytes }]),
    close: () => database.close(),
  }
}
