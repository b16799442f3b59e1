import { wipe, type RandomSource, type ScryptOptions } from '../crypto/index.js'
import { wipeValues } from '../crypto/compare.js'
import { OtrError } from '../errors.js'
import type { Persistence, SavedState, StateChanges } from '../session/client/persistence.js'
import type { Anchor } from './anchor.js'
import { mapKey } from './bytes.js'
import { recordChanges, type RecordChange, type Remembered } from './changes.js'
import { write, type HeaderPlace, type Operation, type StoreDatabase } from './database.js'
import { storeError } from './errors.js'
import { sealHeader, type StoreSecret } from './header.js'
import { rootName, type StoreKeys } from './keys.js'
import { assemble, loadAll } from './load.js'
import type { Manifest } from './manifest.js'
import { encodeRecord, type RecordKind } from './record.js'
import { summaryOf, type StoreSummary } from './summary.js'
import type { Secret } from '../crypto/secret.js'

/** The parts of an open store. */
export interface StoreParts {
  readonly database: StoreDatabase
  readonly header: HeaderPlace
  readonly anchor: Anchor | undefined
  readonly keys: StoreKeys
  /** Wiped when the store is closed. */
  readonly master: Secret
  readonly manifest: Manifest
  readonly remembered: Remembered
  readonly generation: number
  readonly state: SavedState | undefined
  readonly random: RandomSource
  /** Unlocks the store. */
  readonly release: () => unknown
}

/**
 * A client's state in a database, sealed: see `openStore`. After a failed save the store is unusable: open it again. The failed save was then
 * written as a whole, or not at all.
 */
export class SealedStore implements Persistence {
  /** Whether the store was an older copy and was opened without its sessions: see `OpenStoreOptions.onRollback`. */
  readonly rolledBack: boolean
  readonly #parts: StoreParts
  #state: SavedState | undefined
  #generation: number
  #writing: Promise<unknown> = Promise.resolve()
  #broken: OtrError | undefined
  /** What uses the keys besides the writing. */
  readonly #working = new Set<Promise<unknown>>()

  /** @internal `openStore` makes it. */
  constructor(parts: StoreParts, rolledBack = false) {
    this.#parts = parts
    this.#state = parts.state
    this.#generation = parts.generation
    this.rolledBack = rolledBack
  }

  /** How often the store was written to. */
  get generation(): number {
    return this.#generation
  }

  /** The state as it was when the store was opened. Only the first call returns it; it belongs to the caller then. */
  load(): Promise<SavedState | undefined> {
    const state = this.#state
    this.#state = undefined
    return Promise.resolve(state)
  }

  /**
   * See `Persistence.save`. Everything is encoded and sealed before it returns.
   * @throws OtrError (as rejections) `OTR_STORE_FULL`, `OTR_STORE_READ_ONLY`, `OTR_STORE_FAILED`, `OTR_STORE_CLOSED`, `OTR_RANDOM_FAILED`,
   *   `OTR_INTERNAL`; every later save is rejected with the same
   */
  save(changes: StateChanges): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    try {
      const operations = this.#seal(recordChanges(changes, this.#parts.remembered), changes.nextEvent)
      const generation = this.#generation
      const written = this.#writing.then(() => this.#write(operations, generation))
      this.#writing = written.catch(() => undefined)
      return written
    } catch (error) {
      this.#broken = storeError(error)
      return Promise.reject(this.#broken)
    }
  }

  /** Reads everything that is stored and verifies it. @throws OtrError `OTR_STORE_CORRUPT` and others that `openStore` names */
  check(): Promise<StoreSummary> {
    return this.#whileOpen(async () => {
      const loaded = await loadAll(this.#parts.database, this.#parts.keys)
      try {
        return summaryOf(loaded, assemble(loaded))
      } finally {
        wipeValues(loaded.values)
      }
    })
  }

  /**
   * Replaces the passphrase or key. Only the header is written: with an old copy of the header, the old passphrase still opens the store.
   *
   * @throws OtrError `OTR_STORE_FULL`, `OTR_STORE_FAILED` and others that `save` rejects with
   */
  changePassphrase(secret: StoreSecret, options: ScryptOptions = {}): Promise<void> {
    return this.#whileOpen(async () => {
      const { master, keys, random, header } = this.#parts
      await header.write(await sealHeader({ master, storeId: keys.storeId }, secret, random, options))
    })
  }

  /** Works after the pending writes. `close` waits for it: a header that was sealed over a wiped master key would be the end of the store. */
  async #whileOpen<T>(work: () => Promise<T>): Promise<T> {
    await this.#writing
    if (this.#broken !== undefined) throw this.#broken
    const working = work()
    this.#working.add(working)
    try {
      return await working
    } catch (error) {
      throw storeError(error)
    } finally {
      this.#working.delete(working)
    }
  }

  /** Waits for pending writes, wipes the keys and unlocks the store. */
  async close(): Promise<void> {
    const { database, anchor, keys, master, release } = this.#parts
    await this.#writing
    this.#broken ??= new OtrError('OTR_STORE_CLOSED', 'the store was closed')
    await Promise.allSettled(this.#working)
    keys.wipe()
    wipe(master)
    // Nobody has asked for it.
    wipeValues(this.#state)
    this.#state = undefined
    try {
      await database.close()
      await anchor?.close?.()
    } finally {
      await release()
    }
  }

  #seal(changes: readonly RecordChange[], nextEvent: number): Operation[] {
    const { keys, manifest, random } = this.#parts
    const generation = this.#generation + 1
    const operations = new Map<string, Operation>()
    for (const change of changes) {
      const kind: RecordKind = change.record?.kind ?? (change as { kind: RecordKind }).kind
      const key = keys.name(kind, change.name)
      operations.set(mapKey(key), change.record === undefined
        ? { type: 'del', key }
        : { type: 'put', key, value: keys.seal(key, generation, encodeRecord(change.record), random) })
    }
    const result: Operation[] = []
    for (const operation of operations.values()) {
      if (operation.type === 'put') manifest.set(operation.key, generation)
      else if (!manifest.delete(operation.key)) continue
      result.push(operation)
    }
    const root = encodeRecord({ kind: 'root', value: { generation, nextEvent, records: manifest.size, digest: manifest.digest } })
    result.push({ type: 'put', key: rootName, value: keys.seal(rootName, generation, root, random) })
    this.#generation = generation
    return result
  }

  async #write(operations: Operation[], generation: number): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    const { database, anchor, keys } = this.#parts
    try {
      await write(database, operations)
      await anchor?.write(keys.sealAnchor(generation))
    } catch (error) {
      this.#broken = storeError(error)
      throw this.#broken
    }
  }
}
