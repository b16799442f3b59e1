import { publicBytes } from '../../wire/public-bytes.js'
import type { Operation, StoreDatabase } from '../database.js'

/** A LevelDB database. */
interface Level extends StoreDatabase {
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>
}

/** Before and behind every key: names are 16 bytes, or words. */
const first = new Uint8Array([0])
const last = publicBytes(17).fill(0xff)

/** Bytes after which even a small store is compacted: some twenty messages. */
const SMALL = 65_536

/**
 * LevelDB only appends: in its files a value that was replaced or deleted stays until the file is compacted, for weeks in a small store. Somebody who gets the files and
 * the passphrase could read from old states what was said in between. So the files are compacted after the first write (an earlier process may have
 * been killed), whenever as much was written as is in them, and before they are closed. The database's own thread does it, in the background.
 */
export function withoutOldValues(level: Level): StoreDatabase {
  let written = Infinity
  let size = 0
  let running: Promise<void> | undefined

  async function compact(): Promise<void> {
    written = 0
    try {
      await level.compactRange(first, last)
      size = await level.approximateSize(first, last)
    } catch {
      // The store is as good as before; a write will say what is wrong.
    }
    running = undefined
  }

  return {
    open: () => level.open(),
    get: (key, options) => level.get(key, options),
    iterator: (options) => level.iterator(options),
    async batch(operations, options) {
      await level.batch(operations, options)
      written += operations.reduce((sum, operation) => sum + bytesOf(operation), 0)
      if (written > Math.max(SMALL, size)) running ??= compact()
    },
    async close() {
      await running
      if (written > 0 && written !== Infinity) await compact()
      await level.close()
    },
  }
}

function bytesOf(operation: Operation): number {
  return operation.key.length + (operation.type === 'put' ? operation.value.length : 0)
}
