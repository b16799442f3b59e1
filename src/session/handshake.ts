import type { OtrMessage } from '../wire/index.js'
import type { Opening, SessionEntry } from './conversation.js'
import type { SessionMachine, SessionState, SessionStep } from './machine.js'
import { roleOf } from './machines.js'
import { isDowngrade } from './negotiator.js'
import { flushOutbox } from './send.js'
import { offerRenewed } from './sent.js'
import type { Turn } from './turn.js'

/** Takes in a message of a key exchange that passed the checks of tags, version and policy. */
export function receiveHandshake(turn: Turn, machine: SessionMachine, message: OtrMessage): void {
  const entry = turn.entry(message.senderTag, machine.version)
  if (machine.opens(message) && !mayOpen(turn, machine, entry)) return
  const opening = openingFor(turn, machine, message, entry)
  const cost = machine.cost(opening?.state ?? entry?.state, message)
  if (cost > 0 && !turn.spend(cost)) return
  if (opening !== undefined) {
    receiveAnswer(turn, machine, message, entry, opening)
  } else if (entry !== undefined) {
    receiveIn(turn, machine, message, entry)
  } else if (machine.opens(message)) {
    const fresh = newEntry(turn, message.senderTag, machine.create(message.senderTag, turn.draft.learned))
    if (turn.add(fresh)) receiveIn(turn, machine, message, fresh)
    else turn.notice('limit', 'too many instances', message.senderTag)
  } else {
    turn.notice('unexpected', 'no session with this instance', message.senderTag)
  }
}

/** Whether the other side may begin a key exchange in this version, now; says why not, and what is to be known of it. */
function mayOpen(turn: Turn, { version }: SessionMachine, entry: SessionEntry | undefined): boolean {
  const { draft, policy } = turn
  const begun = entry !== undefined && roleOf(entry.state) !== 'none'
  if (!begun && isDowngrade(version, turn.allowedMachines(), draft)) {
    // Somebody may have cut our own offer on its way.
    turn.notice('downgrade', 'a key exchange in a lower version than this correspondent has used', entry?.tag)
    if (!policy.allowDowngrade) return false
  }
  const asked = draft.queriedAt !== undefined || policy.sendWhitespaceTag || draft.openings.length > 0 || entry !== undefined
  if (version === 4 && !policy.identityStartsDake && !asked) {
    turn.notice('policy', 'nobody asked for a key exchange')
    return false
  }
  return true
}

function receiveIn(turn: Turn, machine: SessionMachine, message: OtrMessage, entry: SessionEntry): void {
  const step = machine.receive(entry.state, message, turn.machineContext)
  const next = turn.step(entry, step)
  if (establishes(step)) established(turn, next)
}

/** What waited for a session may go; what was lost in an earlier one may be sent again. */
function established(turn: Turn, entry: SessionEntry): void {
  flushOutbox(turn)
  offerRenewed(turn, entry)
}

function establishes(step: SessionStep): boolean {
  return step.events.some((event) => event.type === 'state' && event.state === 'encrypted')
}

/**
 * The opening of ours which a message answers or crosses, where it is not meant for the exchange that already runs with the instance: a
 * first message that comes while we answer or wait for the last one belongs to that exchange, or follows it; and an answer that was
 * given before is only repeated.
 */
function openingFor(turn: Turn, machine: SessionMachine, message: OtrMessage, entry: SessionEntry | undefined): Opening | undefined {
  const opens = machine.opens(message)
  if (!opens && !machine.answersOpening(message)) return undefined
  const opening = turn.draft.openings.find(({ state }) => state.version === machine.version)
  if (opening === undefined || opening.answeredBy.includes(message.senderTag)) return undefined
  if (entry === undefined) return opening
  switch (roleOf(entry.state)) {
    case 'none': return opening
    case 'committed': return entry.handshakeAt > opening.since ? undefined : opening
    case 'answering':
    case 'revealed': return opens || machine.repeats(entry.state, message) ? undefined : opening
  }
}

/** An instance answers our opening, or crosses it with its own: from here on it has a session with its own copy of the exchange. */
function receiveAnswer(
  turn: Turn, machine: SessionMachine, message: OtrMessage, existing: SessionEntry | undefined, opening: Opening,
): void {
  const tag = message.senderTag
  const adopted = machine.adopt(opening.state, existing?.state, tag)
  const step = machine.receive(adopted, message, turn.machineContext)
  const fresh = newEntry(turn, tag, adopted)
  if (step.state === adopted && step.outgoing.length === 0) {
    machine.abandon(adopted)
    turn.step(existing ?? fresh, { ...step, state: (existing ?? fresh).state })
    return
  }
  if (existing === undefined) {
    if (!turn.add(fresh)) {
      turn.notice('limit', 'too many instances', tag)
      return
    }
  } else {
    machine.abandon(existing.state)
  }
  const entry = existing === undefined ? fresh : turn.update(existing, { state: adopted })
  const answered: Opening = { ...opening, answeredBy: [...opening.answeredBy, tag] }
  turn.draft.openings = turn.draft.openings.map((one) => one === opening ? answered : one)
  const next = turn.step(entry, step)
  if (establishes(step)) established(turn, next)
}

/** A session that nothing happened in yet. */
export function newEntry(turn: Turn, tag: number, state: SessionState): SessionEntry {
  return { tag, state, active: turn.now, handshakeAt: turn.now, handshakeTries: 0, answersQuestion: false }
}
