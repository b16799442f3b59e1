import type { OtrMessage } from '../wire/index.js'
import type { Version } from './event.js'
import type { HandshakeRole, SessionMachine, SessionState, SessionStatus } from './machine.js'
import { v3Machine } from './v3-machine.js'
import { v4Machine } from './v4-machine.js'

/** The versions this library speaks, the newest first. */
export const machines: readonly SessionMachine[] = [v4Machine, v3Machine]

/** The machine of a session. */
export function machineOf(state: SessionState): SessionMachine {
  return state.version === 4 ? v4Machine : v3Machine
}

/** The machine of a version, where this library has one. */
export function machineFor(version: Version): SessionMachine | undefined {
  return machines.find((machine) => machine.version === version)
}

/** What can be seen of a session from outside. Where one thing is asked for with every message, there is a cheaper way. */
export function statusOf(state: SessionState): SessionStatus {
  return machineOf(state).status(state)
}

/** Whether the session is encrypted, with or without a key exchange beside it. */
export function isEncrypted({ session }: SessionState): boolean {
  return session.state === 'encrypted'
}

/** The role in a key exchange. */
export function roleOf(state: SessionState): HandshakeRole {
  return machineOf(state).role(state)
}

/** The version a message belongs to. */
export function versionOf(message: OtrMessage): Version {
  return message.kind.startsWith('v4-') ? 4 : 3
}
