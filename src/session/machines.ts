import type { OtrMessage } from '../wire/index.js'
import type { Version } from './event.js'
import type { SessionMachine, SessionState, SessionStatus } from './machine.js'
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

/** States are never changed, so each is looked at once, however often it is asked for within a turn. No secrets in it. */
const looked = new WeakMap<SessionState, SessionStatus>()

/** What can be seen of a session from outside. */
export function statusOf(state: SessionState): SessionStatus {
  let status = looked.get(state)
  if (status === undefined) {
    status = machineOf(state).status(state)
    looked.set(state, status)
  }
  return status
}

/** The version a message belongs to. */
export function versionOf(message: OtrMessage): Version {
  return message.kind.startsWith('v4-') ? 4 : 3
}
