/** The relay: a small WebSocket server that passes lines between names, and its client. `spec/relay.md` has the protocol. */
export { RelayServer, type RelayLine, type RelayServerOptions } from './server.js'
export { RelayTransport, type RelayOptions } from './client.js'
export type { ReconnectPauses } from '../backoff.js'
export { defaultRelayFileLimits, type RelayFileLimits, type UnreservedReason } from './file-store.js'
export { RelayFiles, type RelayFilesOptions, type RelayPlace } from './files.js'
export { defaultRelayLimits, type RelayLimits } from './mailbox.js'
export { parseClientFrame, parseServerFrame, isRelayName, canonicalRelayName, type ClientFrame, type RefusedReason, type RejectedReason, type ServerFrame } from './frames.js'
export type { Transport, TransportEvents, TransportStatus, MessageMeta, IgnoredReason } from '../transport.js'
