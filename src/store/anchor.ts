import { utf8Encode } from './bytes.js'
import { read, write, type StoreDatabase } from './database.js'

/**
 * Keeps the generation of a store outside of the store, so that we notice an older copy of the store in its place. It contains 40 bytes, which
 * reveal only which store it is and how often it was written to. An application may implement its own in a file, a keychain or its server.
 */
export interface Anchor {
  /** Returns the 40 bytes that were written last; `undefined` before the first write. */
  read(): Promise<Uint8Array | undefined>
  /** Replaces the 40 bytes, durably: the old bytes or the new ones survive, never a mix. Called once for each save, after the store's own write. */
  write(bytes: Uint8Array): Promise<void>
  /** Releases its resources. */
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
