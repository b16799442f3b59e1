import { publicBytes } from '../../wire/public-bytes.js'
import type { Operation, StoreDatabase } from '../database.js'

/** A LevelDB database. */
interface Level extends StoreDatabase {
  compactRange(start: Uint8Array, end: Uint8Array): Promise<void>
  approximateSize(start: Uint8Array, end: Uint8Array): Promise<number>
}

/** The limits between which every key is: names have 16 bytes, or are words. */
const first = new Uint8Array([0])
const last = publicBytes(17).fill(0xff)

/** How many written bytes make us compact even a small store: about twenty messages. */
const SMALL = 65_536

/**
 * LevelDB only appends: a value that was replaced or deleted stays in its files until they are compacted, in a small store for weeks. Somebody who
 * gets the files and the passphrase could decrypt messages with the keys in old states. So we compact the files after the first write (an earlier
 * process may have been killed), whenever as much was written as they contain, and before they are closed. The database does it on a thread of its
 * own, in the background.
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
      // The store is unharmed. If something is wrong, the next write reports it.
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
