import { OtrError } from '../errors.js'
import type { Opening } from './conversation.js'
import { hasSession } from './instances.js'
import type { SessionMachine } from './machine.js'
import { statusOf } from './machines.js'
import type { Turn } from './turn.js'

/**
 * Opens a key exchange that any instance of the correspondent may answer. While nobody has answered, the same message goes out again: a
 * new value each time would change who yields when two openings cross. `false`: the correspondent's allowance is used up, nothing was sent.
 */
export function open(turn: Turn, machine: SessionMachine): boolean {
  const { draft } = turn
  if (!turn.spend(1)) return false
  const { version } = machine
  const waiting = draft.openings.find((opening) => opening.state.version === version)
  if (waiting !== undefined && standsStill(turn, waiting)) {
    draft.openings = draft.openings.map((one) => one === waiting ? { ...one, since: turn.now } : one)
    turn.sendMessage(waiting.message)
    return true
  }
  turn.tookLong = true
  const step = machine.start(machine.create(0, draft.learned), turn.machineContext)
  const [message] = step.outgoing
  if (message === undefined) throw new OtrError('OTR_INTERNAL', 'a key exchange began without a message')
  if (waiting !== undefined) machine.abandon(waiting.state)
  turn.settle()
  const opening: Opening = { state: step.state, since: turn.now, tries: 0, message, answeredBy: [], settled: false }
  draft.openings = [...draft.openings.filter((one) => one !== waiting), opening]
  turn.sendMessage(message)
  if (!hasSession(draft, 'encrypted')) turn.emit({ type: 'state', peer: draft.peer, instance: 0, version, state: 'handshake' })
  return true
}

/** Whether an opening got no real answer: none at all, or only openings that crossed it and have to yield. */
function standsStill(turn: Turn, { state, answeredBy, settled }: Opening): boolean {
  return !settled && answeredBy.every((tag) => {
    const entry = turn.entry(tag, state.version)
    return entry !== undefined && statusOf(entry.state).role === 'committed'
  })
}
