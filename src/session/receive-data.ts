import type { OtrMessage } from '../wire/index.js'
import type { SessionEntry } from './conversation.js'
import type { SessionMachine, SessionStep } from './machine.js'
import { acknowledge } from './sent.js'
import type { Turn } from './turn.js'

/** A data message of an instance that has no session under the address it came from. */
export interface Unplaced {
  readonly machine: SessionMachine
  readonly message: OtrMessage
}

/**
 * Takes in a data message. Under one instance tag several sessions may stand, each with another key: the one that the message proves
 * itself in takes it, and the others do not change. A message that proves itself in none is told of once.
 *
 * @returns whether it was read
 */
export function receiveData(turn: Turn, machine: SessionMachine, message: OtrMessage): boolean {
  let refused: { readonly entry: SessionEntry, readonly step: SessionStep } | undefined
  for (const entry of turn.entriesOf(message.senderTag, machine.version)) {
    const step = machine.receive(entry.state, message, turn.machineContext)
    if (step.state === entry.state) {
      refused ??= { entry, step }
    } else if (step.kept === true) {
      refused = { entry, step }
    } else {
      const next = turn.step(entry, step, { active: turn.now })
      acknowledge(turn, entry, next.state, message)
      return true
    }
  }
  if (refused !== undefined) turn.step(refused.entry, refused.step)
  return false
}

/**
 * Takes in a data message that came from another address: of a correspondent who has reconnected under another name, say. It proves whose
 * it is, so it is read; nothing else moves. What is answered goes to the correspondent's own address (rule 1 of `spec/trust.md`).
 *
 * @returns whether it was read; if not, nothing has changed
 */
export function receiveFromElsewhere(turn: Turn, { machine, message }: Unplaced, from: string): boolean {
  turn.via = from
  for (const entry of turn.entriesOf(message.senderTag, machine.version)) {
    const step = machine.receive(entry.state, message, turn.machineContext)
    if (step.state === entry.state || step.kept === true) continue
    const next = turn.step(entry, step, { active: turn.now })
    acknowledge(turn, entry, next.state, message)
    turn.notice('moved', from, message.senderTag)
    return true
  }
  return false
}
