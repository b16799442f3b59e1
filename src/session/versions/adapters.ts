import type { OtrMessage } from '../../wire/index.js'
import type { Version } from '../event.js'
import type { HandshakeRole, VersionAdapter, SessionState, SessionStatus } from './adapter.js'
import { v2Adapter, v3Adapter } from './v3.js'
import { v4Adapter } from './v4.js'

/** The adapters of all versions, newest first. */
export const adapters: readonly VersionAdapter[] = [v4Adapter, v3Adapter, v2Adapter]

/** The adapter of a session. */
export function adapterOf(state: SessionState): VersionAdapter {
  return state.version === 4 ? v4Adapter : state.version === 3 ? v3Adapter : v2Adapter
}

/** The adapter of a version, if this library has one. */
export function adapterFor(version: Version): VersionAdapter | undefined {
  return adapters.find((adapter) => adapter.version === version)
}

/** What is visible of a session from outside. For what is needed with every message there are cheaper functions. */
export function statusOf(state: SessionState): SessionStatus {
  return adapterOf(state).status(state)
}

/** Whether the session is encrypted, with or without a key exchange under way. */
export function isEncrypted({ session }: SessionState): boolean {
  return session.state === 'encrypted'
}

/** Our role in the session's key exchange. */
export function roleOf(state: SessionState): HandshakeRole {
  return adapterOf(state).role(state)
}

/** The version a message belongs to. */
export function versionOf(message: OtrMessage): Version {
  return message.kind.startsWith('v4-') ? 4 : message.kind.startsWith('v3-') ? 3 : 2
}
