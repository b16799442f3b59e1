import { BrowserLevel } from 'browser-level'
import { OtrError } from '../../errors.js'
import { anchorInDatabase, type Anchor } from '../anchor.js'
import { openStore, type StoreOptions } from '../open.js'
import type { SealedStore } from '../store.js'

/** Where a store is, and what it is opened with. */
export interface BrowserStoreOptions extends StoreOptions {
  /** The name of the IndexedDB database; any text. */
  readonly name: string
  /** Default: in a second IndexedDB database, `NAME-anchor`. */
  readonly anchor?: Anchor | 'none'
  /** What to do while another tab has the store open. `refuse`, the default: `OTR_STORE_LOCKED`. `wait`: wait until that tab closes it. */
  readonly whenLocked?: 'refuse' | 'wait'
  /** Ends the waiting: the promise is rejected with `OTR_STORE_LOCKED`. */
  readonly signal?: AbortSignal
}

/**
 * Opens a store in IndexedDB: see `openStore`, and what it throws. Web Locks let only one tab or worker of an origin have it open; a tab that
 * closes or crashes releases it.
 */
export async function openDatabase(options: BrowserStoreOptions): Promise<SealedStore> {
  const { name, anchor, whenLocked = 'refuse', signal, ...others } = options
  return openStore({
    ...others,
    database: () => strict(name),
    anchor: anchor ?? anchorInDatabase(strict(`${name}-anchor`)),
    lock: () => lock(`otr4-store ${name}`, whenLocked, signal),
  })
}

/** IndexedDB writes durably only on request. browser-level cannot request it, but exposes its database. */
function strict(name: string): BrowserLevel<Uint8Array, Uint8Array> {
  const level = new BrowserLevel<Uint8Array, Uint8Array>(name, { keyEncoding: 'view', valueEncoding: 'view', prefix: 'otr4-' })
  level.on('open', () => {
    const { db } = level as unknown as { readonly db: StrictDatabase }
    const transaction: StrictDatabase['transaction'] = db.transaction.bind(db)
    db.transaction = (stores, mode) => transaction(stores, mode, { durability: 'strict' })
  })
  return level
}

/** The part of IDBDatabase that we use. */
interface StrictDatabase {
  transaction: (stores: string[], mode: string, options?: { readonly durability: 'strict' }) => unknown
}

/** The part of `navigator.locks` that we use. */
interface LockManager {
  request(
    name: string, options: { readonly ifAvailable?: boolean, readonly signal?: AbortSignal }, held: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}

/** Takes the lock of a name; returns the function that releases it. */
function lock(name: string, whenLocked: 'refuse' | 'wait', signal: AbortSignal | undefined): Promise<() => void> {
  const { navigator } = globalThis as unknown as { readonly navigator?: { readonly locks?: LockManager } }
  const locks = navigator?.locks
  const refused = (why: string): OtrError => new OtrError('OTR_STORE_LOCKED', why)
  if (locks === undefined) return Promise.reject(refused('this platform has no Web Locks: nothing would keep two tabs from writing to the store'))
  return new Promise((resolve, reject) => {
    const waiting = whenLocked === 'wait' ? { ...(signal !== undefined && { signal }) } : { ifAvailable: true }
    locks.request(name, waiting, (held) => {
      if (held === null) {
        reject(refused('another tab has the store open: close it there first'))
        return
      }
      return new Promise<void>((release) => { resolve(release) })
    }).catch(() => { reject(refused('another tab has the store open, and the waiting was ended')) })
  })
}
