import type { Version } from './version.js'
import type { HandshakeRole, VersionAdapter, SessionState, SessionStatus } from './adapter.js'
import { v2Adapter, v3Adapter } from './v3.js'
import { v4Adapter } from './v4.js'

/** The adapter of each version. That of a session is `adapters[state.version]`. */
export const adapters: Readonly<Record<Version, VersionAdapter>> = { 2: v2Adapter, 3: v3Adapter, 4: v4Adapter }

/** The same, in the order in which they are preferred. */
export const adaptersNewestFirst: readonly VersionAdapter[] = [v4Adapter, v3Adapter, v2Adapter]

/** What is visible of a session from outside. For what is needed with every message there are cheaper functions. */
export function statusOf(state: SessionState): SessionStatus {
  return adapters[state.version].status(state)
}

/** Whether the session is encrypted, with or without a key exchange under way. */
export function isEncrypted({ session }: SessionState): boolean {
  return session.state === 'encrypted'
}

/** Our role in the session's key exchange. */
export function roleOf(state: SessionState): HandshakeRole {
  return adapters[state.version].role(state)
}
