import { defaultWireLimits, expireFragments, openMessageEnd } from '../../wire/index.js'
import { isUnanswered, type Conversation, type Opening, type SessionEntry } from './state.js'
import { handshakeLifetime } from './handshake-lifetime.js'
import type { VersionAdapter } from '../versions/adapter.js'
import { isEncrypted, adapters, roleOf } from '../versions/adapters.js'
import { openOffer } from './contact.js'
import { endAnswer, endOffer, noticeRetry, noticeWaiting } from './first-contact.js'
import { openHandshake } from './open-handshake.js'
import type { Policy } from '../policy.js'
import { silence } from './lost-session.js'
import { telling } from './commands/tell-unreadable.js'
import { sentTimers } from './unacknowledged.js'
import { timer } from './timer.js'
import { applyStep, expireSession } from './apply-step.js'
import type { Transaction } from './transaction.js'

/** When `runTimers` is due, in seconds; `undefined` for never. */
export function nextTimer(conversation: Conversation, policy: Policy): number | undefined {
  let earliest = Infinity
  for (const { next } of timers) earliest = Math.min(earliest, next(conversation, policy))
  return earliest === Infinity ? undefined : earliest
}

/** Runs all timers that are due. A failure in one is reported as a notice, and the others still run. */
export function runTimers(transaction: Transaction): void {
  for (const { run } of timers) run(transaction)
}

/** Drops incomplete messages whose time is over. */
const fragments = timer({
  of: (conversation) => conversation.fragments.open,
  at: (message, _, { fragmentTimeout }) => openMessageEnd(message, fragmentTimeout),
  run: {
    all(transaction) {
      const { draft, policy: { fragmentTimeout }, now } = transaction
      transaction.keepFragments(expireFragments(draft.fragments, now, { ...defaultWireLimits, fragmentTimeout }))
    },
  },
})

const never: readonly never[] = []

/** Stops waiting for an answer to our query. */
const query = timer({
  of: ({ queriedAt }): readonly number[] => queriedAt === undefined ? never : [queriedAt],
  at: (queriedAt, _, policy) => queriedAt + handshakeLifetime(policy),
  run: {
    all(transaction) {
      const { draft } = transaction
      draft.queriedAt = undefined
      // Otherwise the timer of offers says so.
      if (openOffer(draft.contact) === undefined) transaction.notice('handshake-timeout', 'the query had no answer', undefined, draft.contact && { beginning: true })
    },
  },
})

/** Sends an opening again that nobody answered, and forgets one that was answered: slow instances have had their time. */
const openings = timer({
  of: (conversation) => conversation.openings,
  at: (opening, _, policy) => opening.since + (isUnanswered(opening) ? policy.handshakeRetryAfter : handshakeLifetime(policy)),
  run: { each: retryOpening },
})

/** Reports that an offer of ours led to nothing. The time counts from the offer: neither our retries nor lines of strangers delay the report. */
const offers = timer({
  of({ contact }) {
    const offer = openOffer(contact)
    return offer === undefined ? never : [offer]
  },
  at: ({ since }, _, policy) => since + handshakeLifetime(policy),
  run: { all: endOffer },
})

/** Ends sessions that have expired. */
const expiry = timer({
  of: ({ sessions }) => sessions,
  at: ({ state, active }, _, { sessionExpires }) =>
    sessionExpires === 0 || !isEncrypted(state) ? Infinity : (adapters[state.version].livesFrom?.(state) ?? active) + sessionExpires,
  run: { each: (transaction, entry) => { expireSession(transaction, entry) } },
})

/** Begins a stalled key exchange again, or drops it. The side that opened it is due first, so that both do not begin at once. */
const handshakes = timer({
  of: ({ sessions }) => sessions,
  at(entry, { known }, policy) {
    const { handshakeAt, state } = entry
    const { handshakeRetryAfter } = policy
    switch (roleOf(state)) {
      case 'none': return Infinity
      case 'committed':
      case 'revealed': return handshakeAt + handshakeRetryAfter
      case 'answering': return handshakeAt + (mayRetry(entry, known, policy) ? 1.5 * handshakeRetryAfter : handshakeLifetime(policy))
    }
  },
  run: { each: retryHandshake },
})

/** The timers of the protocol versions: heartbeats, the end of side sessions and of skipped message keys. */
const versions = timer({
  of: ({ sessions }) => sessions,
  at: ({ state }, _, policy) => adapters[state.version].nextTimer(state, policy) ?? Infinity,
  run: { each: (transaction, entry) => { applyStep(transaction, entry, adapters[entry.state.version].tick(entry.state, transaction.adapterContext)) } },
})

/** All timers, in the order in which they run. */
const timers = [fragments, query, ...sentTimers, openings, offers, expiry, handshakes, silence, telling, versions]

/**
 * Whether we may begin a stalled key exchange again. If the other side opened it, only for correspondents whom the application deals with: the
 * last message may be lost while the other side believes that the exchange is complete. Then one more retry is allowed: the other side is
 * there, and may wait for something that we do not have (otr3 does after a crossing), so a new key exchange helps where repetition did not.
 */
function mayRetry({ state, handshakeTries }: SessionEntry, known: boolean, policy: Policy): boolean {
  const { handshakeRetries } = policy
  return roleOf(state) === 'answering' ? known && handshakeRetries > 0 && handshakeTries <= handshakeRetries : handshakeTries < handshakeRetries
}

/** Whether the version still may be spoken: the choice of it may have been taken back since. */
function isAllowed(transaction: Transaction, adapter: VersionAdapter): boolean {
  return transaction.allowedAdapters().includes(adapter)
}

function retryHandshake(transaction: Transaction, entry: SessionEntry): void {
  const adapter = adapters[entry.state.version]
  if (isAllowed(transaction, adapter) && mayRetry(entry, transaction.draft.known, transaction.policy)) {
    transaction.tookLong = true
    const step = adapter.start(entry.state, transaction.adapterContext)
    noticeRetry(transaction, 'the key exchange stalled: begun again', entry.tag)
    applyStep(transaction, entry, step, { handshakeAt: transaction.now, handshakeTries: entry.handshakeTries + 1 })
    return
  }
  applyStep(transaction, entry, adapter.abandon(entry.state))
  noticeWaiting(transaction, 'handshake-timeout', 'the key exchange stalled and was given up', entry.tag)
}

function retryOpening(transaction: Transaction, opening: Opening): void {
  const { policy, draft } = transaction
  const adapter = adapters[opening.state.version]
  const unanswered = isUnanswered(opening)
  if (unanswered && isAllowed(transaction, adapter) && opening.tries < policy.handshakeRetries && openHandshake(transaction, adapter)) {
    draft.openings = draft.openings.map((one) => one.state === opening.state ? { ...one, tries: opening.tries + 1 } : one)
    noticeRetry(transaction, 'nobody has answered yet: begun again')
    return
  }
  adapter.abandon(opening.state)
  draft.openings = draft.openings.filter((one) => one !== opening)
  if (unanswered) endAnswer(transaction, adapter.version)
}
