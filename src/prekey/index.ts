/** The prekey protocol: the server's core with its stores, and the client. */
export type {
  ClientProfileRecord, EnsembleRecord, PrekeyMessageRecord, PrekeyProfileRecord, PrekeyStore, PublicationRecord, PublishResult, StoreLimits,
} from './store.js'
export { STORED_PREKEY_LIFETIME } from './store.js'
export { MemoryPrekeyStore } from './memory-store.js'
