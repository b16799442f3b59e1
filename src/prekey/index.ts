/** The prekey protocol: the core of a server, its store interface with a store in memory, and the client. */
export { STORED_PREKEY_LIFETIME } from './store.js'
export type {
  ClientProfileRecord, EnsembleRecord, PrekeyMessageRecord, PrekeyProfileRecord, PrekeyStore, PublicationRecord, PublishResult, StoreLimits,
} from './store.js'
export { MemoryPrekeyStore } from './memory-store.js'
export { PrekeyServer, type PrekeyDrop, type PrekeyMetric, type PrekeyServerOptions } from './server.js'
export { prekeyServerFingerprint } from './server-identity.js'
export { defaultPrekeyServerLimits, type PrekeyServerLimits, type Rate } from './limits.js'
export type { PublicationFault } from './verify-publication.js'
export { looksLikePrekeyText } from './messages.js'
export { PREKEY_FRAGMENT_OVERHEAD } from './fragment.js'
export { PrekeyClient } from './client.js'
export { defaultPrekeyKeeping } from './client-types.js'
export type {
  PrekeyClientEvent, PrekeyClientOptions, PrekeyFailure, PrekeyKeeping, PrekeyOwner, PrekeySend, PrekeyServerAddress, PrekeyStep,
} from './client-types.js'
