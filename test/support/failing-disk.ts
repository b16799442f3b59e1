import { systemRandom } from '../../src/crypto/index.js'
import { hexEncode } from '../../src/wire/index.js'
import { openStore, type Anchor, type OpenStoreOptions, type Operation, type SealedStore, type StoreDatabase } from '../../src/store/index.js'

/** What the disk does with the next write. `short`: it reports a failure and stores nothing; `late`: it reports a failure but has stored everything. */
export type Fate = 'ok' | 'short' | 'late'

/** A database and an anchor in memory, which survive their users and can be copied, changed and made to fail. */
export class Disk {
  readonly records: Map<string, readonly [Uint8Array, Uint8Array]>
  anchored: Uint8Array | undefined
  /** Called before each write, of the database and of the anchor. */
  fate: (what: 'database' | 'anchor') => Fate = () => 'ok'
  /** The error of a failing write. */
  failure: Error = Object.assign(new Error('I/O error'), { code: 'EIO' })

  constructor(records: Disk['records'] = new Map<string, readonly [Uint8Array, Uint8Array]>(), anchored?: Uint8Array) {
    this.records = records
    this.anchored = anchored
  }

  /** A copy of the current contents. */
  copy(): Disk {
    return new Disk(new Map(this.records), this.anchored)
  }

  database(): StoreDatabase {
    return {
      open: () => Promise.resolve(),
      close: () => Promise.resolve(),
      get: (key) => Promise.resolve(this.records.get(hexEncode(key))?.[1].slice()),
      batch: (operations, { sync }) => {
        if (!sync) throw new Error('not durable')
        return this.#write('database', () => { this.#apply(operations) })
      },
      iterator: () => {
        const all = [...this.records].sort(([a], [b]) => a < b ? -1 : 1).map(([, [key, value]]): [Uint8Array, Uint8Array] => [key.slice(), value.slice()])
        return { nextv: (size) => Promise.resolve(all.splice(0, size)), close: () => Promise.resolve() }
      },
    }
  }

  anchor(): Anchor {
    return {
      read: () => Promise.resolve(this.anchored?.slice()),
      write: (bytes) => this.#write('anchor', () => { this.anchored = bytes.slice() }),
    }
  }

  open(options: Partial<OpenStoreOptions> = {}): Promise<SealedStore> {
    return openStore({ database: this.database(), anchor: this.anchor(), secret: { key: new Uint8Array(32).fill(7) }, random: systemRandom, ...options })
  }

  async #write(what: 'database' | 'anchor', work: () => void): Promise<void> {
    await Promise.resolve()
    const fate = this.fate(what)
    if (fate !== 'short') work()
    if (fate !== 'ok') throw this.failure
  }

  #apply(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const name = hexEncode(operation.key)
      if (operation.type === 'put') this.records.set(name, [operation.key.slice(), operation.value.slice()])
      else this.records.delete(name)
    }
  }
}

/** The code of the error that rejects a promise; `none` if it is fulfilled. A store that was opened is closed. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(async (value) => {
    await (value as { close?(): Promise<void> } | undefined)?.close?.()
    return 'none'
  }, (error: unknown) => String((error as { code?: unknown }).code))
}
