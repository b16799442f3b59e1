import { systemRandom, wipe, type RandomSource, type ScryptOptions } from '../crypto/index.js'
import { wipeValues } from '../crypto/compare.js'
import { OtrError } from '../errors.js'
import type { Anchor } from './anchor.js'
import { entries, headerInDatabase, type HeaderPlace, type StoreDatabase } from './database.js'
import { storeError } from './errors.js'
import { newStore, openHeader, sealHeader, type StoreSecret, type Unlocked } from './header.js'
import { StoreKeys } from './keys.js'
import { assemble, loadAll, type Loaded } from './load.js'
import { StoredPieces } from './fragment-records.js'
import type { RecordTypes } from './record.js'
import { readAnchor, rollbackOf, withoutSessions } from './rollback.js'
import { SealedStore } from './store.js'

/** The options that do not depend on where a store is. */
export interface StoreOptions extends ScryptOptions {
  /** What opens the store: `{ passphrase }`, or `{ key }` with 32 bytes that the application keeps elsewhere. The caller's arrays are not wiped. */
  readonly secret: StoreSecret
  /** Whether to create a store that does not exist. Default: true. Otherwise: `OTR_STORE_MISSING`. */
  readonly create?: boolean
  /**
   * What to do with a store that may be an older copy of itself. `refuse`, the default: `OTR_STORE_ROLLBACK`. `new-sessions`: keep the
   * account, its correspondents and their trust; drop all sessions, prekeys and waiting messages: see `SealedStore.rolledBack`.
   */
  readonly onRollback?: 'refuse' | 'new-sessions'
  /** Default: the platform's generator. */
  readonly random?: RandomSource
}

/** Where a store is, and what it is opened with. */
export interface OpenStoreOptions extends StoreOptions {
  /**
   * An `abstract-level` database for this store alone, or a function that makes one: such a database opens itself as soon as it exists.
   * It is closed with the store.
   */
  readonly database: StoreDatabase | (() => StoreDatabase)
  /** Where its generation is kept. `none`: an older copy of the store is not noticed, and message keys may be used twice. */
  readonly anchor: Anchor | 'none'
  /** Where its header is. Default: in the database. */
  readonly header?: HeaderPlace
  /** Locks the store, or throws when somebody else has it open; returns the function that unlocks it. Default: the database locks itself. */
  readonly lock?: () => Promise<() => unknown>
  /** @internal What records look like. For tests of migrations. */
  readonly recordTypes?: RecordTypes
}

/**
 * Opens a client's sealed state, and verifies all of it. `spec/storage.md` describes the format.
 *
 * @throws OtrError, with nothing changed: `OTR_STORE_PASSPHRASE`, `OTR_STORE_FOREIGN`, `OTR_STORE_NEWER`, `OTR_STORE_MISSING`,
 *   `OTR_STORE_LOCKED`, `OTR_STORE_READ_ONLY`, `OTR_STORE_FULL`, `OTR_STORE_CORRUPT`, `OTR_STORE_ROLLBACK`, `OTR_STORE_FAILED`,
 *   `OTR_ARGUMENT` for an empty passphrase or a key of another length. Each says what to do
 */
export async function openStore(options: OpenStoreOptions): Promise<SealedStore> {
  const database = onDemand(options.database)
  const anchor = options.anchor === 'none' ? undefined : options.anchor
  let release: (() => unknown) | undefined
  try {
    release = await options.lock?.()
    return await open({ ...options, database, header: options.header ?? headerInDatabase(database) }, anchor, release ?? (() => undefined))
  } catch (error) {
    await Promise.allSettled([database.close(), anchor?.close?.()])
    await release?.()
    throw storeError(error)
  }
}

/** `OpenStoreOptions` in which nothing is missing. */
interface Place extends OpenStoreOptions {
  readonly database: StoreDatabase
  readonly header: HeaderPlace
}

/** A database that is made by the first call. */
function onDemand(given: StoreDatabase | (() => StoreDatabase)): StoreDatabase {
  let made = typeof given === 'function' ? undefined : given
  const get = (): StoreDatabase => made ??= (given as () => StoreDatabase)()
  return {
    open: () => get().open(),
    close: async () => { await made?.close() },
    get: (key, options) => get().get(key, options),
    batch: (operations, options) => get().batch(operations, options),
    iterator: (options) => get().iterator(options),
  }
}

async function open(
  options: Place, anchor: Anchor | undefined, release: () => unknown,
): Promise<SealedStore> {
  const { database, header, secret, random = systemRandom, onRollback = 'refuse' } = options
  const sealed = await header.read()
  const { master, storeId } = sealed === undefined ? await make(options, anchor) : await openHeader(sealed, secret, keyOptions(options))
  const keys = new StoreKeys(master, storeId)
  let loaded: Loaded | undefined
  try {
    await database.open()
    loaded = await loadAll(database, keys, options.recordTypes)
    const generation = loaded.root?.generation ?? 0
    const anchored = anchor === undefined ? { generation } : await readAnchor(anchor, keys)
    const rollback = rollbackOf(generation, anchored)
    if (rollback !== undefined && onRollback === 'refuse') throw rollback
    const known = 'generation' in anchored ? anchored.generation : 0
    const state = assemble(loaded)
    const parts = { database, header, anchor, keys, master, manifest: loaded.manifest, remembered: rememberedOf(loaded), random, release }
    if (rollback === undefined) {
      // The last write was durable, but its process ended before it could write the anchor.
      if (known < generation) await anchor?.write(keys.sealAnchor(generation))
      return new SealedStore({ ...parts, generation, state })
    }
    // Continue after the lost generation: its numbers must not be used again for other records.
    const begun = { ...parts, generation: Math.max(known, generation) }
    if (state === undefined) return new SealedStore({ ...begun, state }, true)
    const left = withoutSessions(state)
    for (const { sessions, openings } of state.conversations) wipeValues([sessions, openings])
    wipeValues(state.prekeys?.messages)
    const store = new SealedStore({ ...begun, state: left }, true)
    const { policy, conversations, nextEvent, records } = left
    await store.save({
      policy, conversations, nextEvent, records, ...(left.prekeys !== undefined && { prekeys: left.prekeys }),
      forgotten: [], journalAdded: [], journalDone: state.journal.map(({ id }) => id),
    })
    return store
  } catch (error) {
    keys.wipe()
    wipe(master)
    wipeValues(loaded?.values)
    throw error
  }
}

function rememberedOf({ values }: Loaded): { pieces: StoredPieces, prekeys: Set<number> } {
  const pieces = new StoredPieces()
  for (const conversation of values.conversation) pieces.update(conversation)
  return { pieces, prekeys: new Set(values.prekey.map(({ message }) => message.identifier)) }
}

/** Creates a store. The header is written last: without it there is no store. */
async function make(options: Place, anchor: Anchor | undefined): Promise<Unlocked> {
  const { database, header, secret, create = true, random = systemRandom } = options
  if (!create) throw new OtrError('OTR_STORE_MISSING', 'there is no store here')
  await database.open()
  if (!(await entries(database).next()).done) {
    throw new OtrError('OTR_STORE_FOREIGN', 'the database holds something other than a store of otr4: choose another place. Nothing was changed')
  }
  const unlocked = newStore(random)
  let keys: StoreKeys | undefined
  try {
    const sealed = await sealHeader(unlocked, secret, random, keyOptions(options))
    keys = new StoreKeys(unlocked.master, unlocked.storeId)
    await anchor?.write(keys.sealAnchor(0))
    await header.write(sealed)
    return unlocked
  } catch (error) {
    wipe(unlocked.master)
    throw error
  } finally {
    keys?.wipe()
  }
}

/** The options for deriving the key. */
function keyOptions({ onProgress, pause }: ScryptOptions): ScryptOptions {
  return { ...(onProgress && { onProgress }), ...(pause && { pause }) }
}
