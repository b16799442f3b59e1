import type { OtrMessage } from '../../wire/index.js'
import type { Version } from '../event.js'
import type { HandshakeRole, VersionAdapter, SessionState, SessionStatus } from './adapter.js'
import { v3Adapter } from './v3.js'
import { v4Adapter } from './v4.js'

/** The versions this library speaks, the newest first. */
export const adapters: readonly VersionAdapter[] = [v4Adapter, v3Adapter]

/** The adapter of a session. */
export function adapterOf(state: SessionState): VersionAdapter {
  return state.version === 4 ? v4Adapter : v3Adapter
}

/** The adapter of a version, where this library has one. */
export function adapterFor(version: Version): VersionAdapter | undefined {
  return adapters.find((adapter) => adapter.version === version)
}

/** What can be seen of a session from outside. Where one thing is asked for with every message, there is a cheaper way. */
export function statusOf(state: SessionState): SessionStatus {
  return adapterOf(state).status(state)
}

/** Whether the session is encrypted, with or without a key exchange beside it. */
export function isEncrypted({ session }: SessionState): boolean {
  return session.state === 'encrypted'
}

/** The role in a key exchange. */
export function roleOf(state: SessionState): HandshakeRole {
  return adapterOf(state).role(state)
}

/** The version a message belongs to. */
export function versionOf(message: OtrMessage): Version {
  return message.kind.startsWith('v4-') ? 4 : 3
}
