import { expireFragments, defaultWireLimits } from '../wire/index.js'
import { isUnanswered, type Conversation, type Opening, type SessionEntry } from './conversation.js'
import { open } from './open.js'
import { handshakeLifetime } from './handshake-lifetime.js'
import { hasSession } from './instances.js'
import { isEncrypted, machineOf, roleOf } from './machines.js'
import type { Policy } from './policy.js'
import { runSentTimers, sentTimer } from './sent.js'
import type { Turn } from './turn.js'

/** When `runTimers` has something to do, in seconds; `undefined` for never. */
export function nextTimer(conversation: Conversation, policy: Policy): number | undefined {
  const { known, queriedAt, openings, sessions, fragments } = conversation
  let earliest = queriedAt === undefined ? Infinity : queriedAt + handshakeLifetime(policy)
  const consider = (time: number | undefined): void => {
    if (time !== undefined && time < earliest) earliest = time
  }
  for (const opening of openings) consider(openingTimer(opening, policy))
  consider(sentTimer(conversation, policy))
  for (const { since } of fragments.open) consider(since + policy.fragmentTimeout)
  for (const entry of sessions) {
    consider(handshakeTimer(entry, known, policy))
    consider(expiry(entry, policy))
    consider(machineOf(entry.state).nextTimer(entry.state, policy))
  }
  return earliest === Infinity ? undefined : earliest
}

/** Does all that is due. A part that fails says so and leaves the others alone. */
export function runTimers(turn: Turn): void {
  const { draft, policy, now } = turn
  turn.keepFragments(expireFragments(draft.fragments, now, { ...defaultWireLimits, fragmentTimeout: policy.fragmentTimeout }))
  if (draft.queriedAt !== undefined && now >= draft.queriedAt + handshakeLifetime(policy)) {
    draft.queriedAt = undefined
    turn.notice('handshake-timeout', 'the query had no answer')
  }
  guarded(turn, () => { runSentTimers(turn) })
  guarded(turn, () => { retryOpenings(turn) })
  for (const entry of draft.sessions) {
    guarded(turn, () => {
      // One that was given up meanwhile has nothing to do.
      if (draft.sessions.includes(entry)) runSession(turn, entry)
    })
  }
}

function guarded(turn: Turn, work: () => void): void {
  try {
    work()
  } catch (error) {
    turn.fault(error)
    turn.failed = true
  }
}

function runSession(turn: Turn, entry: SessionEntry): void {
  const { policy, now, machineContext } = turn
  const machine = machineOf(entry.state)
  const end = expiry(entry, policy)
  if (end !== undefined && now >= end) {
    turn.expire(entry)
    return
  }
  const timer = handshakeTimer(entry, turn.draft.known, policy)
  const current = timer !== undefined && now >= timer ? handshakeDue(turn, entry) : entry
  const due = machine.nextTimer(current.state, policy)
  if (due !== undefined && now >= due) turn.step(current, machine.tick(current.state, machineContext))
}

/** Sessions in which the other side was silent for too long. */
function expiry({ state, active }: SessionEntry, policy: Policy): number | undefined {
  if (policy.sessionExpires === 0 || !isEncrypted(state)) return undefined
  return (machineOf(state).livesFrom?.(state) ?? active) + policy.sessionExpires
}

/**
 * Whether a key exchange that stands still may be begun again by us. Where the other side opened it, this is for correspondents the host
 * deals with: its last message may be lost while the other side believes that all is well. Then once more than else: he is there, and
 * maybe waits for something that we do not have (after a crossing otr3 does), so a fresh beginning mends what repeating did not.
 */
function mayRetry({ state, handshakeTries }: SessionEntry, known: boolean, policy: Policy): boolean {
  const { handshakeRetries } = policy
  return roleOf(state) === 'answering' ? known && handshakeRetries > 0 && handshakeTries <= handshakeRetries : handshakeTries < handshakeRetries
}

/** When a key exchange in a session has stood still for too long. Who opened it comes first, so that both do not begin at once. */
function handshakeTimer(entry: SessionEntry, known: boolean, policy: Policy): number | undefined {
  const { handshakeAt, state } = entry
  const { handshakeRetryAfter } = policy
  switch (roleOf(state)) {
    case 'none': return undefined
    case 'committed':
    case 'revealed': return handshakeAt + handshakeRetryAfter
    case 'answering': return handshakeAt + (mayRetry(entry, known, policy) ? 1.5 * handshakeRetryAfter : handshakeLifetime(policy))
  }
}

function handshakeDue(turn: Turn, entry: SessionEntry): SessionEntry {
  const machine = machineOf(entry.state)
  if (mayRetry(entry, turn.draft.known, turn.policy)) {
    const step = machine.start(entry.state, turn.machineContext)
    tellRetry(turn, 'the key exchange stopped in the middle', entry.tag)
    return turn.step(entry, step, { handshakeAt: turn.now, handshakeTries: entry.handshakeTries + 1 })
  }
  const next = turn.step(entry, machine.abandon(entry.state))
  turn.notice('handshake-timeout', 'the key exchange stood still', entry.tag)
  return next
}

/** Whoever waits for a private conversation is told why. Where one stands meanwhile nobody waits. */
function tellRetry(turn: Turn, why: string, instance?: number): void {
  if (!hasSession(turn.draft, 'encrypted')) turn.notice('handshake-retry', `${why}: begun again`, instance)
}

/** When an opening that nobody answered is sent again, or one that served is forgotten: instances that were slow have had their time. */
function openingTimer(opening: Opening, policy: Policy): number {
  return opening.since + (isUnanswered(opening) ? policy.handshakeRetryAfter : handshakeLifetime(policy))
}

function retryOpenings(turn: Turn): void {
  const { policy, now, draft } = turn
  for (const opening of draft.openings) {
    if (now < openingTimer(opening, policy)) continue
    const machine = machineOf(opening.state)
    const unanswered = isUnanswered(opening)
    if (unanswered && opening.tries < policy.handshakeRetries && open(turn, machine)) {
      draft.openings = draft.openings.map((one) => one.state === opening.state ? { ...one, tries: opening.tries + 1 } : one)
      tellRetry(turn, 'nobody has answered yet')
      continue
    }
    machine.abandon(opening.state)
    draft.openings = draft.openings.filter((one) => one !== opening)
    if (unanswered) turn.notice('handshake-timeout', 'nobody answered the key exchange')
  }
}
