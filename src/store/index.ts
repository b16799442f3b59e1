/** The state of a client, sealed and kept. Runs in Node and in browsers; `otr4/store/node` and `otr4/store/browser` say where. */
export { openBytes, sealBytes, type SealOptions } from './sealed-bytes.js'
export type { Passphrase } from './passphrase.js'
export { openStore, type OpenStoreOptions, type StoreOptions } from './open.js'
export type { SealedStore } from './store.js'
export type { StoreSummary } from './summary.js'
export type { StoreSecret } from './header.js'
export { anchorInDatabase, type Anchor } from './anchor.js'
export type { HeaderPlace, Operation, StoreDatabase } from './database.js'
